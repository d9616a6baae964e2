/** Who flaps is told of a few times, not a hundred. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Condition } from '../../src/alerts/conditions.ts'
import { type Alert, DAMPER_RULES, damp, type Memory } from '../../src/alerts/damper.ts'
import { same } from '../../src/alerts/languages.ts'

const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 0, 1)
const down: Condition = {
  verdict: 'wrong',
  key: 'account:qqbot',
  subject: { kind: 'account', account: 'qqbot' },
  detail: same('cut'),
}

/** Time passes in steps of five seconds, as the watch does. */
function watch() {
  let memory: Memory = {}
  let nowMs = START_MS
  const told: Alert[] = []
  return {
    told,
    kinds: () => told.map(({ kind }) => kind),
    memory: () => memory,
    restart(kept: Memory) {
      memory = JSON.parse(JSON.stringify(kept))
    },
    pass(ms: number, conditions: readonly Condition[], last = false) {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 5_000
        const step = damp(memory, conditions, nowMs, DAMPER_RULES, last)
        memory = step.memory
        told.push(...step.alerts)
      }
    },
  }
}

test('down for a moment: nobody is told', () => {
  const { pass, told, memory } = watch()
  pass(50_000, [down])
  pass(10 * MINUTE_MS, [])
  assert.deepEqual(told, [])
  assert.deepEqual(memory(), {})
})

test('H89 down for longer: told once, and once that it is over, with how long it lasted', () => {
  const { pass, told, kinds } = watch()
  pass(90 * MINUTE_MS, [down])
  assert.deepEqual(kinds(), ['raised'])
  pass(MINUTE_MS, [])
  pass(3 * 60 * MINUTE_MS, [])
  assert.deepEqual(kinds(), ['raised', 'cleared'])
  const [raised, cleared] = told
  assert.ok(raised && cleared)
  assert.equal(raised.atMs - raised.sinceMs, 60_000)
  assert.equal(cleared.sinceMs, raised.sinceMs)
  assert.equal(cleared.atMs - cleared.sinceMs, 90 * MINUTE_MS)
})

test('H89 a hundred flaps: six alerts, and the last one says that it has settled', () => {
  const { pass, kinds } = watch()
  for (let flap = 0; flap < 100; flap++) {
    pass(2 * MINUTE_MS, [down])
    pass(2 * MINUTE_MS, [])
  }
  assert.deepEqual(kinds(), ['raised', 'cleared', 'raised', 'cleared', 'flapping'])
  pass(20 * MINUTE_MS, [])
  assert.deepEqual(kinds().slice(5), ['settled'])
  pass(2 * MINUTE_MS, [down])
  assert.deepEqual(kinds().slice(6), ['raised'], 'what comes after is told like the first time')
})

test('a flapping one that stays down is told of once more', () => {
  const { pass, kinds } = watch()
  for (let flap = 0; flap < 10; flap++) {
    pass(2 * MINUTE_MS, [down])
    pass(MINUTE_MS, [])
  }
  pass(14 * MINUTE_MS, [down])
  assert.equal(kinds().at(-1), 'flapping')
  pass(60 * MINUTE_MS, [down])
  assert.deepEqual(kinds().slice(5), ['raised'])
  pass(16 * MINUTE_MS, [])
  assert.deepEqual(kinds().slice(6), ['settled'])
})

test('what only a person can mend is told at once, and so is everything when the gateway ends', () => {
  const first = watch()
  first.pass(5_000, [{ ...down, urgent: true }])
  assert.deepEqual(first.kinds(), ['raised'])
  const second = watch()
  second.pass(5_000, [down], true)
  assert.deepEqual(second.kinds(), ['raised'])
})

test('a restart tells nothing twice, and still says when it is over', () => {
  const before = watch()
  before.pass(5 * MINUTE_MS, [down])
  const after = watch()
  after.restart(before.memory())
  after.pass(5 * MINUTE_MS, [down])
  after.pass(MINUTE_MS, [])
  assert.deepEqual(after.kinds(), ['cleared'])
})

test('where nobody can say whether it lasts, nothing is said', () => {
  const { pass, kinds } = watch()
  pass(5 * MINUTE_MS, [down])
  pass(60 * MINUTE_MS, [{ ...down, verdict: 'unknown' }])
  assert.deepEqual(kinds(), ['raised'])
  pass(MINUTE_MS, [])
  assert.deepEqual(kinds(), ['raised', 'cleared'])
})

test('two that are wrong are told of each by itself', () => {
  const { pass, told } = watch()
  const other: Condition = { ...down, key: 'agent:default', subject: { kind: 'agent', agent: 'default' } }
  pass(5 * MINUTE_MS, [down, other])
  pass(5 * MINUTE_MS, [other])
  assert.deepEqual(
    told.map(({ key, kind }) => `${key} ${kind}`),
    ['account:qqbot raised', 'agent:default raised', 'account:qqbot cleared'],
  )
})

test('a clock that is set back delays nothing for ever', () => {
  const first = damp({}, [down], START_MS, DAMPER_RULES)
  const back = damp(first.memory, [down], START_MS - 86_400_000, DAMPER_RULES)
  const { alerts } = damp(back.memory, [down], START_MS - 86_400_000 + 61_000, DAMPER_RULES)
  assert.deepEqual(
    alerts.map(({ kind }) => kind),
    ['raised'],
  )
})
