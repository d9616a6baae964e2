/** SDKs from the npm registry, official and third-party, unchanged, against the sandbox. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ChatRef, OptionChanges, Sandbox, Say } from '../../../src/sandbox/sandbox.ts'
import { sandboxFor, TEST_BOT, until, untilAnswers, untilConnected } from '../../support/sandbox.ts'
import { type BotProcess, startBot } from './bot-process.ts'
import { installSdk } from './install.ts'

interface Running {
  readonly box: Sandbox
  readonly bot: BotProcess
}

/** The SDK in a process against a fresh sandbox; undefined, and the test skipped, where it cannot be installed. */
async function run(
  t: TestContext,
  program: string,
  packages: string[],
  options: OptionChanges = {},
): Promise<Running | undefined> {
  const installed = await installSdk(program, packages)
  if ('missing' in installed) {
    t.skip(installed.missing)
    return undefined
  }
  const box = await sandboxFor(t, { options })
  const bot = startBot(box, program, installed.folder)
  t.after(() => bot.stop())
  return { box, bot }
}

/** Says something and expects exactly this answer, as a reply to it. */
async function exchange({ box, bot }: Running, say: Say, expected: string): Promise<void> {
  const chat: ChatRef = say.group
    ? { group: say.group }
    : say.channel
      ? { channel: say.channel }
      : { person: say.person }
  const before = box.answers(chat).length
  const said = box.say(say)
  try {
    const answers = await untilAnswers(box, chat, before + 1)
    assert.deepEqual([answers[before]?.text, answers[before]?.answers], [expected, said.id])
  } catch (thrown) {
    throw new Error(`${String(thrown)}\nthe bot said:\n${bot.output}`)
  }
}

test('qq-official-bot: private and group messages, and again after a cut', async t => {
  const running = await run(t, 'qq-official-bot.mjs', ['qq-official-bot@1.0.13'])
  if (!running) return
  const { box } = running
  await untilConnected(box)
  await exchange(running, { person: 'Alice', text: 'hello' }, 'private: hello')
  await exchange(running, { group: 'Family', person: 'Bob', text: 'hi all' }, 'group: hi all')
  box.fault('close_4009')
  await until(box, 'the link is back', () => box.counters().resumeds + box.counters().readies === 2)
  await exchange(running, { person: 'Alice', text: 'still there?' }, 'private: still there?')
})

test("Satori's QQ adapter: private and group messages, and again after a cut", async t => {
  const running = await run(t, 'satori.mjs', ['@satorijs/adapter-qq@4.11.0', '@satorijs/core@4.6.0'])
  if (!running) return
  const { box } = running
  await untilConnected(box)
  await until(box, 'the adapter asks who it is', () =>
    box.log.entries({ kinds: ['request'] }).some(entry => entry.kind === 'request' && entry.route === 'me'),
  )
  await exchange(running, { person: 'Alice', text: 'hello' }, 'private: hello')
  await exchange(running, { group: 'Family', person: 'Bob', text: 'hi all' }, 'group: hi all')
  box.fault('cut')
  await until(box, 'the link is back', () => box.counters().resumeds === 1)
  await exchange(running, { person: 'Alice', text: 'still there?' }, 'private: still there?')
})

test('qq-guild-bot, by Tencent: channel messages with the fixed token of its time', async t => {
  const running = await run(t, 'qq-guild-bot.mjs', ['qq-guild-bot@2.9.5'], { legacyFixedToken: true })
  if (!running) return
  await untilConnected(running.box)
  await exchange(running, { channel: 'general', person: 'Carol', text: 'hello' }, 'channel: hello')
})

test('@tencent-connect/qqbot-connector, by Tencent: credentials by a scanned code', async t => {
  const running = await run(t, 'qqbot-connector.mjs', ['@tencent-connect/qqbot-connector@1.2.0'])
  if (!running) return
  const { box, bot } = running
  const [, first = ''] = await bot.printed(/shown \S*task_id=([\w-]+)/)
  box.platform.binding.expire(first)
  await bot.printed(/expired/)
  const [, second = ''] = await bot.printed(/expired\s+shown \S*task_id=([\w-]+)/)
  box.platform.binding.complete(second, TEST_BOT.appId)
  const [, credentials = ''] = await bot.printed(/bound (.*)/)
  assert.partialDeepStrictEqual(JSON.parse(credentials), [{ appId: TEST_BOT.appId, appSecret: TEST_BOT.secret }])
})
