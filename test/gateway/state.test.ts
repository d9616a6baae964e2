import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLife, type Life, step } from '../../src/gateway/lives/life.ts'
import { accountStatus } from '../../src/gateway/lives/shown/account-state.ts'
import { emptyRecord, fold, type LinkRecord, newGeneration, provenMs } from '../../src/gateway/lives/shown/evidence.ts'
import { derive, nextChangeAtMs } from '../../src/gateway/lives/shown/state.ts'
import type { Evidence } from '../../src/platforms/platform.ts'
import { createToyHouse } from '../support/toy-house.ts'

const ready: Evidence = { kind: 'ready', resumed: false, proofMs: 20_000 }
const fault: Evidence = {
  kind: 'fault',
  code: 'toy_refused',
  message: 'refused',
  hint: 'look',
  attempt: 3,
  retryAtMs: 99_000,
}
const running: Life = step(createLife(true), { kind: 'start' }, 0, [30]).life

function seen(...words: readonly (readonly [number, Evidence])[]): LinkRecord {
  return words.reduce((record, [atMs, evidence]) => fold(record, evidence, atMs), emptyRecord(0))
}
const stateOf = (record: LinkRecord, nowMs: number): string => derive(record, running, 'heartbeat', nowMs).state

test('an open socket proves nothing, READY does, and its proof grows old', () => {
  assert.equal(stateOf(seen([1, { kind: 'connecting', step: 'dial' }]), 2), 'connecting')
  assert.equal(stateOf(seen([1, { kind: 'socket_open' }]), 2), 'connecting')
  assert.equal(
    stateOf(seen([1, { kind: 'socket_open' }], [2, { kind: 'ack' }], [3, { kind: 'event' }]), 4),
    'connecting',
  )
  const record = seen([1, { kind: 'socket_open' }], [1000, ready])
  assert.equal(stateOf(record, 21_000), 'connected')
  assert.equal(nextChangeAtMs(record, running, 'heartbeat', 1000), 21_001)
  const stale = derive(record, running, 'heartbeat', 21_001)
  assert.equal(stale.state, 'retrying')
  assert.equal(stale.code, 'proof_stale')
  assert.equal(nextChangeAtMs(record, running, 'heartbeat', 21_001), undefined)
})

test('an ACK renews the proof of its socket, an event does not, and neither outlives the socket', () => {
  const record = seen([0, ready], [15_000, { kind: 'ack' }], [30_000, { kind: 'event' }])
  assert.equal(stateOf(record, 35_000), 'connected')
  assert.equal(stateOf(record, 35_001), 'retrying')
  const closed = fold(record, { kind: 'socket_closed' }, 30_001)
  assert.equal(stateOf(closed, 30_001), 'retrying')
  assert.equal(stateOf(fold(closed, { kind: 'ack' }, 30_002), 30_003), 'retrying')
  assert.equal(stateOf(fold(closed, { kind: 'socket_open' }, 30_002), 30_003), 'retrying')
  assert.equal(stateOf(fold(closed, ready, 30_002), 30_003), 'connected')
})

test('a fault shows its cause, attempt and next try until READY; the try itself takes only the date away', () => {
  const record = seen([0, ready], [10, { kind: 'socket_closed' }], [11, fault])
  const derived = derive(record, running, 'heartbeat', 12)
  assert.deepEqual(
    [derived.state, derived.code, derived.hint, derived.attempt, derived.nextRetryAtMs],
    ['retrying', 'toy_refused', 'look', 3, 99_000],
  )
  const trying = derive(fold(record, { kind: 'connecting', step: 'dial' }, 99_000), running, 'heartbeat', 99_001)
  assert.deepEqual([trying.state, trying.attempt, trying.nextRetryAtMs], ['retrying', 3, null])
  const healed = derive(fold(record, ready, 99_100), running, 'heartbeat', 99_101)
  assert.deepEqual([healed.state, healed.code, healed.attempt], ['connected', null, 0])
})

