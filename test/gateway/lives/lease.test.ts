import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAlarm } from '../../../src/gateway/lives/alarm.ts'
import { createLease, FIRST_LEASE_MS, LEASE_GRACE_MS, LONGEST_LEASE_MS } from '../../../src/gateway/lives/lease.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'

function leaseOn(clock = createVirtualClock()) {
  const expired: number[] = []
  const lease = createLease(clock, () => expired.push(clock.monotonicMs()))
  return { clock, lease, expired }
}

test('without a word it ends after the first lease and its grace', async () => {
  const { clock, expired } = leaseOn()
  await clock.advance(FIRST_LEASE_MS + LEASE_GRACE_MS - 1)
  assert.deepEqual(expired, [])
  await clock.advance(1000)
  assert.deepEqual(expired, [FIRST_LEASE_MS + LEASE_GRACE_MS])
})

test('each word moves the end, earlier as well as later', async () => {
  const { clock, lease, expired } = leaseOn()
  lease.renew(200_000)
  await clock.advance(100_000)
  assert.deepEqual(expired, [])
  lease.renew(101_000)
  assert.equal(lease.overdue(106_000), false)
  assert.equal(lease.overdue(106_001), true)
  await clock.advance(10_000)
  assert.deepEqual(expired, [106_000])
  assert.equal(lease.overdue(1e9), false, 'said once')
})

test('many words cost one timer', async () => {
  const { clock, lease } = leaseOn()
  for (let word = 0; word < 1000; word += 1) lease.renew(40_000 + word)
  assert.equal(clock.armed, 1)
  lease.release()
  assert.equal(clock.armed, 0)
  lease.renew(1)
  assert.equal(clock.armed, 0)
})

test('a promise that is no number, or a wall time by mistake, is not for ever', async () => {
  const { clock, lease, expired } = leaseOn()
  lease.renew(Number.POSITIVE_INFINITY)
  await clock.advance(FIRST_LEASE_MS + LEASE_GRACE_MS + 1)
  assert.equal(expired.length, 1)
  const other = leaseOn()
  other.lease.renew(Date.UTC(2026, 0, 1))
  await other.clock.advance(LONGEST_LEASE_MS + LEASE_GRACE_MS + 1)
  assert.equal(other.expired.length, 1)
})

test('a freeze across the end gives the grace once more, and not for ever', async () => {
  const { clock, lease, expired } = leaseOn()
  lease.renew(10_000)
  clock.freeze(600_000)
  await clock.advance(LEASE_GRACE_MS - 1)
  assert.deepEqual(expired, [])
  await clock.advance(2)
  assert.deepEqual(expired, [600_000 + LEASE_GRACE_MS])
})

test('the delay of a timer of the life is subtracted, overlapping ones once', async () => {
  const { clock, lease, expired } = leaseOn()
  lease.renew(10_000)
  clock.freeze(12_000)
  lease.excuse(4_000)
  lease.excuse(4_000)
  lease.excuse(6_000)
  await clock.advance(10_999)
  assert.deepEqual(expired, [], 'ends at 15 s and the 8 s that were ours')
  await clock.advance(2)
  assert.deepEqual(expired, [23_000])
})

test('an alarm rings at the earliest moment it was set to, and can be moved and switched off', async () => {
  const clock = createVirtualClock()
  const rings: number[] = []
  const alarm = createAlarm(clock, () => rings.push(clock.monotonicMs()))
  alarm.set(100)
  alarm.set(500)
  assert.equal(alarm.armedAtMs, 100)
  alarm.set(50)
  await clock.advance(1000)
  assert.deepEqual(rings, [50])
  alarm.set(2000)
  alarm.set(undefined)
  await clock.advance(5000)
  assert.deepEqual(rings, [50])
  assert.equal(clock.armed, 0)
})
