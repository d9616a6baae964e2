/** What a chat sees beside its answers, and what is known of it: typing, recalls, first words, lifecycle, triggers. Over real sockets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Agent } from '../../../src/agents/agent.ts'
import { createEcho } from '../../../src/agents/echo.ts'
import { TALK_RULES } from '../../../src/conversation/rules.ts'
import type { ChatRef, LogEntry, Sandbox } from '../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { type GatewayHouse, type GatewayOptions, gatewayFor } from '../../support/qq-house.ts'
import { ask, sandboxFor, until, untilAnswers } from '../../support/sandbox.ts'

const ALICE: ChatRef = { person: 'Alice' }
const TEAM: ChatRef = { group: 'Team' }
const GREETED = { talk: { ...TALK_RULES, greeting: { friend: 'Hello, friend!', group: 'Hello, all!' } } }

async function house(t: CleanUp, options: GatewayOptions = {}): Promise<GatewayHouse & { readonly box: Sandbox }> {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
  return { box, ...(await gatewayFor({ after: fn => cleanUp(t, fn) }, box, options)) }
}

/** Thinks until it is told to answer. */
function thinker(answer = 'at last'): { readonly agent: Agent; go(): void } {
  const gate = Promise.withResolvers<void>()
  return {
    go: () => gate.resolve(),
    agent: {
      ...createEcho(),
      async *run() {
        await gate.promise
        yield { kind: 'text', text: answer }
      },
    },
  }
}

type Request = Extract<LogEntry, { readonly kind: 'request' }>
const requests = (box: Sandbox, fits: (one: Request) => boolean): readonly Request[] =>
  box.log.entries({ kinds: ['request'] }).flatMap(one => (one.kind === 'request' && fits(one) ? [one] : []))
const typings = (box: Sandbox): readonly Request[] => requests(box, one => one.request.includes('input_notify'))
const typingSeen = (box: Sandbox): number => box.log.entries({ kinds: ['typing'] }).length

test('E71 a private chat sees that the bot is at work, and the answer has its place', async t => {
  const { agent, go } = thinker()
  const { box } = await house(t, { agent })
  const said = box.say({ person: 'Alice', text: 'think' })
  await until(box, 'typing', () => typingSeen(box) > 0)
  go()
  const [answer] = await untilAnswers(box, ALICE, 1)
  assert.equal(answer?.text, 'at last')
  const replies = box.replies(said.id)
  assert.equal(replies?.places, 2)
  assert.ok(replies.seqs.some(seq => seq >= 100_000) && replies.seqs.includes(1), 'its number is none of the answers')
})

test('E71 a quick answer, and a group, are not told of work', async t => {
  const { box } = await house(t)
  await ask(box, { person: 'Alice', text: 'quick' })
  const { agent, go } = thinker()
  const slow = await house(t, { agent })
  slow.box.say({ person: 'Bob', group: 'Team', text: 'think' })
  setTimeout(go, 2_500)
  await untilAnswers(slow.box, TEAM, 1)
  assert.equal(typings(box).length + typings(slow.box).length, 0)
})

for (const code of [40034128, 22006, 50002, 11253, 77777777])
  test(`E71 typing refused with ${code}: the answer comes, and the chat is left alone with it`, async t => {
    const slow: Agent = {
      ...createEcho(),
      async *run(turn) {
        await until(box, 'a refused typing', () => turn.text !== 'first' || typings(box).length > 0)
        if (turn.text !== 'first') await new Promise(resolve => setTimeout(resolve, 1_600))
        yield { kind: 'text', text: `re: ${turn.text}` }
      },
    }
    const { box } = await house(t, { agent: slow })
    box.fault({ kind: 'send', when: 'typing', code })
    const { answer, said } = await ask(box, { person: 'Alice', text: 'first' })
    assert.equal(answer.text, 're: first')
    assert.equal(box.replies(said.id)?.places, 1)
    await ask(box, { person: 'Alice', text: 'second' })
    assert.equal(typings(box).length, 1)
  })

test('E71 an answer of four parts after typing: nothing is cut silently, the end has its place', async t => {
  const { agent, go } = thinker('word '.repeat(75))
  const { box } = await house(t, { agent, settings: { textLimit: 100 } })
  const said = box.say({ person: 'Alice', text: 'think' })
  await until(box, 'typing', () => typingSeen(box) > 0)
  go()
  const answers = await untilAnswers(box, ALICE, 3)
  assert.match(answers[2]?.text ?? '', /The rest is kept/)
  assert.equal(box.replies(said.id)?.places, 4)
})

