/** The language of a chat: learned from words, kept with the chat, and stronger than a new session or a restart. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { languageIn } from '../../src/conversation/notices/language.ts'
import { JournalUnwritableError } from '../../src/lib/errors.ts'
import { gatewayFor } from '../support/qq-house.ts'
import { ask, sandboxFor } from '../support/sandbox.ts'
import { createMachine, HOUR_MS, message, oneProcess, privateChat } from './house.ts'
import { by, chatOf } from './talk.ts'

const CHINESE = /\p{Script=Han}/u

test('words show a language; commands, names, code and addresses show none', () => {
  for (const text of ['你好', 'ok, 好的', '/撤销', 'what does 天气 mean?']) assert.equal(languageIn(text), 'zh', text)
  for (const text of ['how are you?', 'Is it raining today', "don't do that"])
    assert.equal(languageIn(text), 'en', text)
  for (const text of [
    '',
    '/new',
    '/send qqbot:c2c:A good morning to you',
    '／busy queue',
    'ok',
    'GPT-5',
    '42',
    '😀 😀 😀',
    'https://example.com/a/good/way',
    'a=1; b=2; c=3',
  ])
    assert.equal(languageIn(text), undefined, text)
})

test('a Chinese chat stays one after /new, over a restart, and for commands that come first', async t => {
  const home = mkdtempSync(join(tmpdir(), 'herald-language-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const path = join(home, 'journal.sqlite')
  const box = await sandboxFor(t)
  const first = await gatewayFor(t, box, { language: 'auto', path })
  const says = async (person: string, text: string): Promise<string> => (await ask(box, { person, text })).answer.text
  await says('Lin', '你好')
  assert.equal(await says('Lin', '/new'), '（新的对话开始了。）')
  for (const command of ['/stop', '/retry', '/undo', '/usage', '/busy', '/verbose', '/new'])
    assert.match(await says('Lin', command), CHINESE, command)
  assert.match(await says('Wang', '/new'), CHINESE, 'a chat of which nothing is known speaks as the account does')
  await says('Alice', 'is anybody there?')
  await first.stop()
  await gatewayFor(t, box, { language: 'auto', path })
  assert.match(await says('Lin', '/stop'), CHINESE)
  assert.match(await says('Alice', '/stop'), /Nothing is being answered/)
})

test('one word in another language changes nothing, a sentence does; the setting wins', async t => {
  const process = oneProcess(t, { language: 'auto' })
  const says = chatOf(process)
  await says('你好')
  await says('ok')
  assert.match(await says('/stop'), CHINESE)
  await says('please speak English now')
  assert.match(await says('/stop'), /Nothing is being answered/)
  assert.match(await chatOf(process, 'bob')('/stop'), /Nothing is being answered/, 'what the account heard last')
  const inEnglish = chatOf(oneProcess(t, { language: 'en' }))
  await inEnglish('你好')
  assert.match(await inEnglish('/stop'), /Nothing is being answered/)
})

test('what is said unasked speaks it too: a dead turn, and messages that came too late', async t => {
  const machine = createMachine(t)
  const first = await machine.start({ language: 'auto' })
  const says = chatOf(first)
  await says('你好')
  await says('/new')
  first.agent.does(async function* () {
    yield* []
    throw new Error('broken')
  })
  await first.hear(message('m1', { text: '42' }))
  await first.ended('m1', 'dead: agent')
  assert.match(first.shown().at(-1) ?? '', /抱歉/)
  first.agent.waits()
  await first.hear(message('m2', { text: '43' }))
  await first.until(() => first.agent.waiting.length === 1)
  await first.crash()
  const second = await machine.start({ language: 'auto', downMs: 8 * HOUR_MS })
  await second.hear(message('m3', { text: '/ping' }))
  await second.ended('m3', 'answered')
  assert.match(second.shown().join('\n'), /期间有 1 条消息没有回答/)
})

test('a disk that refuses holds back the fact, not the answer', async t => {
  let full = true
  const process = oneProcess(t, {
    language: 'auto',
    disk: journal => ({
      ...journal,
      setChatFacts: (chat, facts) =>
        full ? Promise.reject(new JournalUnwritableError('the disk is full')) : journal.setChatFacts(chat, facts),
    }),
  })
  await process.hear(by('lin', 'm1', '你好'))
  await process.ended('m1', 'answered')
  assert.match(await chatOf(process, 'lin')('/stop'), CHINESE)
  full = false
  await process.clock.advance(60_000)
  await process.until(async () => (await process.journal.chatFacts(privateChat('lin')))['language'] === 'zh')
})
