import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '../../../../src/lib/json.ts'
import { seededRandom } from '../../../../src/lib/random.ts'
import {
  budgetWarning,
  type IdentifyBudget,
  identifyWaitMs,
  limitBudget,
  parseBudget,
  settleBudget,
  spendIdentify,
} from '../../../../src/platforms/qqbot/link/bot/budget.ts'

const NOW_MS = Date.UTC(2026, 0, 1, 12, 20)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** To disk and back, as every life does it. */
function reread(budget: IdentifyBudget): IdentifyBudget {
  return parseBudget(JSON.parse(JSON.stringify(budget)))
}

function spend(budget: IdentifyBudget, atMs: number, count: number): IdentifyBudget {
  let spent = budget
  for (let i = 0; i < count; i += 1) spent = reread(spendIdentify(spent, atMs))
  return spent
}

test('nothing was spent: no wait', () => {
  assert.equal(identifyWaitMs(parseBudget(undefined), NOW_MS), 0)
})

test('twenty in ten minutes, also over restarts; the next may go when the oldest of them is ten minutes old', () => {
  const first = spend(parseBudget(undefined), NOW_MS, 1)
  const almost = spend(first, NOW_MS + MINUTE_MS, 18)
  assert.equal(identifyWaitMs(almost, NOW_MS + 2 * MINUTE_MS), 0)
  const full = spend(almost, NOW_MS + 2 * MINUTE_MS, 1)
  assert.equal(identifyWaitMs(full, NOW_MS + 3 * MINUTE_MS), 7 * MINUTE_MS)
  assert.equal(identifyWaitMs(full, NOW_MS + 10 * MINUTE_MS), 0)
  const again = spend(full, NOW_MS + 10 * MINUTE_MS, 1)
  assert.equal(identifyWaitMs(again, NOW_MS + 10 * MINUTE_MS), MINUTE_MS)
})

test('a thousand in any day, whatever the pace; then one waits until there is room', () => {
  let budget = parseBudget(undefined)
  const random = seededRandom(7)
  const spentAtMs: number[] = []
  let atMs = NOW_MS
  while (atMs < NOW_MS + 4 * DAY_MS) {
    const waitMs = identifyWaitMs(budget, atMs)
    assert.ok(waitMs >= 0 && waitMs <= DAY_MS + HOUR_MS, `waits ${waitMs} ms`)
    if (waitMs > 0) {
      assert.ok(identifyWaitMs(budget, atMs + waitMs) === 0, 'the end of the wait is no end')
      atMs += waitMs
    }
    budget = reread(spendIdentify(budget, atMs))
    spentAtMs.push(atMs)
    atMs += Math.round(random.next() * 40_000)
  }
  for (const [i, eachMs] of spentAtMs.entries()) {
    assert.ok(eachMs - (spentAtMs[i - 20] ?? 0) >= 10 * MINUTE_MS, 'more than twenty in ten minutes')
    assert.ok(eachMs - (spentAtMs[i - 1_000] ?? 0) >= DAY_MS, 'more than a thousand in a day')
  }
  // It uses what it has: an hour's worth is what the counting by the hour may cost.
  assert.ok(spentAtMs.length > 3_500, `only ${spentAtMs.length} in four days`)
  assert.ok(JSON.stringify(budget).length < 1_500, 'stays small on disk')
})

test('the clock was set back: what lies ahead counts as spent now, and ages from there', () => {
  const full = spend(parseBudget(undefined), NOW_MS, 20)
  const backMs = NOW_MS - 30 * DAY_MS
  const settled = settleBudget(full, backMs)
  assert.equal(identifyWaitMs(settled, backMs), 10 * MINUTE_MS)
  assert.equal(identifyWaitMs(settled, backMs + 10 * MINUTE_MS), 0)
  // One spent then leaves nothing in the future behind.
  const spent = spend(settled, backMs + 10 * MINUTE_MS, 1)
  assert.equal(identifyWaitMs(spent, backMs + 2 * DAY_MS), 0)
  assert.equal(settleBudget(spent, backMs + 2 * DAY_MS).hours.length, 0)
})

