import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep, systemClock, toWallMs } from '../../src/lib/clock.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'

test('a sleep ends in time and leaves no timer', async () => {
  const clock = createVirtualClock()
  let awake = false
  const slept = sleep(clock, 1000).then(() => {
    awake = true
  })
  await clock.advance(999)
  assert.equal(awake, false)
  await clock.advance(1)
  await slept
  assert.equal(clock.armed, 0)
})

test('a sleep that is called off rejects at once with the reason and leaves no timer', async () => {
  const clock = createVirtualClock()
  const controller = new AbortController()
  const slept = assert.rejects(sleep(clock, 1000, controller.signal), /enough/)
  controller.abort(new Error('enough'))
  await slept
  assert.equal(clock.armed, 0)
  await assert.rejects(sleep(clock, 1000, controller.signal), /enough/)
  assert.equal(clock.armed, 0)
})

test('a moment of the monotonic clock is dated by the wall clock of now', async () => {
  const clock = createVirtualClock(Date.UTC(2026, 0, 1))
  await clock.advance(5000)
  const atMs = clock.monotonicMs()
  await clock.advance(60_000)
  assert.equal(toWallMs(clock, atMs), Date.UTC(2026, 0, 1) + 5000)
  clock.jumpWall(3_600_000)
  assert.equal(toWallMs(clock, atMs), Date.UTC(2026, 0, 1) + 3_605_000)
})

test('the system clock fires, can be cancelled, and takes a wait longer than Node allows', async () => {
  const beforeMs = systemClock.monotonicMs()
  await sleep(systemClock, 20)
  assert.ok(systemClock.monotonicMs() - beforeMs >= 18)
  let fired = 0
  const undo = systemClock.after(5, () => {
    fired += 1
  })
  undo()
  const undoLong = systemClock.after(2 ** 40, () => {
    fired += 1
  })
  await sleep(systemClock, 30)
  undoLong()
  assert.equal(fired, 0)
})
