import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Notice } from '../../src/alerts/channel.ts'
import { createPostRoom } from '../../src/alerts/post-room.ts'
import { type LogFields, silentLogger } from '../../src/lib/log.ts'
import { createTaskGroup } from '../../src/lib/spawn.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'

const notice = (key: string): Notice => ({
  text: key,
  host: 'here',
  version: '1',
  alert: { key, kind: 'raised', subject: { kind: 'state_file' }, detail: '', sinceMs: 0, atMs: 0, times: 1 },
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
