import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LASTING_SESSIONS, resetDue, type SessionRules } from '../../../src/conversation/history/sessions.ts'
import { groupChat, HOUR_MS, MINUTE_MS, message, oneProcess, privateChat } from '../house.ts'

const at = (text: string): number => new Date(`2026-03-10T${text}`).getTime()

const RESETS: readonly [
  name: string,
  rules: Partial<SessionRules>,
  last: string,
  now: string,
  due: string | undefined,
][] = [
  ['never', {}, '00:00', '23:59', undefined],
  ['idle, not yet', { idleResetMinutes: 60 }, '10:00:00', '10:59:59', undefined],
  ['idle', { idleResetMinutes: 60 }, '10:00:00', '11:00:00', 'idle'],
  ['daily, the same day', { dailyResetAt: { hour: 4, minute: 30 } }, '04:30:00', '23:59:59', undefined],
  ['daily, before its time', { dailyResetAt: { hour: 4, minute: 30 } }, '00:10:00', '04:29:59', undefined],
  ['daily', { dailyResetAt: { hour: 4, minute: 30 } }, '04:29:59', '04:30:00', 'daily'],
  ['both, idle first', { idleResetMinutes: 1, dailyResetAt: { hour: 4, minute: 30 } }, '03:00', '05:00', 'idle'],
]

for (const [name, rules, last, now, due] of RESETS) {
  test(`reset: ${name}`, () => {
    assert.equal(resetDue({ ...LASTING_SESSIONS, ...rules }, at(last), at(now)), due)
  })
}

test('reset: daily, days later', () => {
  const rules = { ...LASTING_SESSIONS, dailyResetAt: { hour: 23, minute: 0 } }
  assert.equal(resetDue(rules, at('22:00'), at('22:30') + 24 * HOUR_MS), 'daily')
  assert.equal(resetDue(rules, at('23:30'), at('22:30') + 24 * HOUR_MS), undefined)
})

test('a session that was idle for long begins anew with the next message', async t => {
  const process = oneProcess(t, { talk: { sessions: { ...LASTING_SESSIONS, idleResetMinutes: 30 } } })
  const { agent, hear, ended, clock } = process
  await hear(message('m1'))
  await ended('m1', 'answered')
  await clock.advance(30 * MINUTE_MS - 1)
  await hear(message('m2'))
  await ended('m2', 'answered')
  assert.equal(agent.turns[1]?.history.length, 2)
  await clock.advance(30 * MINUTE_MS)
  await hear(message('m3'), message('m4'))
  await ended('m4', 'answered')
  assert.deepEqual(
    agent.turns.slice(2).map(turn => turn.history.length),
    [0, 2],
  )
  assert.equal((await process.journal.history(privateChat('alice'), 1000)).length, 4, 'what was before is gone')
})

const inGroup = (who: string, id: string, text = id) =>
  message(id, { chat: groupChat('g'), sender: { id: who, name: who, isBot: false }, text })

test('in a group all share one session, which says who spoke', async t => {
  const process = oneProcess(t)
  await process.hear(inGroup('alice', 'a1'), inGroup('bob', 'b1'))
  await process.ended('b1', 'answered')
  const [first, second] = process.agent.turns
  assert.match(first?.prompt ?? '', /^\[message from u_[0-9a-f]{8}, name "alice"\]\na1$/)
  assert.equal(first?.text, 'a1')
  assert.deepEqual(
    second?.history.map(entry => entry.text),
    [first?.prompt, 're: a1'],
  )
})

test('in a group each has a session of their own where it is set so, and is not held up by others', async t => {
  const process = oneProcess(t, { talk: { sessions: { ...LASTING_SESSIONS, inGroups: 'per_user' } } })
  const { agent, hear, until, ended } = process
  agent.waits()
  await hear(inGroup('alice', 'a1'), inGroup('alice', 'a2'), inGroup('bob', 'b1'))
  await until(() => agent.waiting.length === 2)
  assert.deepEqual([...agent.waiting].sort(), ['a1', 'b1'])
  await hear(inGroup('bob', 's', '/stop'))
  await ended('b1', 'silent')
  agent.answer('a1')
  await until(() => agent.waiting.includes('a2'))
  agent.answer('a2')
  await ended('a2', 'answered')
  await hear(inGroup('bob', 'b2'), message('p1', { text: 'in private' }))
  await until(() => ['b2', 'in private'].every(text => agent.waiting.includes(text)))
  const turnFor = (text: string) => agent.turns.find(turn => turn.text === text)
  assert.equal(turnFor('a2')?.history.length, 2)
  assert.equal(turnFor('b2')?.history.length, 1, 'his own question alone')
  assert.equal(turnFor('in private')?.history.length, 0)
  for (const text of ['b2', 'in private']) agent.answer(text)
  await ended('p1', 'answered')
  await ended('b2', 'answered')
  await hear(inGroup('alice', 'n', '/new'))
  await ended('n', 'answered')
  assert.equal((await process.journal.history(groupChat('g'), 1000, 'alice')).length, 0)
  assert.equal((await process.journal.history(groupChat('g'), 1000, 'bob')).length, 3)
})