test('/recall takes the last answer back, once; then there is nothing more to take', async t => {
  const { box, journal } = await house(t)
  const { answer, said } = await ask(box, { person: 'Alice', text: 'oops' })
  const done = await ask(box, { person: 'Alice', text: '/recall' })
  assert.equal(done.answer.text, '(Taken back.)')
  assert.equal(box.shown(ALICE).find(({ id }) => id === answer.id)?.recalled, true)
  const row = (await journal.trace(said.id))?.outbox[0]
  assert.deepEqual([row?.state, row?.detail.message], ['accepted', 'taken back'])
  assert.match((await ask(box, { person: 'Alice', text: '/recall' })).answer.text, /no answer here/)
})

test('/recall in a group is for answers to one’s own messages', async t => {
  const { box } = await house(t)
  const { answer } = await ask(box, { person: 'Alice', group: 'Team', text: 'mine' })
  assert.match((await ask(box, { person: 'Bob', group: 'Team', text: '/recall' })).answer.text, /no answer here/)
  assert.equal((await ask(box, { person: 'Alice', group: 'Team', text: '/recall' })).answer.text, '(Taken back.)')
  assert.equal(box.shown(TEAM).find(({ id }) => id === answer.id)?.recalled, true)
})

test('/recall after two minutes, refused, and of a broken server: each is said', async t => {
  const { box } = await house(t)
  await ask(box, { person: 'Alice', text: 'old' })
  box.setOptions({ recallWindowMs: 0 })
  assert.match((await ask(box, { person: 'Alice', text: '/recall' })).answer.text, /Too late/)
  box.setOptions({ recallWindowMs: 120_000 })
  const failures = [
    [400, { code: 40062003, message: 'no permission' }],
    [500, '<html>busy</html>'],
  ] as const
  for (const [status, body] of failures) {
    const fault = box.fault({ kind: 'http', route: 'recall', answer: { status, body } })
    assert.equal((await ask(box, { person: 'Alice', text: '/recall' })).answer.text, '(It could not be taken back.)')
    assert.ok(fault.fired >= 1 && fault.fired <= 2)
    fault.off()
  }
  box.fault({ kind: 'http', route: 'recall', answer: { status: 500, body: { code: 11244 } }, times: 1 })
  assert.equal((await ask(box, { person: 'Alice', text: '/recall' })).answer.text, '(Taken back.)')
})

test('who adds the bot is greeted, once, in the place that the event gives; who adds it anew, anew', async t => {
  const { box } = await house(t, GREETED)
  box.person('Alice', { friend: false })
  box.person('Alice', { friend: true })
  const [first] = await untilAnswers(box, ALICE, 1)
  assert.equal(first?.text, 'Hello, friend!')
  assert.match(first?.answers ?? '', /^FRIEND_ADD:/)
  box.push({ type: 'FRIEND_ADD', d: { openid: box.person('Alice'), timestamp: 1 }, id: first?.answers })
  box.group('Team', { members: ['Alice'], botIn: false })
  box.group('Team', { botIn: true })
  const [group] = await untilAnswers(box, TEAM, 1)
  assert.equal(group?.text, 'Hello, all!')
  box.person('Alice', { friend: false })
  box.person('Alice', { friend: true })
  await until(box, 'the greeting to another event', () =>
    box.answers(ALICE).some(({ answers }) => answers !== first?.answers),
  )
  assert.equal(box.answers(ALICE).length, 2, 'the event that came twice was answered once')
})

test('nobody is greeted where no words are set', async t => {
  const { box } = await house(t)
  box.person('Alice', { friend: false })
  box.person('Alice', { friend: true })
  await ask(box, { person: 'Alice', text: 'hi' })
  assert.equal(box.answers(ALICE).length, 1)
})

test('a greeting that is refused is no harm', async t => {
  const { box, status } = await house(t, GREETED)
  for (const code of [40034027, 40034026, 40054013]) {
    box.fault({ kind: 'send', when: 'any', code, times: 1 })
    box.person('Alice', { friend: false })
    box.person('Alice', { friend: true })
    await until(box, 'a refusal', () => requests(box, one => one.response.includes(String(code))).length > 0)
  }
  assert.match((await ask(box, { person: 'Bob', text: 'hi' })).answer.text, /hi/)
  assert.equal(status().state, 'connected')
})

