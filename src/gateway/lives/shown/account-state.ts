/** What an account shows of its connections: never better than the worst of them. Pure. */
import type { AccountState, AccountStatus } from '../../status/status-document.ts'
import type { LinkRecord } from './evidence.ts'
import { isoOrNull, type LinkView, linkStatus, type ProofKind } from './state.ts'

/** The worst first. What people asked for holds for all connections of an account, and is no trouble. */
const FROM_THE_WORST: readonly AccountState[] = [
  'fatal',
  'retrying',
  'connecting',
  'disconnected',
  'unverified',
  'connected',
  'paused',
  'disabled',
]

/** At least one view, by the index of the connection. One alone is the account. */
export function accountView(views: readonly [LinkView, ...LinkView[]]): Omit<LinkView, 'sinceMs'> {
  const [first, ...others] = views
  const worst = others.reduce((worse, view) => (isWorse(view, worse) ? view : worse), first)
  if (others.length === 0) return worst
  const { derived, generation } = worst
  const message = derived.message && `shard ${views.indexOf(worst)} of ${views.length}: ${derived.message}`
  return { derived: { ...derived, message }, record: together(worst.record, views), generation }
}

function isWorse({ derived: a }: LinkView, { derived: b }: LinkView): boolean {
  if (a.state !== b.state) return FROM_THE_WORST.indexOf(a.state) < FROM_THE_WORST.indexOf(b.state)
  if (a.retryable !== b.retryable) return a.retryable === false
  return a.attempt > b.attempt
}

/** Of proofs the oldest counts, since all are needed; of events the newest. */
function together(worst: LinkRecord, views: readonly LinkView[]): LinkRecord {
  const all = (read: (record: LinkRecord) => number | null): (number | null)[] =>
    views.map(({ record }) => read(record))
  return {
    ...worst,
    readyAtMs: oldest(all(record => record.readyAtMs)),
    lastAckAtMs: oldest(all(record => record.lastAckAtMs)),
    lastEventAtMs: newest(all(record => record.lastEventAtMs)),
    updatedAtMs: Math.max(...views.map(({ record }) => record.updatedAtMs)),
  }
}

/** Null while one of them is missing. */
function oldest(moments: readonly (number | null)[]): number | null {
  const known = moments.filter(moment => moment !== null)
  return known.length < moments.length ? null : Math.min(...known)
}

function newest(moments: readonly (number | null)[]): number | null {
  const known = moments.filter(moment => moment !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** What a status needs besides the connections. */
export interface AccountFacts {
  /** Since when the account has been in its state (monotonic). */
  readonly sinceMs: number
  readonly lastSendAtMs: number | null
  readonly proof: ProofKind
  readonly unknownEvents: Readonly<Record<string, number>>
  readonly unknownSamples: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, string>>
  readonly pending: { readonly incoming: number; readonly outgoing: number }
  readonly lateWords: number
}

/** The account's part of the status document. `wallMs` turns a monotonic moment into a wall time. */
export function accountStatus(
  views: readonly [LinkView, ...LinkView[]],
  facts: AccountFacts,
  wallMs: (atMs: number) => number,
): AccountStatus {
  const whole = linkStatus({ ...accountView(views), sinceMs: facts.sinceMs }, wallMs)
  return {
    ...whole,
    evidence: { ...whole.evidence, last_send_at: isoOrNull(facts.lastSendAtMs, wallMs) },
    ...(facts.proof === 'calls' ? { proof: facts.proof } : {}),
    unknown_events: facts.unknownEvents,
    ...(Object.keys(facts.unknownSamples).length === 0 ? {} : { unknown_samples: facts.unknownSamples }),
    ...(Object.keys(facts.limits).length === 0 ? {} : { limits: facts.limits }),
    pending_in: facts.pending.incoming,
    pending_out: facts.pending.outgoing,
    late_words: facts.lateWords,
    ...(views.length === 1 ? {} : { shards: views.map(view => linkStatus(view, wallMs)) }),
  }
}
