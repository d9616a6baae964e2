import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Notice } from '../../src/alerts/channel.ts'
import { createChat } from '../../src/alerts/channels/chat.ts'
import { same } from '../../src/alerts/languages.ts'
import { createPostRoom } from '../../src/alerts/post-room.ts'
import { type LogFields, silentLogger } from '../../src/lib/log.ts'
import { createTaskGroup } from '../../src/lib/tasks/spawn.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'

const notice = (key: string): Notice => ({
  language: 'en',
  textIn: () => key,
  host: 'here',
  version: '1',
  alert: { key, kind: 'raised', subject: { kind: 'state_file' }, detail: same(''), sinceMs: 0, atMs: 0, times: 1 },
})

test('an alert that gives way to newer ones is in the log by its key', async () => {
  const clock = createVirtualClock(0)
  const warned: LogFields[] = []
  const log = { ...silentLogger, warn: (_message: string, fields: LogFields = {}) => void warned.push(fields) }
  const tasks = createTaskGroup(({ failed, cause }) => assert.ok(!failed, String(cause)))
  const dead = { name: 'dead', deliver: () => Promise.reject(new Error('nobody there')) }
  const room = createPostRoom([dead], { clock, log, tasks, redact: text => text })
  room.post(notice('first'))
  await clock.advance(0)
  for (let n = 1; n <= 51; n++) room.post(notice(`n${n}`))
  assert.equal(room.waiting, 51)
  assert.deepEqual(
    warned.map(({ alert }) => alert),
    ['first', 'n1'],
  )
  const stopped = tasks.stop()
  await clock.advance(0)
  await stopped
})

test('an alert that waits for the link of a chat is asked after, and not said again', async () => {
  const clock = createVirtualClock(0)
  const tasks = createTaskGroup(({ failed, cause }) => assert.ok(!failed, String(cause)))
  /** As the outbox has it: the same key is the same message, and without one each is another. */
  const said = new Map<unknown, string>()
  let up = false
  const say = async (_chat: string, text: string, key?: string): Promise<string> => {
    said.set(key ?? Symbol(text), text)
    return up ? 'accepted' : 'pending'
  }
  const channel = createChat('qqbot:c2c:A', { clock, say, languageOf: async () => 'en' })
  const room = createPostRoom([channel], { clock, log: silentLogger, tasks, redact: text => text })
  room.post(notice('account:first'))
  room.post(notice('account:second'))
  await clock.advance(10_000)
  assert.match(room.trouble ?? '', /ended as pending/)
  up = true
  await clock.advance(60_000)
  assert.deepEqual([room.waiting, room.trouble], [0, undefined])
  assert.deepEqual([...said.values()], ['account:first', 'account:second'])
  const stopped = tasks.stop()
  await clock.advance(0)
  await stopped
})
