import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  beginStart,
  nextStart,
  STARTS_FILE_NAME,
  type StartRecord,
  startDelayMs,
} from '../../../src/gateway/process/starts.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import { tempHome } from '../programs.ts'

test('young deaths in a row wait longer and longer, up to a minute, and it always starts', t => {
  const home = tempHome(t)
  const clock = createVirtualClock()
  const delays = Array.from({ length: 12 }, () => {
    const start = beginStart(home, clock)
    start.dispose()
    return start.delayMs / 1000
  })
  assert.deepEqual(delays, [0, 0, 1, 2, 5, 10, 30, 60, 60, 60, 60, 60])
  assert.equal(clock.armed, 0)
})

test('a clean stop owes nothing', t => {
  const home = tempHome(t)
  const clock = createVirtualClock()
  for (let n = 0; n < 5; n++) beginStart(home, clock).dispose()
  beginStart(home, clock).stopped()
  assert.equal(beginStart(home, clock).quickStarts, 0)
})

test('a long life owes nothing, one just short of it does', async t => {
  for (const [livedMs, quickStarts] of [
    [9 * 60_000, 3],
    [11 * 60_000, 0],
  ] as const) {
    const home = tempHome(t)
    const clock = createVirtualClock()
    for (let n = 0; n < 2; n++) beginStart(home, clock).dispose()
    const start = beginStart(home, clock)
    await clock.advance(livedMs)
    start.dispose()
    assert.equal(beginStart(home, clock).quickStarts, quickStarts, `after ${livedMs} ms`)
  }
})

test('a death long ago says nothing; a clock set back does not forgive', () => {
  const last: StartRecord = { quickStarts: 4, startedAtMs: 10_000_000, settled: false }
  assert.equal(nextStart(last, 10_000_000 + 3_600_001).quickStarts, 0)
  assert.equal(nextStart(last, 9_000_000).quickStarts, 5)
  assert.equal(nextStart(undefined, 5).quickStarts, 0)
  assert.equal(startDelayMs({ ...last, quickStarts: 9e9 }, []), 0)
})

test('a record that makes no sense, or cannot be kept, keeps nobody down', t => {
  for (const content of ['', '{', '[]', '{"quickStarts":"9"}', '{"quickStarts":-1,"startedAtMs":1,"settled":false}']) {
    const home = tempHome(t)
    writeFileSync(join(home, STARTS_FILE_NAME), content)
    const start = beginStart(home, createVirtualClock())
    start.dispose()
    assert.equal(start.delayMs, 0)
    assert.equal(start.trouble, undefined)
    assert.equal(JSON.parse(readFileSync(join(home, STARTS_FILE_NAME), 'utf8')).quickStarts, 0)
  }
  const home = tempHome(t)
  mkdirSync(join(home, STARTS_FILE_NAME))
  const start = beginStart(home, createVirtualClock())
  start.stopped()
  assert.equal(start.delayMs, 0)
  assert.match(start.trouble ?? '', /cannot be written/)
})