test('the cause is kept whichever comes first, the close or the fault', () => {
  const closeFirst = seen([0, ready], [10, { kind: 'socket_closed' }], [10, fault])
  const faultFirst = seen([0, ready], [10, fault], [10, { kind: 'socket_closed' }])
  assert.equal(derive(closeFirst, running, 'heartbeat', 11).code, 'toy_refused')
  assert.equal(derive(faultFirst, running, 'heartbeat', 11).code, 'toy_refused')
  assert.equal(
    derive(seen([0, ready], [10, { kind: 'socket_closed' }]), running, 'heartbeat', 11).code,
    'socket_closed',
  )
})

test('a fault while the proof stands does not take it away', () => {
  assert.equal(stateOf(seen([0, ready], [10, fault]), 20), 'connected')
  assert.equal(derive(seen([0, ready], [10, fault]), running, 'heartbeat', 20_001).code, 'toy_refused')
})

test('a transport without proof of life is unverified, never connected, and age says nothing', () => {
  const record = seen([0, ready])
  assert.equal(derive(record, running, 'none', 10).state, 'unverified')
  assert.equal(derive(record, running, 'none', 10_000_000).state, 'unverified')
  assert.equal(nextChangeAtMs(record, running, 'none', 10), undefined)
  assert.equal(derive(fold(record, { kind: 'socket_closed' }, 20), running, 'none', 21).state, 'retrying')
})

test('how long a life was proven: gaps count against it, a dead proof only as far as it reached', () => {
  assert.equal(provenMs(seen(), 100), 0)
  assert.equal(provenMs(seen([1000, ready]), 5000), 4000)
  assert.equal(provenMs(seen([1000, ready]), 500_000), 20_000)
  assert.equal(provenMs(seen([0, ready], [15_000, { kind: 'ack' }], [30_000, { kind: 'ack' }]), 31_000), 31_000)
  const gap = seen([0, ready], [50_000, { kind: 'ack' }])
  assert.equal(provenMs(gap, 51_000), 20_000)
  assert.equal(provenMs(fold(gap, { kind: 'socket_closed' }, 51_000), 600_000), 20_000)
  assert.equal(provenMs(newGeneration(gap, 51_000), 51_000), 0)
})

test('what a person or an ending made of the life outweighs all evidence', () => {
  const record = seen([0, ready])
  const after = (...events: Parameters<typeof step>[1][]): string => {
    const life = events.reduce((before, event) => step(before, event, 1, [30]).life, running)
    return derive(record, life, 'heartbeat', 2).state
  }
  const ending = { code: 'x', message: 'y', retryable: true }
  const over = { generation: 1, ending, connectedMs: 0 }
  assert.equal(after(), 'connected')
  assert.equal(after({ kind: 'pause' }), 'paused')
  assert.equal(after({ kind: 'pause' }, { kind: 'ended', ...over }), 'paused')
  assert.equal(after({ kind: 'restart' }), 'connecting')
  assert.equal(after({ kind: 'shutdown' }), 'disconnected')
  assert.equal(after({ kind: 'failed', ...over }), 'fatal')
  assert.equal(after({ kind: 'ended', ...over }), 'fatal')
  assert.equal(derive(record, createLife(false), 'heartbeat', 1).state, 'disabled')
  assert.equal(derive(record, createLife(true), 'heartbeat', 1).state, 'disconnected')
})

