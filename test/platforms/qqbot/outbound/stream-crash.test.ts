/** A process that is killed while people watch its answer grow: what they see comes to an end, and the answer comes, once. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ShownMessage } from '../../../../src/sandbox/sandbox.ts'
import { cleanUp } from '../../../support/clean-up.ts'
import { startHerald } from '../../../support/herald.ts'
import { type Exchange, startOpenAiServer } from '../../../support/openai-server.ts'
import { sandboxFor, TEST_BOT, until } from '../../../support/sandbox.ts'

const ALICE = { person: 'Alice' }
const BOUND_MS = 30_000

test('I95 kill -9 while a stream grows: it ends with a mark, and the next process answers anew', async t => {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
  const agent = await startOpenAiServer({ reply: () => 'The whole story.' })
  cleanUp(t, () => agent.stop())
  const home = mkdtempSync(join(tmpdir(), 'herald-stream-'))
  cleanUp(t, () => rmSync(home, { recursive: true, force: true }))
  const settings = {
    platforms: {
      qqbot: {
        app_id: TEST_BOT.appId,
        client_secret: TEST_BOT.secret,
        api_base: box.url,
        token_url: box.tokenUrl,
        dm_policy: 'open',
        streaming: true,
      },
    },
    agent: { type: 'openai', base_url: agent.baseUrl, model: 'test', api_key: 'sk-agent-key' },
    gateway: { http: { host: '127.0.0.1', port: 0 }, language: 'en' },
  }
  writeFileSync(join(home, 'config.yaml'), JSON.stringify(settings), { mode: 0o600 })
  // It begins, and never comes to an end.
  const { promise: begun, resolve: onBegun } = Promise.withResolvers<Exchange>()
  agent.script(exchange => {
    exchange.delta('Once upon ')
    onBegun(exchange)
  })
  const first = startHerald(t, home)
  await first.connected(BOUND_MS)
  const said = box.say({ person: 'Alice', text: 'a story' })
  const growing = (text: string) => (one: ShownMessage) => one.growing === true && one.text === text
  await until(box, 'a message that grows', () => box.answers(ALICE).some(growing('Once upon')), BOUND_MS)
  // With its second frame the name of the message is on disk.
  const exchange = await begun
  exchange.delta('a time ')
  await until(box, 'its second frame', () => box.answers(ALICE).some(growing('Once upon a time')), BOUND_MS)
  first.kill('SIGKILL')
  await first.ended

  const second = startHerald(t, home)
  const answered = (): boolean => box.answers(ALICE).some(({ text }) => text === 'The whole story.')
  await until(box, 'the answer', answered, BOUND_MS)
  assert.deepEqual(
    box.answers(ALICE).map(({ text, growing: open }) => [text, open ?? false]),
    [
      ['Once upon a time\n\n(The answer was interrupted here.)', false],
      ['The whole story.', false],
    ],
  )
  assert.equal(box.replies(said.id)?.places, 2)
  second.kill('SIGTERM')
  await second.end(BOUND_MS)
})
