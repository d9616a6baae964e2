/** Herald's metrics, computed from what status says: there are no second books to disagree with it. */
import {
  ACCOUNT_STATES,
  type AccountStatus,
  AGENT_STATES,
  GATEWAY_STATES,
  type ScheduleStatus,
  type StatusDocument,
} from '../gateway/status/status-document.ts'
import type { Journal } from '../journal/journal.ts'
import type { ProcessFigures } from './process-figures.ts'
import { type Metric, renderPrometheus, type Sample } from './prometheus.ts'
import { readinessOf } from './readiness.ts'

/** What the runner counts of one account since the start. */
export interface AccountCounts {
  readonly generations: number
  readonly hung: number
  readonly lateWords: number
  readonly transitions: number
  readonly endings: Readonly<Record<string, number>>
}

export interface MetricsInput {
  readonly status: StatusDocument
  readonly counts: Readonly<Record<string, AccountCounts>>
  /** The journal's own count; without it the status document's is shown. */
  readonly pending?: Journal['pending']
  readonly process?: ProcessFigures
  /** Metrics of other rooms. */
  readonly extras?: readonly Metric[]
}

/** The body of `GET /metrics`. */
export function renderMetrics(input: MetricsInput): string {
  return renderPrometheus([
    ...gatewayMetrics(input.status),
    ...accountMetrics(input),
    ...agentMetrics(input.status),
    ...scheduleMetrics(input.status),
    ...countMetrics(input.counts),
    ...(input.process ? processMetrics(input.process) : []),
    ...(input.extras ?? []),
  ])
}

function gatewayMetrics(status: StatusDocument): Metric[] {
  const serves = status.gateway_state === 'running' || status.gateway_state === 'degraded'
  return [
    gauge('herald_up', '1 while the gateway serves, 0 while it starts or ends.', [{ value: Number(serves) }]),
    gauge(
      'herald_ready',
      '1 while /readyz says so: nothing speaks against any account that is neither disabled nor paused.',
      [{ value: Number(readinessOf(status).ready) }],
    ),
    gauge('herald_info', 'The version that runs.', [{ labels: { version: status.version }, value: 1 }]),
    gauge(
      'herald_gateway_state',
      '1 for the present state of the gateway.',
      GATEWAY_STATES.map(state => ({ labels: { state }, value: Number(state === status.gateway_state) })),
    ),
    gauge('herald_start_timestamp_seconds', 'When the process was started.', moments([[{}, status.start_time]])),
    gauge('herald_active_turns', 'Turns that an agent is working on.', [{ value: status.active_agents }]),
  ]
}

function accountMetrics({ status, pending }: MetricsInput): Metric[] {
  const accounts = Object.entries(status.platforms)
  const each = (value: (status: AccountStatus, account: string) => number): Sample[] =>
    accounts.map(([account, its]) => ({ labels: { account }, value: value(its, account) }))
  const times = (moment: (status: AccountStatus) => string | null): Sample[] =>
    moments(accounts.map(([account, its]) => [{ account }, moment(its)]))
  const evidence = accounts.flatMap(([account, its]) =>
    Object.entries(its.evidence).map(([name, at]): [Labels, string | null] => [
      { account, evidence: evidenceName(name) },
      at,
    ]),
  )
  return [
    gauge(
      'herald_account_state',
      '1 for the present state of the account.',
      accounts.flatMap(([account, its]) =>
        ACCOUNT_STATES.map(state => ({ labels: { account, state }, value: Number(state === its.state) })),
      ),
    ),
    gauge(
      'herald_account_state_since_timestamp_seconds',
      'Since when it is in this state.',
      times(its => its.since),
    ),
    gauge(
      'herald_account_attempt',
      'Failed attempts in a row.',
      each(its => its.attempt),
    ),
    gauge(
      'herald_account_next_retry_timestamp_seconds',
      'When it is tried next.',
      times(its => its.next_retry_at),
    ),
    gauge('herald_account_evidence_timestamp_seconds', 'When the link last showed life.', moments(evidence)),
    ...shardMetrics(accounts),
    gauge(
      'herald_account_pending_in',
      'Messages without an end.',
      each((its, id) => pending?.(id).incoming ?? its.pending_in),
    ),
    gauge(
      'herald_account_pending_out',
      'Replies to be brought out.',
      each((its, id) => pending?.(id).outgoing ?? its.pending_out),
    ),
    gauge(
      'herald_account_limited',
      '1 for each thing that the platform does not let the account do.',
      accounts.flatMap(([account, its]) =>
        Object.keys(its.limits ?? {}).map(what => ({ labels: { account, what }, value: 1 })),
      ),
    ),
    counter(
      'herald_account_unknown_total',
      'Events, close codes, error codes and frames that this version does not know.',
      accounts.flatMap(([account, its]) =>
        Object.entries(its.unknown_events).map(([name, value]) => ({ labels: { account, name }, value })),
      ),
    ),
  ]
}

