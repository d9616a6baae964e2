import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProcessOptions } from '../house.ts'
import { groupChat, MINUTE_MS, message, oneProcess, privateChat } from '../house.ts'

const FULL = /^\(Too many messages are waiting here/
const FULL_ZH = /^（排队的消息太多了/

const LANGUAGES: readonly [name: string, language: ProcessOptions['language'], text: string, notice: RegExp][] = [
  ['in English', 'en', '你好', FULL],
  ['in Chinese', 'zh', 'hello', FULL_ZH],
  ['in the language of the message, Chinese', 'auto', '在吗？ are you there?', FULL_ZH],
  ['in the language of the message, English', 'auto', 'are you there?', FULL],
]

for (const [name, language, text, notice] of LANGUAGES) {
  test(`a queue that is full says so ${name}, once, and the ones that wait are answered`, async t => {
    const process = oneProcess(t, { language: language ?? 'auto' })
    const { agent, hear, until, ended, endOf, shown, adapter } = process
    agent.waits()
    await hear(message('m0'))
    for (let i = 1; i <= 25; i++) await hear(message(`m${i}`, i === 21 ? { text } : {}))
    for (let i = 21; i <= 25; i++) await ended(`m${i}`, 'dead: queue_full')
    await until(() => adapter.shown.length > 0)
    assert.equal(adapter.posts[0]?.reply?.id, 'm21', 'it replies to the message that found no room')
    for (let i = 0; i <= 20; i++) {
      await until(() => agent.waiting.includes(`m${i}`))
      agent.answer(`m${i}`)
    }
    await ended('m20', 'answered')
    const [first, ...others] = shown()
    assert.match(first ?? '', notice)
    assert.deepEqual(
      others,
      Array.from({ length: 21 }, (_, i) => `re: m${i}`),
    )
    assert.equal(agent.turns.length, 21, 'nothing was asked of the agent for the rest')
    assert.equal(await endOf('m25'), 'dead: queue_full')
    assert.equal((await process.inbox('m25')).detail, 'more than 20 waited')
    const dead = await process.journal.dead()
    assert.deepEqual(
      dead.map(entry => entry.id),
      ['m21', 'm22', 'm23', 'm24', 'm25'].map(id => `in:qqbot/${id}`),
    )
  })
}

test('a notice that finds no language in its message speaks that of the chat', async t => {
  const { agent, hear, until, ended, shown, adapter } = oneProcess(t, { language: 'auto', limits: { queuePerChat: 1 } })
  await hear(message('before', { text: '你好' }))
  await ended('before', 'answered')
  agent.waits()
  await hear(message('m0'), message('m1'), message('m2', { text: '', attachments: [{ kind: 'image', name: 'i' }] }))
  await until(() => adapter.shown.length === 2)
  assert.match(shown()[1] ?? '', FULL_ZH)
})

test('the queue of one chat takes no room from another', async t => {
  const { agent, hear, until, ended, shown } = oneProcess(t, { limits: { queuePerChat: 2 } })
  agent.waits()
  const bob = privateChat('bob')
  const group = groupChat('g')
  for (let i = 0; i < 5; i++) await hear(message(`m${i}`))
  for (const [id, chat] of [
    ['b', bob],
    ['g', group],
  ] as const) {
    await hear(message(id, { chat }))
    await until(() => agent.waiting.includes(id))
    agent.answer(id)
    await ended(id, 'answered')
    assert.deepEqual(shown(chat), [`re: ${id}`])
  }
})

test('after it has caught up a queue takes messages again, and says again when it is full', async t => {
  const { agent, hear, until, ended, shown } = oneProcess(t, { limits: { queuePerChat: 4 } })
  const notices = () => shown().filter(text => FULL.test(text)).length
  agent.waits()
  let next = 0
  const hearSome = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await hear(message(`m${next++}`))
  }
  const answerOne = async (id: string): Promise<void> => {
    await until(() => agent.waiting.includes(id))
    agent.answer(id)
    await ended(id, 'answered')
  }
  await hearSome(7)
  await until(() => notices() === 1)
  // One place is free, and taken; the queue has not caught up, and says nothing more.
  await answerOne('m0')
  await hearSome(3)
  await ended('m9', 'dead: queue_full')
  assert.equal(notices(), 1)
  for (const id of ['m1', 'm2', 'm3']) await answerOne(id)
  await hearSome(3)
  await until(() => agent.waiting.includes('m4'))
  await hearSome(2)
  await until(() => notices() === 2)
})

test('messages that arrive while their chat waits for a place do not pile up either', async t => {
  const { agent, hear, until, ended, clock } = oneProcess(t, { limits: { queuePerChat: 3, runningTurns: 1 } })
  agent.waits()
  await hear(message('other', { chat: privateChat('bob') }))
  await until(() => agent.waiting.length === 1)
  for (let i = 0; i < 5; i++) await hear(message(`m${i}`))
  await ended('m4', 'dead: queue_full')
  await clock.advance(MINUTE_MS)
  agent.answer('other')
  for (const id of ['m0', 'm1', 'm2']) {
    await until(() => agent.waiting.includes(id))
    agent.answer(id)
    await ended(id, 'answered')
  }
})
