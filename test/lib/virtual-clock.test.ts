import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '../../src/lib/clock.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'

test('timers fire in the order of their moments, those of one moment as they were armed', async () => {
  const clock = createVirtualClock()
  const fired: string[] = []
  for (const [name, delayMs] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
    ['b2', 20],
    ['now', 0],
    ['past', -5],
  ] as const)
    clock.after(delayMs, () => fired.push(`${name}@${clock.monotonicMs()}`))
  await clock.advance(25)
  assert.deepEqual(fired, ['now@0', 'past@0', 'a@10', 'b@20', 'b2@20'])
  assert.equal(clock.armed, 1)
})

test('what a timer sets off has run before the next one fires, new timers included', async () => {
  const clock = createVirtualClock()
  const seen: number[] = []
  const walk = async (): Promise<void> => {
    for (let steps = 0; steps < 3; steps += 1) {
      await sleep(clock, 10)
      seen.push(clock.monotonicMs())
    }
  }
  const walked = walk()
  clock.after(25, () => seen.push(-25))
  await clock.advance(1000)
  await walked
  assert.deepEqual(seen, [10, 20, -25, 30])
  assert.equal(clock.monotonicMs(), 1000)
})

test('a cancelled timer does not fire', async () => {
  const clock = createVirtualClock()
  clock.after(10, () => assert.fail('fired'))()
  await clock.advance(20)
})

test('the wall jumps alone; waits do not notice', async () => {
  const clock = createVirtualClock(1000)
  clock.jumpWall(500)
  assert.equal(clock.nowMs(), 1500)
  assert.equal(clock.monotonicMs(), 0)
})

test('a freeze lets time pass without timers; what fell due fires late, in its order', async () => {
  const clock = createVirtualClock()
  const fired: (readonly [string, number])[] = []
  clock.after(20, () => fired.push(['second', clock.monotonicMs()]))
  clock.after(10, () => fired.push(['first', clock.monotonicMs()]))
  clock.freeze(600_000)
  assert.deepEqual(fired, [])
  await clock.advance(0)
  assert.deepEqual(fired, [
    ['first', 600_000],
    ['second', 600_000],
  ])
})
