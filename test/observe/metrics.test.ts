/** `/metrics` read by a strict reader of the format, not by searching for the lines we hope for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountState, GatewayState } from '../../src/gateway/status/status-document.ts'
import { type AccountCounts, renderMetrics } from '../../src/observe/metrics.ts'
import { createProcessFigures } from '../../src/observe/process-figures.ts'
import { renderPrometheus } from '../../src/observe/prometheus.ts'
import { aMoment, sampleAccount, sampleDocument } from '../gateway/programs.ts'
import { readPrometheus, type Series, sampleOf } from './read-prometheus.ts'

const ACCOUNT_STATES: readonly AccountState[] = [
  'connecting',
  'connected',
  'retrying',
  'fatal',
  'disconnected',
  'unverified',
  'paused',
  'disabled',
]
const GATEWAY_STATES: readonly GatewayState[] = ['starting', 'running', 'degraded', 'draining', 'stopped', 'failed']
const COUNTS: AccountCounts = { generations: 3, hung: 1, lateWords: 2, transitions: 9, endings: { life_stalled: 2 } }

const metricsOf = (over: Parameters<typeof sampleDocument>[0] = {}, counts = {}): readonly Series[] =>
  readPrometheus(renderMetrics({ status: sampleDocument(over), counts }))

for (const state of ACCOUNT_STATES)
  test(`an account that is ${state}: exactly one of all states is 1`, () => {
    const series = metricsOf({ platforms: { qqbot: sampleAccount({ state }), 'qqbot:work': sampleAccount() } })
    for (const other of ACCOUNT_STATES)
      assert.equal(
        sampleOf(series, 'herald_account_state', { account: 'qqbot', state: other }),
        Number(other === state),
      )
    assert.equal(sampleOf(series, 'herald_account_state', { account: 'qqbot:work', state: 'connected' }), 1)
    const isReady = ['connected', 'unverified', 'paused', 'disabled'].includes(state)
    assert.equal(sampleOf(series, 'herald_ready', {}), Number(isReady))
  })

for (const state of GATEWAY_STATES)
  test(`a gateway that is ${state}`, () => {
    const series = metricsOf({ gateway_state: state })
    for (const other of GATEWAY_STATES)
      assert.equal(sampleOf(series, 'herald_gateway_state', { state: other }), Number(other === state))
    const serves = state === 'running' || state === 'degraded'
    assert.equal(sampleOf(series, 'herald_up', {}), Number(serves))
    assert.equal(sampleOf(series, 'herald_ready', {}), Number(serves))
  })

test('ages, queues, attempts, endings', () => {
  const at = (seconds: number): string => new Date(Date.parse(aMoment) + seconds * 1000).toISOString()
  const platforms = {
    qqbot: sampleAccount({
      state: 'retrying',
      since: at(1),
      attempt: 7,
      next_retry_at: at(2.5),
      evidence: { ready_at: at(3), last_ack_at: at(4), last_event_at: at(5), last_send_at: null },
      pending_in: 11,
      pending_out: 12,
      unknown_events: { 'event:NEW_THING': 4, 'close:4999': 1 },
    }),
  }
  const series = metricsOf({ platforms, active_agents: 2, version: '1.2.3' }, { qqbot: COUNTS })
  const base = Date.parse(aMoment) / 1000
  const account = 'qqbot'
  const expected: readonly (readonly [string, Record<string, string>, number | undefined])[] = [
    ['herald_info', { version: '1.2.3' }, 1],
    ['herald_active_turns', {}, 2],
    ['herald_start_timestamp_seconds', {}, base],
    ['herald_account_state_since_timestamp_seconds', { account }, base + 1],
    ['herald_account_next_retry_timestamp_seconds', { account }, base + 2.5],
    ['herald_account_attempt', { account }, 7],
    ['herald_account_evidence_timestamp_seconds', { account, evidence: 'ready' }, base + 3],
    ['herald_account_evidence_timestamp_seconds', { account, evidence: 'ack' }, base + 4],
    ['herald_account_evidence_timestamp_seconds', { account, evidence: 'event' }, base + 5],
    ['herald_account_evidence_timestamp_seconds', { account, evidence: 'send' }, undefined],
    ['herald_account_pending_in', { account }, 11],
    ['herald_account_pending_out', { account }, 12],
    ['herald_account_unknown_total', { account, name: 'event:NEW_THING' }, 4],
    ['herald_account_unknown_total', { account, name: 'close:4999' }, 1],
    ['herald_account_generations_total', { account }, 3],
    ['herald_account_hung_total', { account }, 1],
    ['herald_account_late_words_total', { account }, 2],
    ['herald_account_transitions_total', { account }, 9],
    ['herald_account_endings_total', { account, code: 'life_stalled' }, 2],
  ]
  for (const [name, labels, value] of expected) assert.equal(sampleOf(series, name, labels), value, name)
})

test('several connections are told one by one, and one alone is not', () => {
  const { pending_in: _in, pending_out: _out, ...link } = sampleAccount()
  const shards = [link, { ...link, state: 'retrying' as const }]
  const series = metricsOf({
    platforms: { qqbot: sampleAccount({ state: 'retrying', shards }), 'qqbot:work': sampleAccount() },
  })
  const labels = { account: 'qqbot', shard: '1' }
  assert.equal(sampleOf(series, 'herald_shard_state', { ...labels, state: 'retrying' }), 1)
  assert.equal(sampleOf(series, 'herald_shard_state', { ...labels, state: 'connected' }), 0)
  assert.equal(sampleOf(series, 'herald_shard_state', { ...labels, shard: '0', state: 'connected' }), 1)
  const evidence = sampleOf(series, 'herald_shard_evidence_timestamp_seconds', { ...labels, evidence: 'ready' })
  assert.equal(evidence, Date.parse(aMoment) / 1000)
  assert.ok(!series.some(({ name, labels: its }) => name.startsWith('herald_shard') && its['account'] !== 'qqbot'))
  assert.ok(!metricsOf().some(({ name }) => name.startsWith('herald_shard')))
})

test("the journal's own count of what is pending goes before the status document's", () => {
  const text = renderMetrics({
    status: sampleDocument(),
    counts: {},
    pending: account => ({ incoming: account.length, outgoing: 1 }),
  })
  assert.equal(sampleOf(readPrometheus(text), 'herald_account_pending_in', { account: 'qqbot' }), 5)
})

test('labels that need escaping come back as they were', () => {
  const names = ['back\\slash', 'quo"te', 'new\nline', '中文 {a="b"}', '\\n', '\\"', '']
  const series = metricsOf({
    platforms: { qqbot: sampleAccount({ unknown_events: Object.fromEntries(names.map((name, at) => [name, at])) }) },
  })
  names.forEach((name, at) => {
    assert.equal(sampleOf(series, 'herald_account_unknown_total', { account: 'qqbot', name }), at)
  })
})

test('numbers of every kind', () => {
  const values = [0, -1.5, 1e21, 1e-7, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]
  const samples = values.map((value, at) => ({ labels: { at: String(at) }, value }))
  const series = readPrometheus(renderPrometheus([{ name: 'x', help: 'a \\ b\nc', type: 'gauge', samples }]))
  values.forEach((value, at) => {
    assert.equal(sampleOf(series, 'x', { at: String(at) }), value)
  })
})

test('a gateway without accounts has valid metrics too', () => {
  const series = metricsOf({ platforms: {} })
  assert.equal(sampleOf(series, 'herald_up', {}), 1)
  assert.equal(
    series.some(({ name }) => name.startsWith('herald_account')),
    false,
  )
})

test('figures of the process are measured', () => {
  const figures = createProcessFigures(process)
  const timer = setTimeout(() => {}, 60_000)
  try {
    for (let turn = 0; turn < 2; turn++) {
      const series = readPrometheus(
        renderMetrics({ status: sampleDocument(), counts: {}, process: figures.read(), extras: [] }),
      )
      const resident = sampleOf(series, 'process_resident_memory_bytes', {})
      assert.ok(resident !== undefined && resident > 10_000_000)
      assert.ok((sampleOf(series, 'process_cpu_seconds_total', {}) ?? 0) > 0)
      assert.ok((sampleOf(series, 'nodejs_active_resources', { type: 'Timeout' }) ?? 0) > 0)
      for (const quantile of ['0.5', '0.99', 'max']) {
        const late = sampleOf(series, 'herald_event_loop_delay_seconds', { quantile })
        assert.ok(late !== undefined && late >= 0 && late < 60, `${quantile}: ${late}`)
      }
    }
  } finally {
    clearTimeout(timer)
    figures.stop()
  }
})

test('schedules: when they come, and what became of their runs', () => {
  const schedule = { chat: 'qqbot:c2c:A', kind: 'text', next_at: aMoment, last_at: null } as const
  const never = { ...schedule, last_outcome: null, last_verdict: null, runs: {} }
  const lost = { ...schedule, last_at: aMoment, last_outcome: 'expired', last_verdict: 'failed' } as const
  const open = { ...schedule, last_at: aMoment, last_outcome: 'held', last_verdict: 'open', runs: { held: 2 } } as const
  const series = metricsOf({ schedules: { never, lost: { ...lost, runs: { expired: 1, accepted: 4 } }, open } })
  const of = (metric: string, labels: Record<string, string>) => sampleOf(series, `herald_schedule_${metric}`, labels)
  const at = Date.parse(aMoment) / 1000
  assert.equal(of('next_timestamp_seconds', { schedule: 'never' }), at)
  assert.deepEqual(
    ['never', 'lost', 'open'].map(name => [
      of('last_timestamp_seconds', { schedule: name }),
      of('failed', { schedule: name }),
    ]),
    [
      [undefined, undefined],
      [at, 1],
      [at, 0],
    ],
  )
  assert.equal(of('runs_total', { schedule: 'lost', outcome: 'accepted' }), 4)
  assert.equal(of('runs_total', { schedule: 'open', outcome: 'held' }), 2)
})
