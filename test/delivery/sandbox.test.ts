import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { wordsFor } from '../../src/delivery/text/texts.ts'
import type { ChatAddress } from '../../src/platforms/platform.ts'
import type { ChatRef, FaultName, FaultSpec, Sandbox } from '../../src/sandbox/sandbox.ts'
import { sandboxFor } from '../support/sandbox.ts'
import { life, untilSettled, worldFor } from './box-house.ts'
import { outboxOf, ownAccord } from './world.ts'

const en = wordsFor('en', '')
const ALICE: ChatRef = { person: 'Alice' }
const texts = (box: Sandbox, chat: ChatRef): string[] => box.answers(chat).map(one => one.text)

test('a long answer: four posts for the first message, the rest with the next ones, nothing lost', async t => {
  const { box, hear, answer, journal } = await worldFor(t)
  const words = Array.from({ length: 150 }, (_, at) => `word${at}`).join(' ')
  const first = await hear({ person: 'Alice', text: 'tell me' })
  await answer(first, words)
  await untilSettled(box, journal)
  assert.deepEqual(box.replies(first.id), { places: 4, seqs: [1, 2, 3, 4], posts: 4 })
  assert.equal(texts(box, ALICE).at(-1), en.restIsKept)
  for (let round = 0; (await journal.dead()).some(entry => entry.end === 'held'); round++) {
    assert.ok(round < 20)
    const next = await hear({ person: 'Alice', text: 'go on' })
    await answer(next, 'OK')
    await untilSettled(box, journal)
    assert.ok((box.replies(next.id)?.places ?? 9) <= 4)
  }
  const said = texts(box, ALICE).filter(text => text !== 'OK' && text !== en.restIsKept)
  assert.equal(said.map(text => text.replace(en.moreIsKept, '').trim()).join(' '), words)
})

interface Case {
  readonly faults: readonly (FaultName | FaultSpec)[]
  readonly times?: number
  readonly text?: string
  readonly states: readonly string[]
  /** As the server counts them; only what was accepted has a seq there. */
  readonly posts: number
  readonly seqs: readonly number[]
  readonly shown: readonly string[]
}

/** Eight tries in no time. */
const busyAtOnce: FaultSpec = {
  kind: 'http',
  route: 'send',
  answer: { status: 503, headers: { 'retry-after': '0' }, body: { code: 50002, message: 'busy' } },
}

const CASES: Readonly<Record<string, Case>> = {
  'no fault': { faults: [], states: ['accepted'], posts: 1, seqs: [1], shown: ['hello'] },
  'the answer is lost': { faults: ['lost_answer'], states: ['accepted'], posts: 2, seqs: [1], shown: ['hello'] },
  'the answer never comes': { faults: ['no_answer'], states: ['accepted'], posts: 2, seqs: [1], shown: ['hello'] },
  '204, empty': { faults: ['send_204'], states: ['accepted'], posts: 2, seqs: [1], shown: ['hello'] },
  'reset before it is stored': { faults: ['send_reset'], states: ['accepted'], posts: 1, seqs: [1], shown: ['hello'] },
  'no verdict twice': { faults: ['send_reset'], times: 2, states: ['unknown'], posts: 0, seqs: [], shown: [] },
  '502, HTML': { faults: ['send_502_html'], states: ['accepted'], posts: 1, seqs: [1], shown: ['hello'] },
  '429': { faults: ['send_429'], times: 2, states: ['accepted'], posts: 1, seqs: [1], shown: ['hello'] },
  '429 with Retry-After': {
    faults: ['send_429_retry_after'],
    states: ['accepted'],
    posts: 1,
    seqs: [1],
    shown: ['hello'],
  },
  '200 with an error code': {
    faults: ['send_200_code'],
    states: ['refused', 'accepted'],
    posts: 1,
    seqs: [2],
    shown: [en.contentRefused],
  },
  'held for audit': { faults: ['send_audit'], states: ['accepted'], posts: 1, seqs: [1], shown: [] },
  'token revoked': { faults: ['revoke_token'], states: ['accepted'], posts: 1, seqs: [1], shown: ['hello'] },
  'Markdown refused': {
    faults: ['markdown_refused'],
    text: '**hello**',
    states: ['accepted'],
    posts: 2,
    seqs: [2],
    shown: ['**hello**'],
  },
  'link refused': {
    faults: ['link_refused'],
    times: 9,
    text: 'run 1.sh',
    states: ['accepted'],
    posts: 2,
    seqs: [2],
    shown: ['run 1[.]sh'],
  },
  'window over': { faults: ['msg_id_expired'], states: ['held'], posts: 1, seqs: [], shown: [] },
  'lost, then the count is used up': {
    faults: ['lost_answer', 'quota_used_up'],
    states: ['accepted'],
    posts: 2,
    seqs: [1],
    shown: ['hello'],
  },
  'no verdict, then the count is used up': {
    faults: ['send_reset', 'quota_used_up'],
    states: ['unknown'],
    posts: 1,
    seqs: [],
    shown: [],
  },
  'busy for ever': { faults: [busyAtOnce], times: 99, states: ['refused'], posts: 0, seqs: [], shown: [] },
}

for (const [name, { faults, times = 1, text = 'hello', ...expected }] of Object.entries(CASES)) {
  test(`on real sockets: ${name}`, async t => {
    const { box, hear, answer, journal } = await worldFor(t)
    // The adapter has its token.
    await answer(await hear({ person: 'Zoe', text: 'hi' }), 'hi')
    await untilSettled(box, journal)
    const message = await hear({ person: 'Alice', text: 'hi' })
    const before = box.log.entries({ kinds: ['request'] }).length
    for (const fault of faults) box.fault(fault, { times })
    await answer(message, text)
    await untilSettled(box, journal)
    const rows = await outboxOf(journal, message.chat)
    assert.deepEqual(
      { states: rows.map(row => row.state), shown: texts(box, ALICE), ...box.replies(message.id) },
      { ...expected, places: expected.seqs.length },
    )
    const tries = box.log.entries({ kinds: ['request'] }).slice(before)
    const made = tries.filter(entry => entry.kind === 'request' && entry.path.endsWith('/messages')).length
    assert.ok(made <= 8, `${made} posts at the server`)
    if (name === 'busy for ever') assert.equal(made, 8)
  })
}

