import type {
  AccountState,
  AccountStatus,
  LinkStatus,
  SettingsStatus,
  StatusDocument,
} from '../../gateway/status/status-document.ts'
import { printable } from '../../observe/clean.ts'
import { duration, type Paint, painter, untilThen } from '../words.ts'

const STYLES: Readonly<Record<AccountState, Parameters<Paint>[0]>> = {
  connected: 'green',
  connecting: 'yellow',
  retrying: 'yellow',
  unverified: 'yellow',
  fatal: 'red',
  disconnected: 'red',
  paused: 'gray',
  disabled: 'gray',
}

/** For people: the gateway in one line, and each account with what there is to know of it. */
export function renderStatus(document: StatusDocument, note: string | null, nowMs: number, colour: boolean): string {
  const paint = painter(colour)
  const up = duration(nowMs - Date.parse(document.start_time))
  const reason = document.exit_reason === null ? '' : ` (${printable(document.exit_reason)})`
  const head = `Herald ${printable(document.version)}: ${paint('bold', document.gateway_state)}${reason}, process ${document.pid}, up ${up}`
  const { http, state_file, agent, alerts } = document
  const parts = Object.entries({ http, 'state file': state_file, agent, alerts })
  const accounts = Object.entries(document.platforms)
  return [
    head,
    ...(note === null ? [] : [paint('yellow', printable(note))]),
    ...rows([
      ...parts.filter((part): part is [string, string] => part[1] !== undefined),
      ...settingsRows(document.settings, nowMs),
      ...scheduleRows(document.schedules, nowMs),
      ...(document.active_agents === 0 ? [] : [['turns', `${document.active_agents} under way`] as const]),
    ]),
    ...(accounts.length === 0 ? ['', 'no accounts'] : []),
    ...accounts.flatMap(([id, account]) => ['', ...renderAccount(id, account, nowMs, paint)]),
  ].join('\n')
}

/** Nothing where the files say what is in force. */
function settingsRows(settings: SettingsStatus | undefined, nowMs: number): (readonly [string, string])[] {
  if (settings === undefined) return []
  const ago = (at: string): string => `${duration(nowMs - Date.parse(at))} ago`
  const { error, refused_at: refusedAt, since, next_start: later } = settings
  return [
    ...some('settings', error === null ? '' : `the last good ones, of ${ago(since)}, are in force`),
    ...some('refused', error === null || refusedAt === null ? '' : `${ago(refusedAt)}: ${error}`),
    ...some('next start', later.length === 0 ? '' : `changes of ${later.join(', ')} wait for it`),
  ]
}

const MOST_SCHEDULES = 5

/** Those that come next. */
function scheduleRows(schedules: StatusDocument['schedules'] = {}, nowMs: number): (readonly [string, string])[] {
  const soonest = Object.entries(schedules).toSorted(([, a], [, b]) => momentOf(a.next_at) - momentOf(b.next_at))
  const left = soonest.length - MOST_SCHEDULES
  return [
    ...soonest.slice(0, MOST_SCHEDULES).map(([name, { next_at: next, last_at: last, last_outcome: outcome }]) => {
      const before = last === null ? '' : `; last ${duration(nowMs - Date.parse(last))} ago: ${outcome}`
      return [
        'schedule',
        `${name}: ${next === null ? 'never again' : `next ${untilThen(next, nowMs)}`}${before}`,
      ] as const
    }),
    ...some('schedules', left <= 0 ? '' : `${left} more, see --json`),
  ]
}

const momentOf = (at: string | null): number => (at === null ? Number.POSITIVE_INFINITY : Date.parse(at))

function renderAccount(id: string, account: AccountStatus, nowMs: number, paint: Paint): string[] {
  const state = paint(STYLES[account.state], account.state)
  const since = `for ${duration(nowMs - Date.parse(account.since))}`
  const cause = [account.error_code, account.error_message].filter(part => part !== null).join(': ')
  const samples = account.unknown_samples ?? {}
  const unknown = Object.entries(account.unknown_events).map(([name, count]) => {
    const sample = Object.hasOwn(samples, name) ? `, such as ${samples[name]}` : ''
    return `${name} (${count}${sample})`
  })
  return [
    `${paint('bold', printable(id))}  ${state} ${since}`,
    ...rows([
      ...some('cause', cause),
      ...some('hint', account.hint ?? ''),
      ...some('next try', account.next_retry_at === null ? '' : untilThen(account.next_retry_at, nowMs)),
      ...some('attempt', account.attempt === 0 ? '' : String(account.attempt)),
      ...some('pending', `${account.pending_in} in, ${account.pending_out} out`),
      ...some('seen', evidence(account, nowMs)),
      ...shardRows(account.shards ?? [], nowMs),
      ...some('access', account.access ?? ''),
      ...some('limits', Object.values(account.limits ?? {}).join('; ')),
      ...some('unknown', unknown.join(', ')),
    ]),
  ]
}

/** Those that are as they should be are one row together. */
function shardRows(shards: readonly LinkStatus[], nowMs: number): (readonly [string, string])[] {
  if (shards.length === 0) return []
  const well = shards.filter(({ state }) => state === 'connected').length
  const others = shards.flatMap((shard, index) => {
    const { state, error_code: code, next_retry_at: next } = shard
    if (state === 'connected') return []
    const why = code === null ? '' : `: ${code}`
    const then = next === null ? '' : `, next try ${untilThen(next, nowMs)}`
    return [[`shard ${index}`, `${state} for ${duration(nowMs - Date.parse(shard.since))}${why}${then}`] as const]
  })
  return [['shards', `${well} of ${shards.length} connected`], ...others]
}

/** An account whose events come by callbacks has no link, and no heartbeat. */
const SEEN = {
  heartbeat: { ready: 'ready', ack: 'heartbeat', event: 'event' },
  calls: { ready: 'API answered', ack: 'challenge came round', event: 'callback' },
} as const

function evidence({ evidence: its, proof }: AccountStatus, nowMs: number): string {
  const { ready, ack, event } = SEEN[proof ?? 'heartbeat']
  const seen: readonly (readonly [string, string | null])[] = [
    [ready, its.ready_at],
    [ack, its.last_ack_at],
    [event, its.last_event_at],
    ['send', its.last_send_at],
  ]
  return seen
    .flatMap(([what, at]) => (at === null ? [] : [`${what} ${duration(nowMs - Date.parse(at))} ago`]))
    .join(', ')
}

const some = (name: string, value: string): (readonly [string, string])[] => (value === '' ? [] : [[name, value]])

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.map(([name, value]) => `  ${name.padEnd(10)}  ${printable(value)}`)
}
