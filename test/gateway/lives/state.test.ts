import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLife, type Life, step } from '../../../src/gateway/lives/life.ts'
import { accountStatus } from '../../../src/gateway/lives/shown/account-state.ts'
import {
  emptyRecord,
  fold,
  type LinkRecord,
  newGeneration,
  provenMs,
} from '../../../src/gateway/lives/shown/evidence.ts'
import { derive, isUp, nextChangeAtMs } from '../../../src/gateway/lives/shown/state.ts'
import { type Logger, silentLogger } from '../../../src/lib/log.ts'
import { downTimes } from '../../../src/observe/incidents.ts'
import type { Evidence } from '../../../src/platforms/platform.ts'
import { CALL_PROOF_MS } from '../../support/toy-adapter.ts'
import { createToyHouse } from '../../support/toy-house.ts'

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

const doubt = { code: 'toy_uncalled', message: 'nobody has called', hint: 'tell them' }
const called: Evidence = { kind: 'called', proofMs: 600_000 }
const wayBroken: Evidence = { ...fault, code: 'toy_way_broken', serving: true }
const stateOfCalled = (record: LinkRecord, nowMs: number): string => derive(record, running, 'calls', nowMs).state

test('where the platform calls, a call is a proof for its time, and then nothing is known again', () => {
  assert.equal(stateOfCalled(seen([0, called]), 1), 'connecting', 'the API has not answered yet')
  const record = seen([0, ready], [1000, called], [60_000, ready])
  assert.equal(stateOfCalled(record, 601_000), 'connected')
  assert.equal(nextChangeAtMs(record, running, 'calls', 60_000), 601_001)
  const quiet = derive(record, running, 'calls', 601_001)
  assert.deepEqual([quiet.state, quiet.code, quiet.serving], ['unverified', null, false])
  assert.equal(nextChangeAtMs(record, running, 'calls', 601_001), undefined)
  assert.equal(
    stateOfCalled(fold(record, { kind: 'event' }, 700_000), 700_001),
    'unverified',
    'an event that is no call',
  )
  assert.equal(stateOfCalled(fold(record, { kind: 'called', proofMs: 120_000 }, 2000), 601_000), 'connected')
  assert.equal(stateOfCalled(newGeneration(record, 61_000), 61_000), 'connecting')
})

test('an API that is gone takes connected away, and a call does not bring it back; its answer does', () => {
  const gone = seen([0, ready], [1000, called], [2000, { kind: 'socket_closed' }], [2000, fault])
  assert.equal(derive(gone, running, 'calls', 2001).code, 'toy_refused')
  assert.equal(stateOfCalled(fold(gone, called, 3000), 3001), 'retrying')
  assert.equal(stateOfCalled(fold(gone, ready, 3000), 3001), 'connected', 'the call still counts')
})

test('a way that is broken is a fault at once, for how long whatever, until something comes in on it', () => {
  const broken = seen([0, ready], [1000, called], [2000, wayBroken], [2000, ready])
  const derived = derive(broken, running, 'calls', 2001)
  assert.deepEqual(
    [derived.state, derived.code, derived.attempt, derived.serving],
    ['retrying', 'toy_way_broken', 3, true],
  )
  assert.equal(isUp(derived), true, 'what is sent goes out')
  assert.equal(stateOfCalled(broken, 10_000_000), 'retrying')
  assert.equal(stateOfCalled(fold(broken, called, 3000), 3001), 'connected')
  assert.equal(stateOfCalled(fold(broken, { kind: 'ack' }, 3000), 601_000), 'connected')
  assert.equal(stateOfCalled(fold(broken, { kind: 'ack' }, 3000), 601_001), 'unverified')
})

test('why nothing is known is said while it is so', () => {
  const record = seen([0, { ...ready, doubt }])
  const derived = derive(record, running, 'calls', 1)
  assert.deepEqual(
    [derived.state, derived.code, derived.message, derived.hint],
    ['unverified', ...Object.values(doubt)],
  )
  assert.equal(derive(fold(record, called, 2), running, 'calls', 3).code, null)
  assert.equal(derive(fold(record, ready, 2), running, 'calls', 3).code, null)
})

test('where the platform calls and nobody has, an account is unverified, never connected, and age says nothing', () => {
  const record = seen([0, ready])
  assert.equal(derive(record, running, 'calls', 10).state, 'unverified')
  assert.equal(derive(record, running, 'calls', 10_000_000).state, 'unverified')
  assert.equal(nextChangeAtMs(record, running, 'calls', 10), undefined)
  assert.equal(derive(fold(record, { kind: 'socket_closed' }, 20), running, 'calls', 21).state, 'retrying')
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
      proof: 'heartbeat',
      unknownEvents: { 'event:X': 2 },
      unknownSamples: {},
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
      proof: 'heartbeat' as const,
      unknownEvents: {},
      unknownSamples: {},
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
    { account: 'hook', lives: ['healthy'], proof: 'calls' },
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

test('between calls an account goes from connected to unverified and back without a word of trouble', async () => {
  const lines: string[] = []
  const log: Logger = {
    ...silentLogger,
    child: () => log,
    info: text => lines.push(`info ${text}`),
    warn: text => lines.push(`warn ${text}`),
    debug: text => lines.push(`debug ${text}`),
  }
  const house = createToyHouse([{ account: 'hook', lives: ['healthy'], proof: 'calls' }], { log })
  house.runner.start()
  await house.seconds(1)
  assert.equal(house.state('hook'), 'unverified')
  lines.length = 0
  const [socket] = house.net.sockets
  for (let call = 0; call < 2; call += 1) {
    socket?.say('call')
    await house.clock.advance(CALL_PROOF_MS)
    assert.equal(house.state('hook'), 'connected')
    await house.clock.advance(1)
    assert.equal(house.transitions.at(-1)?.to, 'unverified', 'nobody had to ask')
  }
  assert.deepEqual(
    house.transitions.slice(-4).map(({ to, code }) => [to, code]),
    ['connected', 'unverified', 'connected', 'unverified'].map(state => [state, null]),
  )
  assert.deepEqual(
    lines.filter(line => !line.startsWith('debug')),
    [],
  )
  const kept = house.transitions.map(({ account, atMs, from, to, code, message }) => ({
    account,
    atMs,
    from,
    to,
    code,
    message,
  }))
  assert.deepEqual(downTimes(kept), [])
})
