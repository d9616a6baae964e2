import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryEntry } from '../../../src/agents/agent.ts'
import type { ConversationAgent } from '../../../src/conversation/context.ts'
import { tokensIn, tooOld, withinTokens } from '../../../src/conversation/history/history.ts'
import { MINUTE_MS, message, oneProcess, type Process, privateChat } from '../house.ts'

const user = (text: string): HistoryEntry => ({ role: 'user', text })
const bot = (text: string): HistoryEntry => ({ role: 'assistant', text })
/** 104 tokens each. */
const LONG = 'abcd'.repeat(100)

test('tokens are estimated by script', () => {
  assert.equal(tokensIn(user('')), 4)
  assert.equal(tokensIn(user('abcd'.repeat(10))), 14)
  assert.equal(tokensIn(user('你好，世界')), 4 + 4 + 1)
  assert.ok(tokensIn(user('字'.repeat(1000))) > 3 * tokensIn(user('a'.repeat(1000))))
})

test('the newest entries that fit, and none that is cut', () => {
  const history = [user(LONG), bot(LONG), user(LONG), bot('short')]
  assert.deepEqual(withinTokens(history, 1000), history)
  assert.deepEqual(withinTokens(history, 110), history.slice(2), '104 and 6')
  assert.deepEqual(withinTokens(history, 109), history.slice(3))
  assert.deepEqual(withinTokens(history, 5), [])
})

test('what is too old leaves half a budget, and parts no answer from its question', () => {
  const history = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? user(LONG) : bot(LONG)))
  assert.deepEqual(tooOld(history, 1040), [])
  assert.deepEqual(tooOld(history, 1039), history.slice(0, 6), '519 hold four, and those are two exchanges')
  assert.deepEqual(
    tooOld(history, 630),
    history.slice(0, 8),
    '315 hold three, and the first of them answers what is gone',
  )
  assert.deepEqual(tooOld(history, 100), history, 'nothing fits')
})

interface Summing extends ConversationAgent {
  readonly asked: (readonly HistoryEntry[])[]
  summary: (signal: AbortSignal) => Promise<string>
}

/** An agent that lives by the history, around the toy agent of a process. */
function summing(inner: () => Process): Summing {
  const asked: (readonly HistoryEntry[])[] = []
  const agent: Summing = {
    asked,
    summary: async () => 'they talked',
    run: (turn, signal) => inner().agent.run(turn, signal),
    summarize(_where, history, signal) {
      asked.push(history)
      return agent.summary(signal)
    },
  }
  return agent
}

function summingProcess(t: Parameters<typeof oneProcess>[0]) {
  const box: { process?: Process } = {}
  const agent = summing(() => box.process ?? assert.fail())
  // An exchange is 28 tokens or so: four fit.
  const process = oneProcess(t, { agent, limits: { historyTokens: 120, summaryMs: MINUTE_MS } })
  box.process = process
  const says = async (id: string): Promise<void> => {
    await process.hear(message(id, { text: `${id} ${'x'.repeat(30)}` }))
    await process.ended(id, 'answered')
  }
  const kept = async () =>
    (await process.journal.history(privateChat('alice'), 1_000_000)).map(({ text }) => text.slice(0, 35))
  return { process, agent, says, kept }
}

test('what no longer fits is summed up beside the next messages, and the summary is part of what the agent is given', async t => {
  const { process, agent, says, kept } = summingProcess(t)
  for (const id of ['m1', 'm2', 'm3', 'm4']) await says(id)
  assert.equal(agent.asked.length, 0)
  await says('m5')
  await process.until(async () => (await kept())[0]?.startsWith('[summary') === true)
  assert.ok((await kept()).length < 10)
  assert.ok(agent.asked[0]?.[0]?.text.startsWith('m1'))
  await says('m6')
  const given = process.agent.turns.at(-1)?.history ?? []
  assert.deepEqual(given[0], user('[summary of what was said before]\nthey talked'))
  assert.ok(given.at(-2)?.text.startsWith('m5'))
})

test('a summary that comes after /new changes nothing', async t => {
  const { process, agent, says, kept } = summingProcess(t)
  const summary = Promise.withResolvers<string>()
  agent.summary = () => summary.promise
  for (const id of ['m1', 'm2', 'm3', 'm4', 'm5']) await says(id)
  await process.until(() => agent.asked.length === 1)
  await process.hear(message('n', { text: '/new' }))
  await process.ended('n', 'answered')
  summary.resolve('they talked')
  await says('m6')
  await process.until(() => process.log.some(line => line.text.startsWith('a history changed')))
  assert.deepEqual((await kept()).length, 2)
})

test('a summary that fails, or never comes, holds nobody up, and is tried again later', async t => {
  const { process, agent, says, kept } = summingProcess(t)
  agent.summary = () => new Promise(() => {})
  for (const id of ['m1', 'm2', 'm3', 'm4', 'm5', 'm6']) await says(id)
  assert.equal(agent.asked.length, 1)
  await process.clock.advance(MINUTE_MS)
  await process.until(() => process.log.some(line => line.text === 'a history could not be summed up'))
  agent.summary = async () => 'they talked'
  await says('m7')
  assert.equal(agent.asked.length, 1, 'not with the very next message')
  assert.ok((process.agent.turns.at(-1)?.history.length ?? 0) <= 10, 'the agent is given what fits')
  await process.clock.advance(5 * MINUTE_MS)
  await says('m8')
  await process.until(async () => (await kept())[0]?.startsWith('[summary') === true)
})

test('a stop does not wait for a summary', async t => {
  const { process, agent, says } = summingProcess(t)
  agent.summary = signal =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  for (const id of ['m1', 'm2', 'm3', 'm4', 'm5']) await says(id)
  await process.until(() => agent.asked.length === 1)
  let over = false
  void process.conversation.stop().then(() => {
    over = true
  })
  await process.until(() => over)
})

test('an agent that remembers by itself is asked for no summary', async t => {
  const process = oneProcess(t, { limits: { historyTokens: 60 } })
  for (const id of ['m1', 'm2', 'm3', 'm4', 'm5']) {
    await process.hear(message(id, { text: `${id} ${'x'.repeat(30)}` }))
    await process.ended(id, 'answered')
  }
  assert.equal((await process.journal.history(privateChat('alice'), 1_000_000)).length, 10)
  assert.ok((process.agent.turns.at(-1)?.history.length ?? 0) < 8)
})

test('of an answer that is files alone the history keeps their names, and of words and files both', async t => {
  const { agent, hear, ended, journal } = oneProcess(t)
  const media = (name: string) => ({ kind: 'file', name, source: { path: `/srv/${name}` } }) as const
  agent.does(async function* ({ text }) {
    if (text === 'm2') yield { kind: 'text', text: 'here it is' }
    yield { kind: 'media', media: media('report.pdf') }
  })
  await hear(message('m1'))
  await ended('m1', 'answered')
  await hear(message('m2'))
  await ended('m2', 'answered')
  assert.deepEqual(await journal.history(privateChat('alice'), 1000), [
    user('m1'),
    bot('[file: report.pdf]'),
    user('m2'),
    bot('here it is\n[file: report.pdf]'),
  ])
})
