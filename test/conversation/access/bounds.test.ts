/** Tokens of a day, and bots that answer bots. Numbers of messages: rates.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createMachine,
  groupChat,
  HOUR_MS,
  message,
  OPEN,
  oneProcess,
  type Process,
  type ProcessOptions,
  privateChat,
} from '../house.ts'
import { by, makeOwner } from '../talk.ts'

const fromBot = (id: string) =>
  message(id, { chat: groupChat('g'), sender: { id: 'other', isBot: true }, text: `/stop ${id}` })
const fromPerson = (id: string) => message(id, { chat: groupChat('g') })

test('bots are ignored by default, and told nothing', async t => {
  const process = oneProcess(t)
  await process.hear(fromBot('b1'), by('bot', 'b2', 'hi'))
  await process.hear(message('b3', { chat: privateChat('bot'), sender: { id: 'bot', isBot: true } }))
  assert.equal(await process.endOf('b1'), 'silent')
  assert.equal(await process.endOf('b3'), 'silent')
  await process.ended('b2', 'answered')
  assert.deepEqual(process.shown(), ['re: hi'])
})

test('where bots are answered, a loop between them ends after five turns with one notice, until a person writes', async t => {
  const process = oneProcess(t, { access: { ...OPEN, bots: 'answer' } })
  const { hear, ended, agent, shown, clock } = process
  for (let i = 1; i <= 8; i++) {
    await hear(fromBot(`b${i}`))
    await ended(`b${i}`, i <= 5 ? 'answered' : 'denied')
  }
  assert.equal(agent.turns.length, 5)
  assert.match(agent.turns[0]?.prompt ?? '', /\/stop b1/, 'no bot gives commands')
  assert.equal((await process.inbox('b6')).detail, 'more than 5 messages of bots in a row')
  assert.equal(shown().length, 6)
  assert.match(shown().at(-1) ?? '', /answered bots 5 times in a row/)
  await hear(fromPerson('p1'), fromBot('b9'))
  await ended('p1', 'answered')
  await ended('b9', 'answered')
  for (let i = 10; i <= 15; i++) await hear(fromBot(`b${i}`))
  await ended('b15', 'denied')
  await clock.advance(HOUR_MS)
  await hear(fromBot('b16'))
  await ended('b16', 'answered')
})

test('a bot that is a stranger is not offered to be let in', async t => {
  const process = oneProcess(t, { access: { ...OPEN, dmPolicy: 'pairing', bots: 'answer' } })
  await process.hear(message('b1', { chat: privateChat('bot'), sender: { id: 'bot', isBot: true } }))
  await process.ended('b1', 'denied')
  await process.hear(by('alice', 'a1', 'hi'))
  await process.until(() => process.shown(privateChat('alice')).length === 1)
  assert.deepEqual(process.shown(privateChat('bot')), [])
})

function usingTokens(process: Process, tokens: number): void {
  process.agent.does(async function* ({ text }) {
    yield { kind: 'usage', inputTokens: tokens - 10, outputTokens: 10 }
    yield { kind: 'text', text: `re: ${text}` }
  })
}

test('tokens of a chat: the turn that uses them up is answered, the next is not, once told; commands and others go on', async t => {
  const machine = createMachine(t)
  const options: ProcessOptions = { talk: { tokens: { perChat: 1000, perAccount: 0 } } }
  const first = await machine.start(options)
  usingTokens(first, 600)
  await first.hear(message('m1'))
  await first.ended('m1', 'answered')
  await first.hear(message('m2'))
  await first.ended('m2', 'answered')
  await first.hear(message('m3'), message('m4'), message('p', { text: '/ping' }), by('bob', 'b1', 'hi'))
  await first.ended('m3', 'denied')
  await first.ended('m4', 'denied')
  await first.ended('p', 'answered')
  await first.ended('b1', 'answered')
  assert.equal((await first.inbox('m3')).detail, 'the 1000 tokens of this chat for today are used up')
  assert.equal(first.shown().filter(text => /used up/.test(text)).length, 1)
  assert.equal(first.agent.turns.length, 3)
  await first.stop()
  const second = await machine.start(options)
  await second.hear(message('m5'))
  await second.ended('m5', 'denied')
  await second.stop()
  const third = await machine.start({ ...options, downMs: 24 * HOUR_MS })
  await third.hear(message('m6'))
  await third.ended('m6', 'answered')
})

test('tokens of an account count over all its chats; an owner is answered all the same', async t => {
  const process = oneProcess(t, { talk: { tokens: { perChat: 0, perAccount: 1000 } }, language: 'zh' })
  await makeOwner(process, 'olga')
  usingTokens(process, 1000)
  await process.hear(by('alice', 'a1', 'hi'))
  await process.ended('a1', 'answered')
  await process.hear(by('bob', 'b1', 'hi'), by('olga', 'o1', 'hi'))
  await process.ended('b1', 'denied')
  await process.ended('o1', 'answered')
  assert.match(process.shown(privateChat('bob'))[0] ?? '', /用量已经用完/)
})