test('E63 ten answers to one message at once: ten numbers, none 0, none twice; what has no place is held', async t => {
  const { box, hear, journal, delivery } = await worldFor(t)
  const message = await hear({ person: 'Alice', group: 'Family', text: 'hi' })
  const all = Array.from({ length: 10 }, (_, at) => `answer ${at}`)
  const plans = await Promise.all(all.map(text => delivery.plan(message, text, 'answer')))
  delivery.enqueue((await Promise.all(plans.map(plan => journal.addReplies(plan)))).flat())
  await untilSettled(box, journal)
  assert.deepEqual(box.replies(message.id), { places: 5, seqs: [1, 2, 3, 4, 5], posts: 5 })
  const shown = texts(box, { group: 'Family' })
  const held = (await journal.repliesOf(message.chat, 'held')).map(row => row.text)
  assert.deepEqual([...shown, ...held].sort(), all)
})

test('nobody listens on the port: the reply goes out when somebody does', async t => {
  const { box, hear, answer, journal } = await worldFor(t)
  const message = await hear({ person: 'Alice', text: 'hi' })
  const fault = box.fault('host_down')
  await answer(message, 'hello')
  setTimeout(() => fault.off(), 200)
  await untilSettled(box, journal)
  assert.deepEqual(texts(box, ALICE), ['hello'])
  assert.equal((await outboxOf(journal, message.chat))[0]?.posts, 1)
})

test('no right to write first: held, and delivered with the next message', async t => {
  const { box, hear, journal, delivery } = await worldFor(t)
  const { chat } = await hear({ person: 'Alice', text: 'hi' })
  box.fault('proactive_refused')
  delivery.enqueue(await journal.addReplies([ownAccord(chat, 'news')]))
  await untilSettled(box, journal)
  assert.deepEqual(texts(box, ALICE), [])
  const next = await hear({ person: 'Alice', text: 'well?' })
  await untilSettled(box, journal)
  assert.deepEqual(
    box.answers(ALICE).map(one => [one.text, one.answers]),
    [['news', next.id]],
  )
})

test('a channel has no keys: one post, and unknown when its answer is lost', async t => {
  const { box, hear, answer, journal } = await worldFor(t)
  const message = await hear({ person: 'Alice', channel: 'general', text: 'hi' })
  box.fault('lost_answer')
  await answer(message, 'hello')
  await untilSettled(box, journal)
  assert.deepEqual(texts(box, { channel: 'general' }), ['hello'])
  assert.equal((await outboxOf(journal, message.chat))[0]?.state, 'unknown')
})

test('dead after the platform has it, and at once after: one copy; a group stays a group', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-delivery-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const box = await sandboxFor(t)
  box.group('Family', { proactive: true })
  const path = join(folder, 'journal.sqlite')
  const first = life(box, path)
  const message = await first.hear({ person: 'Alice', text: 'hi' })
  const group = await first.hear({ person: 'Alice', group: 'Family', text: 'hi' })
  const shown = new Promise<void>(resolve => {
    const stop = box.on(entry => {
      if (entry.kind !== 'message' || entry.message.from !== 'bot') return
      stop()
      resolve()
    })
  })
  box.fault({ kind: 'http', route: 'send', processed: true, answer: 'silence' }, { times: 1 })
  await first.answer(message, 'hello')
  await shown
  await first.journal.addReplies([ownAccord(group.chat, 'to all')])
  await first.stop()

  const second = life(box, path)
  t.after(() => second.stop())
  await second.delivery.recover('qqbot')
  await untilSettled(box, second.journal)
  assert.deepEqual(texts(box, ALICE), ['hello'])
  assert.deepEqual(texts(box, { group: 'Family' }), ['to all'])
  assert.deepEqual(box.replies(message.id), { places: 1, seqs: [1], posts: 2 })
  const paths = box.log.entries({ kinds: ['request'] }).map(entry => (entry.kind === 'request' ? entry.path : ''))
  assert.ok(paths.some(one => one.startsWith(`/v2/groups/${group.chat.id}/`)))
})

test('two hundred answers over fifty chats while answers get lost: each shown once, in order', async t => {
  const { box, hear, answer, journal } = await worldFor(t)
  box.fault('lost_answer', { times: 20 })
  const chats: ChatAddress[] = []
  const waiting: Promise<unknown>[] = []
  for (let at = 0; at < 200; at++) {
    const message = await hear({ person: `P${at % 50}`, text: `${at}` })
    if (at < 50) chats.push(message.chat)
    waiting.push(answer(message, `echo: ${at}`))
  }
  await Promise.all(waiting)
  await untilSettled(box, journal)
  let accepted = 0
  for (const [at, chat] of chats.entries()) {
    const expected = [at, at + 50, at + 100, at + 150].map(one => `echo: ${one}`)
    assert.deepEqual(texts(box, { person: `P${at}` }), expected)
    const rows = await outboxOf(journal, chat)
    // Where both answers to one reply were lost, nobody can say more than that.
    assert.ok(rows.every(row => row.posts <= 2 && (row.state === 'accepted' || row.posts === 2)))
    accepted += rows.filter(row => row.state === 'accepted').length
  }
  assert.ok(accepted >= 190, `${accepted} accepted`)
})