test('what happens to a chat is known of it, over a restart', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-chat-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'journal.sqlite')
  const first = await house(t, { path })
  const { box } = first
  const alice = { account: 'qqbot', kind: 'c2c', id: box.person('Alice') } as const
  const team = { account: 'qqbot', kind: 'group', id: box.group('Team', { members: ['Alice'] }) } as const
  const known = (journal: GatewayHouse['journal'], chat: typeof alice | typeof team, wanted: object) =>
    eventually(`${JSON.stringify(wanted)} of ${chat.kind}`, 10_000, async () => {
      const facts = await journal.chatFacts(chat)
      return Object.entries(wanted).every(([name, value]) => facts[name] === value)
    })
  box.person('Alice', { proactive: true })
  box.person('Alice', { proactive: false })
  await known(first.journal, alice, { proactive: 'refused' })
  box.person('Alice', { proactive: true })
  await known(first.journal, alice, { proactive: 'granted' })
  box.person('Alice', { friend: false })
  await known(first.journal, alice, { gone: true, proactive: 'granted' })
  box.group('Team', { botIn: false })
  await known(first.journal, team, { gone: true })
  box.group('Team', { botIn: true, proactive: true })
  await first.stop()
  await first.journal.close()
  const second = await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { path })
  await known(second.journal, alice, { gone: true, proactive: 'granted' })
  await known(second.journal, team, { gone: false })
})

test('group_trigger keyword: a keyword speaks to the bot, in any case; other words do not', async t => {
  const access = { groupTrigger: 'keyword', groupKeywords: ['Weather', '天气'] } as const
  const { box } = await house(t, { access })
  box.group('Team', { members: ['Alice'], fullMode: true })
  box.say({ person: 'Alice', group: 'Team', mention: false, text: 'good morning' })
  for (const text of ['how is the WEATHER?', '今天天气怎么样'])
    assert.match(
      (await ask(box, { person: 'Alice', group: 'Team', mention: false, text })).answer.text,
      /weather|天气/i,
    )
  assert.equal(box.answers(TEAM).length, 2)
})

test('group_trigger reply: who quotes the bot speaks to it; who quotes somebody else does not', async t => {
  const { box, journal } = await house(t, { access: { groupTrigger: 'reply' } })
  box.group('Team', { members: ['Alice', 'Bob'], fullMode: true })
  const { said, answer } = await ask(box, { person: 'Alice', group: 'Team', text: 'first' })
  await eventually('the answer is known', 10_000, () => journal.quotable('qqbot', answer.refIdx))
  const asked = box.shown(TEAM).find(({ id }) => id === said.id)
  box.say({ person: 'Bob', group: 'Team', mention: false, text: 'to Alice', quote: asked?.refIdx })
  const reply = await ask(box, {
    person: 'Bob',
    group: 'Team',
    mention: false,
    text: 'to the bot',
    quote: answer.refIdx,
  })
  assert.match(reply.answer.text, /to the bot/)
  assert.equal(box.answers(TEAM).length, 2)
})

test('quote_in_groups: an answer shows what it answers; a quote that is refused is left out', async t => {
  const { box } = await house(t, { talk: { quoteInGroups: true } })
  const { answer } = await ask(box, { person: 'Alice', group: 'Team', text: 'which one?' })
  assert.equal(answer.quote?.text, 'which one?')
  const inPrivate = await ask(box, { person: 'Alice', text: 'and here?' })
  assert.equal(inPrivate.answer.quote, undefined)
  for (const code of [40034024, 50048]) {
    box.fault({ kind: 'send', when: 'any', code, times: 1 })
    const { answer: bare, said } = await ask(box, { person: 'Alice', group: 'Team', text: `without, ${code}` })
    assert.equal(bare.quote, undefined)
    assert.equal(box.replies(said.id)?.posts, 2)
  }
})

test('/status tells an owner of the right to write first, and what is left of it', async t => {
  const { box, journal, gateway } = await house(t)
  const chat = { account: 'qqbot', kind: 'c2c', id: box.person('Alice', { proactive: true }) } as const
  const owner = await gateway.pairing.owner('qqbot')
  assert.ok(owner.kind === 'code')
  await ask(box, { person: 'Alice', text: owner.code })
  const tells = async (expected: RegExp): Promise<void> =>
    assert.match((await ask(box, { person: 'Alice', text: '/status' })).answer.text, expected)
  await tells(/The platform has not said whether I may write here unasked; at most 1000 more today\./)
  const own = { chat, inboundId: null, purpose: 'answer', text: 'news', form: 'plain', reply: null } as const
  const [row] = await journal.addReplies([{ ...own, state: 'held' }])
  assert.ok(row)
  await journal.updateReply(row.id, { state: 'accepted', platformId: 'x' })
  await journal.setChatFacts(chat, { proactive: 'granted' })
  await tells(/I may write here unasked, 999 more times today\./)
})
