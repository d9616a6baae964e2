import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, groupChat, HOUR_MS, MINUTE_MS, message, oneProcess, privateChat } from '../house.ts'

const NONE = { userPerMinute: 0, userPerDay: 0, chatPerMinute: 0, chatPerDay: 0 }
const by = (who: string, id: string, text = id) =>
  message(id, { chat: privateChat(who), sender: { id: who, isBot: false }, text })

test('over the limit: one clear notice, silence until the minute is over, and nobody else is touched', async t => {
  const process = oneProcess(t, { talk: { rates: { ...NONE, userPerMinute: 3 } } })
  const { hear, ended, clock, shown, agent } = process
  for (let i = 1; i <= 6; i++) await hear(message(`m${i}`))
  for (const id of ['m4', 'm5', 'm6']) await ended(id, 'denied')
  await ended('m3', 'answered')
  assert.equal((await process.inbox('m4')).detail, 'more than 3 in a minute')
  assert.equal(shown().filter(text => /more than the 3 messages a minute/.test(text)).length, 1)
  assert.equal(process.adapter.posts.find(post => /more than/.test(post.text))?.reply?.id, 'm4')
  assert.equal(shown().length, 4)
  await hear(by('bob', 'b1'))
  await ended('b1', 'answered')
  await clock.advance(MINUTE_MS)
  for (let i = 7; i <= 11; i++) await hear(message(`m${i}`))
  await ended('m9', 'answered')
  await ended('m11', 'denied')
  assert.equal(shown().filter(text => /more than the 3/.test(text)).length, 2, 'once in each minute that it happens')
  assert.equal(agent.turns.length, 7)
})

test('commands count too, a repeat does not, and an owner has no limit', async t => {
  const process = oneProcess(t, { talk: { rates: { ...NONE, userPerMinute: 2 } } })
  const { hear, ended } = process
  await hear(message('m1', { text: '/ping' }), message('m1', { text: '/ping' }), message('m2'))
  await hear(message('m3', { text: '/ping' }))
  await ended('m2', 'answered')
  await ended('m3', 'denied')
  await hear(by('olga', 'o0', await process.conversation.people.issueOwnerCode(ACCOUNT)))
  await ended('o0', 'answered')
  for (let i = 1; i <= 5; i++) await hear(by('olga', `o${i}`))
  await ended('o5', 'answered')
})

test('a group has a limit of its own, over all its members', async t => {
  const process = oneProcess(t, { talk: { rates: { ...NONE, chatPerMinute: 2 } } })
  const say = (who: string) => process.hear(message(who, { chat: groupChat('g'), sender: { id: who, isBot: false } }))
  for (const who of ['a', 'b', 'c']) await say(who)
  await process.ended('b', 'answered')
  await process.ended('c', 'denied')
  await process.hear(message('c in private', { sender: { id: 'c', isBot: false } }))
  await process.ended('c in private', 'answered')
})

test('a day is a day', async t => {
  const process = oneProcess(t, { talk: { rates: { ...NONE, userPerDay: 2 } } })
  const { hear, ended, clock, shown } = process
  await hear(message('m1'))
  await clock.advance(12 * HOUR_MS)
  await hear(message('m2'), message('m3'))
  await ended('m3', 'denied')
  assert.ok(shown().some(text => /more than the 2 messages a day/.test(text)))
  await clock.advance(12 * HOUR_MS)
  await hear(message('m4'))
  await ended('m4', 'answered')
})

test('what a former process left is answered, however much it is', async t => {
  const process = oneProcess(t, { talk: { rates: { ...NONE, userPerMinute: 1 } } })
  const { journal, intake, ended, clock } = process
  for (const id of ['m1', 'm2', 'm3']) {
    const verdict = { triage: { run: true }, replyUntilMs: clock.nowMs() + HOUR_MS } as const
    await journal.accept(ACCOUNT, { message: message(id) }, verdict)
  }
  await intake.recover(ACCOUNT)
  await ended('m3', 'answered')
})
