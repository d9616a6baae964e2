/** Prompts at set times: a turn of the chat, its answer of the bot's own accord, once over crashes, and no word to anybody where it fails. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createEcho } from '../../src/agents/echo.ts'
import { JournalUnwritableError } from '../../src/lib/errors.ts'
import { createPrompts } from '../../src/wiring/rooms/prompts.ts'
import {
  ACCOUNT,
  createMachine,
  groupChat,
  HOUR_MS,
  message,
  OPEN,
  oneProcess,
  type Process,
  type ProcessOptions,
  privateChat,
} from '../conversation/house.ts'
import { adminOf, chatOf, makeOwner } from '../conversation/talk.ts'
import { gatewayFor } from '../support/qq-house.ts'
import { ask, sandboxFor, until } from '../support/sandbox.ts'

const ALICE = privateChat('alice')
const KEY = 'schedule_morning_2026-01-01T00:00:00.000Z'

/** A process whose account has begun. */
async function begun(t: TestContext, options: ProcessOptions = {}): Promise<Process> {
  const process = oneProcess(t, options)
  await process.intake.recover(ACCOUNT)
  return process
}

/** What a schedule asks, and what has become of it so far. */
function asking(process: Process, chat = 'qqbot:c2c:alice', prompt = 'what is new?') {
  const { journal, intake, clock } = process
  const order = { chat, prompt, key: KEY, name: 'schedule:morning' }
  const seen: { outcome?: string } = {}
  const asked = createPrompts({ journal, intake, clock, accounts: () => [ACCOUNT] })(
    order,
    new AbortController().signal,
  ).then(outcome => {
    seen.outcome = outcome
  })
  return { seen, asked }
}

async function outcomeOf(process: Process, { seen }: ReturnType<typeof asking>): Promise<string> {
  for (let second = 0; second < 60 && seen.outcome === undefined; second++) await process.clock.advance(1_000)
  return seen.outcome ?? 'none'
}

test('it is asked in the session of the chat, whoever is let in, and the answer replies to nobody', async t => {
  const process = await begun(t)
  await process.hear(message('m1'))
  await process.ended('m1', 'answered')
  assert.equal(await outcomeOf(process, asking(process)), 'accepted')
  const [, turn] = process.agent.turns
  assert.deepEqual([turn?.text, turn?.sender.id, turn?.chat], ['what is new?', 'alice', ALICE])
  assert.deepEqual(
    turn?.history.map(({ text }) => text),
    ['m1', 're: m1'],
  )
  assert.deepEqual(process.shown(), ['re: m1', 're: what is new?'])
  assert.equal(process.adapter.posts.at(-1)?.reply, undefined)
  await process.hear(message('m2'))
  await process.ended('m2', 'answered')
  assert.equal(process.agent.turns[2]?.history.length, 4, 'it belongs to the conversation')

  const closed = await begun(t, { access: { ...OPEN, dmPolicy: 'disabled' } })
  assert.equal(await outcomeOf(closed, asking(closed)), 'accepted')
  const group = await begun(t)
  assert.equal(await outcomeOf(group, asking(group, 'qqbot:group:g')), 'accepted')
  assert.match(group.agent.turns[0]?.prompt ?? '', /^\[message from u_\w+, name "schedule:morning"\]\nwhat is new\?$/)
  assert.deepEqual(group.shown(groupChat('g')), ['re: what is new?'])
})

test('the same run is asked once, and what looks like a command is a question', async t => {
  const process = await begun(t)
  assert.equal(await outcomeOf(process, asking(process, undefined, '/new')), 'accepted')
  assert.equal(await outcomeOf(process, asking(process, undefined, '/new')), 'accepted')
  assert.deepEqual(process.shown(), ['re: /new'])
})

test('it waits behind the answer under way, and /stop ends it', async t => {
  const process = await begun(t)
  const { agent, hear, until: eventually, ended } = process
  agent.waits()
  await hear(message('m1'))
  await eventually(() => agent.waiting.length === 1)
  const asked = asking(process)
  await process.clock.advance(1_000)
  assert.deepEqual(agent.waiting, ['m1'])
  agent.answer('m1')
  await eventually(() => agent.waiting.includes('what is new?'))
  await hear(message('s', { text: '/stop' }))
  await ended('s', 'answered')
  assert.equal(await outcomeOf(process, asked), 'silent')
})

test('an agent that says nothing is silent; one that fails is in the dead list, and the chat hears nothing of either', async t => {
  const process = await begun(t)
  process.agent.does(async function* () {})
  assert.equal(await outcomeOf(process, asking(process)), 'silent')
  const other = await begun(t)
  other.agent.does(async function* () {
    yield { kind: 'text', text: 'half' }
    throw new Error('broken')
  })
  assert.equal(await outcomeOf(other, asking(other)), 'dead: agent')
  assert.deepEqual([process.shown(), other.shown()], [[], []])
  assert.deepEqual(
    (await other.journal.dead()).map(({ id }) => id),
    [`in:${ACCOUNT}/${KEY}`],
  )
})

