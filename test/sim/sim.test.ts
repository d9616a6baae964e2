/**
 * A slice of the simulation, with seeds that nobody has seen before: as many worlds as the time allows, a bad one among
 * every five. The seeds are printed; `npm run sim -- --seed N --hours 6 --trace` plays one again.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from './runs/plan.ts'
import { runSeeds } from './runs/pool.ts'
import { createTotals } from './runs/report.ts'
import { runWorld } from './runs/run.ts'
import { freshSeed, seedsFrom } from './runs/seeds.ts'

const HOURS = 6
const SLICE_MS = 30_000
const FEWEST_WORLDS = 10
const MOST_WORLDS = 200

test('G85 worlds of fresh seeds: nothing lost, nothing answered twice, no lie in the state, always back', async t => {
  const totals = createTotals()
  const beganMs = performance.now()
  const first = freshSeed()
  await runSeeds(seedsFrom(first, MOST_WORLDS), {
    hours: HOURS,
    folder: undefined,
    // A busy machine gets its ten worlds all the same.
    goesOn: () => performance.now() - beganMs < SLICE_MS || totals.worlds < FEWEST_WORLDS,
    onResult: totals.add,
  })
  t.diagnostic(`seeds ${first} to ${first + totals.worlds - 1}, ${HOURS} h each`)
  for (const line of totals.lines(performance.now() - beganMs)) t.diagnostic(line)
  assert.deepEqual(totals.broken, [])
})

test('a seed replays exactly, with a time line or without', async () => {
  const seed = 5
  const lines: string[] = []
  const first = await runWorld(planOf(seed, 2))
  const second = await runWorld(planOf(seed, 2), { print: line => lines.push(line) })
  assert.deepEqual(second, first)
  assert.ok(lines.length > 1_000, `${lines.length} lines`)
  assert.notEqual((await runWorld(planOf(seed + 5, 2))).fingerprint, first.fingerprint)
})
