import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexId, seededRandom, systemRandom } from '../../../src/lib/random.ts'
import { backoffMs } from '../../../src/lib/tasks/backoff.ts'

const STEPS = [2, 5, 10, 30, 60]
const still = { next: () => 0 }

test('the steps in their order, the last one for ever', () => {
  const waits = [1, 2, 3, 4, 5, 6, 100].map(attempt => backoffMs(STEPS, attempt, still))
  assert.deepEqual(waits, [2000, 5000, 10_000, 30_000, 60_000, 60_000, 60_000])
})

test('attempts below one count as the first, and no steps mean no wait', () => {
  assert.equal(backoffMs(STEPS, 0, still), 2000)
  assert.equal(backoffMs(STEPS, -3, still), 2000)
  assert.equal(backoffMs([], 1, still), 0)
})

test('jitter takes away up to a fifth and never adds, so that a promised wait is kept', () => {
  const random = seededRandom(7)
  const waits = Array.from({ length: 1000 }, () => backoffMs(STEPS, 3, random))
  assert.ok(waits.every(waitMs => waitMs > 8000 - 1 && waitMs <= 10_000))
  assert.ok(new Set(waits).size > 500, 'drawn anew each time')
})

test('a seed replays, another does not, and both stay in [0, 1)', () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed)
    return Array.from({ length: 100 }, () => random.next())
  }
  assert.deepEqual(draw(1), draw(1))
  assert.notDeepEqual(draw(1), draw(2))
  for (const value of [...draw(3), systemRandom.next(), systemRandom.next()]) assert.ok(value >= 0 && value < 1)
})

test('ids have the length asked for and hexadecimal digits', () => {
  assert.match(hexId(systemRandom, 32), /^[0-9a-f]{32}$/)
  assert.equal(hexId(seededRandom(5), 8), hexId(seededRandom(5), 8))
})