test('where the bot may not write first the answer is held, and comes with the next message', async t => {
  const process = await begun(t)
  process.adapter.script.push({ kind: 'no_right', code: '40034102' })
  assert.equal(await outcomeOf(process, asking(process)), 'held')
  await process.hear(message('m1'))
  await process.ended('m1', 'answered')
  assert.deepEqual(process.shown(), ['re: what is new?', 're: m1'])
})

test('an answer is as good as its worst part', async t => {
  const process = await begun(t)
  process.agent.does(async function* () {
    yield { kind: 'text', text: `${'a'.repeat(3_990)}\n\n${'b'.repeat(3_990)}` }
  })
  process.adapter.script.push({ kind: 'unknown' }, { kind: 'content_refused', code: '40034006' })
  assert.equal(await outcomeOf(process, asking(process)), 'refused')
})

test('a crash in the middle: the next process asks again and says it once; a much later one leaves it, in the dead list', async t => {
  for (const [downMs, end, shown] of [
    [60_000, 'answered', ['re: what is new?', 're: m1']],
    [2 * HOUR_MS, 'dead: stale', ['re: m1']],
  ] as const) {
    const machine = createMachine(t)
    const first = await machine.start()
    first.agent.waits()
    const { asked } = asking(first)
    await first.until(() => first.agent.waiting.length === 1)
    await first.crash()
    const lost = assert.rejects(asked)
    await first.clock.advance(2_000)
    await lost
    const second = await machine.start({ downMs })
    await second.ended(KEY, end)
    await second.hear(message('m1'))
    await second.ended('m1', 'answered')
    assert.deepEqual(second.shown(), shown)
    assert.equal((await second.journal.dead()).length, end === 'answered' ? 0 : 1)
  }
})

test('one that comes before its account has begun waits for what is known of the chat', async t => {
  const { admin } = adminOf()
  const machine = createMachine(t)
  const first = await machine.start({ admin })
  await makeOwner(first, 'alice')
  await chatOf(first)('/model large')
  await first.stop()
  const second = await machine.start({ admin, recovers: false })
  const asked = asking(second)
  await second.clock.advance(10_000)
  await second.delivery.recover(ACCOUNT)
  await second.intake.recover(ACCOUNT)
  assert.equal(await outcomeOf(second, asked), 'accepted')
  assert.deepEqual(
    second.agent.turns.map(({ text, model }) => [text, model]),
    [['what is new?', 'large']],
  )
})

test('one that comes while its account begins is asked once', async t => {
  for (const first of ['prompt', 'recovery'] as const) {
    const process = await createMachine(t).start({ recovers: false })
    const begin = (): Promise<void> => process.intake.recover(ACCOUNT)
    const underWay = first === 'recovery' ? begin() : undefined
    const asked = asking(process)
    await (underWay ?? begin())
    assert.equal(await outcomeOf(process, asked), 'accepted')
    assert.deepEqual(process.shown(), ['re: what is new?'])
    assert.ok(!process.log.some(({ level }) => level === 'error'))
  }
})

test('a prompt that a crash left is asked again under settings that let nobody in', async t => {
  const access = { ...OPEN, dmPolicy: 'disabled' } as const
  const machine = createMachine(t)
  const first = await machine.start({ access })
  first.agent.waits()
  const { asked } = asking(first)
  await first.until(() => first.agent.waiting.length === 1)
  await first.crash()
  const lost = assert.rejects(asked)
  await first.clock.advance(2_000)
  await lost
  const second = await machine.start({ access })
  await second.ended(KEY, 'answered')
  assert.deepEqual(second.shown(), ['re: what is new?'])
})

test('nothing is asked that is not on disk', async t => {
  const process = await begun(t)
  const { clock, journal } = process
  const full = { prompt: () => Promise.reject(new JournalUnwritableError('the disk is full')) }
  const prompts = createPrompts({ journal, intake: full, clock, accounts: () => [ACCOUNT] })
  const order = { chat: 'qqbot:c2c:alice', prompt: 'hi', key: KEY, name: 'schedule:morning' }
  const { signal } = new AbortController()
  await assert.rejects(prompts(order, signal), JournalUnwritableError)
  assert.equal(await prompts({ ...order, chat: 'qqbot:nobody' }, signal), 'no_chat')
  assert.equal(await prompts({ ...order, chat: 'qqbot:work:c2c:alice' }, signal), 'no_account')
})

test('through the whole gateway, and once over its restart', async t => {
  const home = mkdtempSync(join(tmpdir(), 'herald-prompts-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const path = join(home, 'journal.sqlite')
  const box = await sandboxFor(t)
  const order = { chat: `qqbot:c2c:${box.person('Alice')}`, prompt: 'good morning', key: KEY, name: 'schedule:morning' }
  const { signal } = new AbortController()
  const first = await gatewayFor(t, box, { path, agent: createEcho() })
  assert.equal(await first.gateway.ask(order, signal), 'accepted')
  await first.stop()
  const second = await gatewayFor(t, box, { path, agent: createEcho() })
  assert.equal(await second.gateway.ask(order, signal), 'accepted')
  await ask(box, { person: 'Alice', text: 'and you?' })
  await until(box, 'both', () => box.answers({ person: 'Alice' }).length === 2)
  assert.deepEqual(
    box.answers({ person: 'Alice' }).map(({ text }) => text),
    ['echo: good morning', 'echo: and you?'],
  )
})
