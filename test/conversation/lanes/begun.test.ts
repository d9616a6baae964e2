/** Messages that find nobody before them: their first attempt is on disk with them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TALK_RULES } from '../../../src/conversation/rules.ts'
import type { Journal } from '../../../src/journal/journal.ts'
import { ACCOUNT, createMachine, message, oneProcess, privateChat } from '../house.ts'

const of = (who: string, id: string) => message(id, { chat: privateChat(who), sender: { id: who, isBot: false } })

function countBegun() {
  const begun: string[] = []
  const disk = (journal: Journal): Journal => ({
    ...journal,
    beginTurn(account, id) {
      begun.push(id)
      return journal.beginTurn(account, id)
    },
  })
  return { begun, disk }
}

test('the attempt of the first is counted with the message, of those behind it when their turn comes; each once', async t => {
  const { begun, disk } = countBegun()
  const { agent, intake, ended, inbox } = oneProcess(t, { disk })
  const all = [of('alice', 'a1'), of('alice', 'a2'), of('bob', 'b1')]
  // In one tick: one commit.
  await Promise.all(all.map(one => intake.accept(ACCOUNT, { message: one })))
  for (const { id } of all) await ended(id, 'answered')
  assert.deepEqual(begun, ['a2'])
  for (const { id } of all) assert.equal((await inbox(id)).attempts, 1)
  assert.ok(agent.turns.every(turn => !turn.repeated))
})

test('a place is kept for one of each session, until it is taken or given up', async t => {
  const { conversation } = oneProcess(t, { limits: { runningTurns: 2 } })
  assert.equal(conversation.reserve(of('alice', 'a1')), true)
  assert.equal(conversation.reserve(of('alice', 'a2')), false)
  assert.equal(conversation.reserve(of('bob', 'b1')), true)
  assert.equal(conversation.reserve(of('carol', 'c1')), false, 'more than may run at a time')
  conversation.release(of('alice', 'a1'))
  assert.equal(conversation.reserve(of('alice', 'a2')), true)
})

test('nobody begins at once while a turn of the session runs, and everybody can when all are done', async t => {
  const { agent, conversation, hear, until, ended } = oneProcess(t)
  agent.waits()
  await hear(message('m1'))
  await until(() => agent.waiting.length === 1)
  assert.equal(conversation.reserve(message('m2')), false)
  agent.answer('m1')
  await ended('m1', 'answered')
  await until(() => conversation.reserve(message('m2')))
})

test('commands, what may be an answer, what is too much, and what may be a burst begin in their own time', async t => {
  const { agent, conversation, hear, until, inbox, ended } = oneProcess(t, {
    talk: { rates: { ...TALK_RULES.rates, userPerMinute: 1 } },
  })
  assert.equal(conversation.reserve(message('m1', { text: '/status' })), false)
  agent.does(async function* (turn, signal) {
    const question = { kind: 'choice', title: 'Which?', options: [{ id: 'a', label: 'A', style: 'plain' }] } as const
    const chosen = await turn.ask(question, signal)
    yield { kind: 'text', text: String(chosen) }
  })
  await hear(of('bob', 'b1'))
  await until(() => agent.turns.length === 1)
  await until(() => !conversation.reserve(of('bob', 'yes')))
  await hear(of('carol', 'c1'))
  assert.equal(conversation.reserve(of('carol', 'c2')), false)
  await hear(of('carol', 'c3'))
  await ended('c3', 'denied')
  assert.equal((await inbox('c3')).attempts, 0, 'what is refused was never begun')

  const merging = oneProcess(t, { talk: { busy: 'merge' } })
  assert.equal(merging.conversation.reserve(message('m1')), false)
})

test('one that reaches a conversation which is being stopped is not held against it', async t => {
  const machine = createMachine(t)
  const first = await machine.start()
  assert.equal(first.conversation.reserve(message('m1')), true)
  const verdict = { triage: { run: true }, replyUntilMs: first.clock.nowMs() + 3_600_000, begins: true } as const
  await first.journal.accept(ACCOUNT, { message: message('m1') }, verdict)
  const stopped = first.conversation.stop()
  assert.equal(first.conversation.reserve(of('bob', 'b1')), false)
  first.conversation.take(message('m1'), true)
  await stopped
  assert.deepEqual(await first.journal.get(ACCOUNT, 'turns_cut_by_stop'), { m1: 1 })
  assert.equal(first.agent.turns.length, 0)
  await first.stop()
  const second = await machine.start()
  await second.ended('m1', 'answered')
})