test('the clock was set back over and over: never a fresh allowance', () => {
  let budget = spend(parseBudget(undefined), NOW_MS, 20)
  for (let jump = 1; jump <= 50; jump += 1) {
    budget = settleBudget(budget, NOW_MS - jump * DAY_MS)
    assert.equal(identifyWaitMs(budget, NOW_MS - jump * DAY_MS), 10 * MINUTE_MS)
  }
})

test('the clock was set forward: nothing is waited for that is long past', () => {
  const full = spend(parseBudget(undefined), NOW_MS, 20)
  assert.equal(identifyWaitMs(full, NOW_MS + 365 * DAY_MS), 0)
})

test('whatever lies on disk, it is a budget, and the wait is finite', () => {
  const broken: readonly unknown[] = [
    null,
    7,
    'x',
    [],
    {},
    { recentMs: 'x', hours: 3 },
    { recentMs: [null, 'x', {}, -0.5], hours: [null, [], [1], ['a', 'b'], [1, 2, 3], [NOW_MS, -5]] },
    { recentMs: Array.from({ length: 10_000 }, () => NOW_MS), hours: Array.from({ length: 10_000 }, (_, i) => [i, 1]) },
    { recentMs: [-1e300, 1e300], hours: [[1e300, 1e300]] },
    { told: 3 },
    { told: { left: 'x', untilMs: null } },
    { told: { left: -5, untilMs: 1e300 } },
  ]
  for (const each of broken) {
    const budget = parseBudget(parseJson(JSON.stringify(each)) as Parameters<typeof parseBudget>[0])
    const waitMs = identifyWaitMs(budget, NOW_MS)
    assert.ok(Number.isFinite(waitMs) && waitMs >= 0 && waitMs <= DAY_MS + HOUR_MS, JSON.stringify(each).slice(0, 80))
    const spent = JSON.stringify(spendIdentify(budget, NOW_MS))
    assert.ok(spent.length < 2_000, `${spent.length} characters`)
  }
})

test('what the platform says is left is spent like the rest, and waited for until it counts no more', () => {
  let budget = limitBudget(parseBudget(undefined), { left: 2, resetAfterMs: HOUR_MS }, NOW_MS)
  budget = spend(budget, NOW_MS, 1)
  assert.equal(identifyWaitMs(budget, NOW_MS), 0)
  budget = spend(budget, NOW_MS, 1)
  assert.equal(identifyWaitMs(budget, NOW_MS), HOUR_MS)
  assert.equal(identifyWaitMs(budget, NOW_MS + HOUR_MS), 0)
  // A clock that is set back does not make it wait for longer than a day.
  assert.ok(identifyWaitMs(reread(budget), NOW_MS - 90 * DAY_MS) <= DAY_MS)
  // Said without a number, or without an end, it says nothing.
  for (const told of [{ atOnce: 3 }, { left: 0 }, { resetAfterMs: 5 }])
    assert.equal(identifyWaitMs(limitBudget(parseBudget(undefined), told, NOW_MS), NOW_MS), 0)
})

test('a bot with several connections may begin as many sessions for each of them', () => {
  let budget = parseBudget(undefined)
  for (let spent = 0; spent < 60; spent += 1) {
    assert.equal(identifyWaitMs(budget, NOW_MS, 3), 0, `after ${spent}`)
    budget = reread(spendIdentify(budget, NOW_MS, 3))
  }
  assert.equal(identifyWaitMs(budget, NOW_MS, 3), 10 * MINUTE_MS)
  // Fewer connections again: what was spent stays spent.
  assert.equal(identifyWaitMs(budget, NOW_MS), 10 * MINUTE_MS)
})

test('when much of the day is used up it is said, in steps', () => {
  let budget = parseBudget(undefined)
  const said = new Set<string | null>()
  for (let spent = 1; spent <= 1_000; spent++) {
    budget = spendIdentify(budget, NOW_MS)
    said.add(budgetWarning(budget, NOW_MS))
  }
  assert.deepEqual(
    [...said].map(words => words?.slice(0, 13) ?? null),
    [null, 'more than 500', 'more than 800', 'more than 950'],
  )
  assert.equal(budgetWarning(budget, NOW_MS + 26 * 3_600_000), null)
})