/** Of accounts with more than one connection; what is said of the account itself is never better than the worst of them. */
function shardMetrics(accounts: readonly (readonly [string, AccountStatus])[]): Metric[] {
  const all = accounts.flatMap(([account, { shards = [] }]) =>
    shards.map((its, index) => ({ labels: { account, shard: String(index) }, its })),
  )
  return [
    gauge(
      'herald_shard_state',
      '1 for the present state of the connection.',
      all.flatMap(({ labels, its }) =>
        ACCOUNT_STATES.map(state => ({ labels: { ...labels, state }, value: Number(state === its.state) })),
      ),
    ),
    gauge(
      'herald_shard_evidence_timestamp_seconds',
      'When the connection last showed life.',
      moments(
        all.flatMap(({ labels, its }) =>
          Object.entries(its.evidence).map(([name, at]): [Labels, string | null] => [
            { ...labels, evidence: evidenceName(name) },
            at,
          ]),
        ),
      ),
    ),
  ]
}

const evidenceName = (field: string): string => field.replaceAll(/^last_|_at$/g, '')

function agentMetrics({ agents = {} }: StatusDocument): Metric[] {
  const all = Object.entries(agents)
  return [
    gauge(
      'herald_agent_state',
      '1 for the present state of the agent.',
      all.flatMap(([agent, its]) =>
        AGENT_STATES.map(state => ({ labels: { agent, state }, value: Number(state === its.state) })),
      ),
    ),
    gauge(
      'herald_agent_last_ok_timestamp_seconds',
      'When it last answered.',
      moments(all.map(([agent, its]) => [{ agent }, its.last_ok_at])),
    ),
  ]
}

function scheduleMetrics({ schedules = {} }: StatusDocument): Metric[] {
  const all = Object.entries(schedules)
  const times = (moment: (its: ScheduleStatus) => string | null): Sample[] =>
    moments(all.map(([schedule, its]) => [{ schedule }, moment(its)]))
  return [
    gauge(
      'herald_schedule_next_timestamp_seconds',
      'When it comes next.',
      times(its => its.next_at),
    ),
    gauge(
      'herald_schedule_last_timestamp_seconds',
      'When it last came.',
      times(its => its.last_at),
    ),
    gauge(
      'herald_schedule_failed',
      '1 when its last run was lost or refused.',
      all.flatMap(([schedule, { last_verdict: verdict }]) =>
        verdict === null ? [] : [{ labels: { schedule }, value: Number(verdict === 'failed') }],
      ),
    ),
    counter(
      'herald_schedule_runs_total',
      'Runs, by what became of them; what was missed at one time counts once.',
      all.flatMap(([schedule, { runs }]) =>
        Object.entries(runs).map(([outcome, value]) => ({ labels: { schedule, outcome }, value })),
      ),
    ),
  ]
}

function countMetrics(counts: MetricsInput['counts']): Metric[] {
  const accounts = Object.entries(counts)
  const each = (value: (its: AccountCounts) => number): Sample[] =>
    accounts.map(([account, its]) => ({ labels: { account }, value: value(its) }))
  const endings = accounts.flatMap(([account, its]) =>
    Object.entries(its.endings).map(([code, value]) => ({ labels: { account, code }, value })),
  )
  return [
    counter(
      'herald_account_generations_total',
      'Lives begun.',
      each(its => its.generations),
    ),
    counter('herald_account_endings_total', 'Lives that ended unasked, by code.', endings),
    counter(
      'herald_account_hung_total',
      'Lives that did not settle after they were cut off.',
      each(its => its.hung),
    ),
    counter(
      'herald_account_late_words_total',
      'Words of ended lives that were dropped.',
      each(its => its.lateWords),
    ),
    counter(
      'herald_account_transitions_total',
      'Changes of state.',
      each(its => its.transitions),
    ),
  ]
}

function processMetrics(figures: ProcessFigures): Metric[] {
  const delays: Sample[] = Object.entries(figures.eventLoopDelaySeconds).map(([quantile, value]) => ({
    labels: { quantile },
    value,
  }))
  return [
    gauge('process_resident_memory_bytes', 'Memory held by the process.', [{ value: figures.residentBytes }]),
    gauge('nodejs_heap_size_used_bytes', 'Memory used by JavaScript.', [{ value: figures.heapUsedBytes }]),
    gauge('nodejs_external_memory_bytes', 'Memory used outside the heap.', [{ value: figures.externalBytes }]),
    gauge(
      'nodejs_active_resources',
      'What keeps the event loop alive.',
      Object.entries(figures.activeResources).map(([type, value]) => ({ labels: { type }, value })),
    ),
    counter('process_cpu_seconds_total', 'Processor time used.', [{ value: figures.cpuSeconds }]),
    gauge('herald_event_loop_delay_seconds', 'How late timers were, since the metrics were last read.', delays),
  ]
}

type Labels = Readonly<Record<string, string>>

function moments(times: readonly (readonly [Labels, string | null])[]): Sample[] {
  return times.flatMap(([labels, at]) => (at === null ? [] : [{ labels, value: Date.parse(at) / 1000 }]))
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name,
  help,
  type: 'gauge',
  samples,
})
const counter = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name,
  help,
  type: 'counter',
  samples,
})