test('the status speaks wall time, names the cause, and says when the pace was slowed', () => {
  const ending = { code: 'toy_exhausted', message: 'tried 3 times', hint: 'wait', retryable: true }
  const fall = { ending, nextLifeAtMs: 60_000, quickEnds: 7 }
  const life: Life = { phase: 'waiting', fall, generation: 8, pace: { failures: 8, quickEndsAtMs: [] } }
  const record = seen([1000, ready], [2000, { kind: 'socket_closed' }], [3000, fault])
  const status = accountStatus(
    [{ derived: derive(record, life, 'heartbeat', 4000), record, generation: 8, sinceMs: 3000 }],
    {
      sinceMs: 3500,
      lastSendAtMs: null,
      unknownEvents: { 'event:X': 2 },
      limits: {},
      pending: { incoming: 1, outgoing: 2 },
      lateWords: 5,
    },
    atMs => Date.UTC(2026, 0, 1) + atMs,
  )
  assert.deepEqual(status, {
    state: 'fatal',
    since: '2026-01-01T00:00:03.500Z',
    error_code: 'toy_exhausted',
    error_message: 'tried 3 times',
    hint: 'wait; 7 lives ended at once within 10 minutes, so it is tried more slowly',
    retryable: true,
    attempt: 3,
    next_retry_at: '2026-01-01T00:01:00.000Z',
    generation: 8,
    updated_at: '2026-01-01T00:00:03.000Z',
    evidence: { ready_at: '2026-01-01T00:00:01.000Z', last_ack_at: null, last_event_at: null, last_send_at: null },
    unknown_events: { 'event:X': 2 },
    pending_in: 1,
    pending_out: 2,
    late_words: 5,
  })
})

test('a retry at no date at all leaves the document whole', () => {
  for (const retryAtMs of [Number.POSITIVE_INFINITY, Number.NaN, 1e300]) {
    const record = seen([0, { ...fault, retryAtMs }])
    const link = { derived: derive(record, running, 'heartbeat', 1), record, generation: 1, sinceMs: 0 }
    const facts = {
      sinceMs: 0,
      lastSendAtMs: null,
      unknownEvents: {},
      limits: {},
      pending: { incoming: 0, outgoing: 0 },
      lateWords: 0,
    }
    assert.equal(accountStatus([link], facts, atMs => atMs).next_retry_at, null)
  }
})

test('a peer that sends events and answers no heartbeat: age alone ends connected, within a second', async () => {
  const house = createToyHouse([{ account: 'toy', lives: ['healthy'] }])
  house.runner.start()
  await house.seconds(1)
  house.net.deaf = true
  const changes = house.changes()
  const [socket] = house.net.sockets
  // The last proof was the answer to the first beat, 25 ms after the start; it stands for 20 s.
  for (let second = 1; second < 20; second += 1) {
    socket?.say('message')
    assert.equal(house.state('toy'), 'connected')
    await house.seconds(1)
  }
  assert.equal(house.changes(), changes)
  await house.clock.advance(26)
  assert.equal(house.changes(), changes + 1)
  assert.equal(house.transitions.at(-1)?.code, 'proof_stale')
  house.net.deaf = false
  await house.seconds(10)
  assert.equal(house.state('toy'), 'connected')
  assert.equal(house.status('toy').generation, 1)
})

test('links are up while proven, and say so at the moment they become it', async () => {
  const house = createToyHouse([
    { account: 'toy', lives: ['gives_up', 'healthy'] },
    { account: 'hook', lives: ['healthy'], proof: 'none' },
  ])
  const ups: string[] = []
  const undo = house.runner.links.onUp(account => ups.push(account))
  assert.equal(house.runner.links.isUp('toy'), false)
  house.runner.start()
  await house.seconds(1)
  assert.deepEqual(ups.sort(), ['hook', 'toy'])
  assert.equal(house.state('hook'), 'unverified')
  assert.equal(house.runner.links.isUp('hook'), true)
  await house.seconds(3)
  assert.equal(house.runner.links.isUp('toy'), false)
  assert.ok(house.runner.adapter('toy'), 'sends go on through the last adapter')
  await house.seconds(31)
  assert.deepEqual(ups, ['hook', 'toy', 'toy'])
  undo()
  house.runner.restart('toy')
  await house.seconds(1)
  assert.equal(house.runner.links.isUp('toy'), true)
  assert.equal(ups.length, 3)
  assert.equal(house.runner.links.isUp('nobody'), false)
})
