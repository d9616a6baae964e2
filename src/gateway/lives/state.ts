/** What state an account is in: derived from its life, its evidence and the age of it, and set by nobody. Pure. */
import type { Capabilities } from '../../platforms/platform.ts'
import type { AccountState, AccountStatus } from '../status/status-document.ts'
import { isFresh, type LinkRecord, type Proof } from './evidence.ts'
import { type Fall, fallOf, type Life, type Wish } from './life.ts'

/** Which proof of life the account's transport gives. */
export type ProofKind = Capabilities['proof']

/** The state and what explains it. Times are monotonic. */
export interface Derived {
  readonly state: AccountState
  readonly code: string | null
  readonly message: string | null
  readonly hint: string | null
  readonly retryable: boolean | null
  readonly attempt: number
  readonly nextRetryAtMs: number | null
}

const plain = (state: AccountState): Derived => ({
  state,
  code: null,
  message: null,
  hint: null,
  retryable: null,
  attempt: 0,
  nextRetryAtMs: null,
})

/** What the account is already called while its last generation settles. */
const STOPPING_FOR: Readonly<Record<Wish | 'failure', AccountState>> = {
  pause: 'paused',
  disable: 'disabled',
  restart: 'connecting',
  shutdown: 'disconnected',
  failure: 'disconnected',
}

export function derive(record: LinkRecord, life: Life, proofKind: ProofKind, nowMs: number): Derived {
  const fall = fallOf(life)
  if (fall) return fatal(fall, record)
  switch (life.phase) {
    case 'disabled':
      return plain('disabled')
    case 'paused':
      return plain('paused')
    case 'stopping':
      return plain(STOPPING_FOR[life.why])
    case 'running':
      return running(record, proofKind, nowMs)
    default:
      return plain('disconnected')
  }
}

/** When the derived state changes although nothing happens; undefined when age changes nothing. */
export function nextChangeAtMs(
  record: LinkRecord,
  life: Life,
  proofKind: ProofKind,
  nowMs: number,
): number | undefined {
  const { proof } = record
  if (life.phase !== 'running' || proofKind === 'none' || proof === null || !isFresh(proof, nowMs)) return undefined
  return proof.lastMs + proof.holdsMs + 1
}

export function isUp(state: AccountState): boolean {
  // A transport without proof of life can still be spoken through.
  return state === 'connected' || state === 'unverified'
}

function running(record: LinkRecord, proofKind: ProofKind, nowMs: number): Derived {
  const { proof } = record
  if (proof !== null && proofKind === 'none') return plain('unverified')
  if (proof !== null && isFresh(proof, nowMs)) return plain('connected')
  if (proof !== null && (record.fault === null || record.fault.atMs < proof.lastMs))
    return stale(proof, record.attempt, nowMs)
  if (record.fault === null) return { ...plain('connecting'), attempt: record.attempt }
  const { code, message, hint, retryAtMs } = record.fault
  return {
    state: 'retrying',
    code,
    message,
    hint: hint ?? null,
    retryable: null,
    attempt: record.attempt,
    nextRetryAtMs: retryAtMs,
  }
}

function stale(proof: Proof, attempt: number, nowMs: number): Derived {
  const seconds = Math.round((nowMs - proof.lastMs) / 1000)
  const message = `no proof of life for ${seconds} s`
  return { ...plain('retrying'), code: 'proof_stale', message, attempt }
}

function fatal(fall: Fall, record: LinkRecord): Derived {
  const { ending, quickEnds } = fall
  const slowed =
    quickEnds === 0 ? [] : [`${quickEnds} lives ended at once within 10 minutes, so it is tried more slowly`]
  const hints = [...(ending.hint === undefined ? [] : [ending.hint]), ...slowed]
  return {
    state: 'fatal',
    code: ending.code,
    message: ending.message,
    hint: hints.length === 0 ? null : hints.join('; '),
    retryable: ending.retryable,
    attempt: record.attempt,
    nextRetryAtMs: fall.nextLifeAtMs,
  }
}

/** What a status needs besides the derived state. */
export interface StatusFacts {
  readonly record: LinkRecord
  readonly generation: number
  readonly sinceMs: number
  readonly unknownEvents: Readonly<Record<string, number>>
  readonly limits: Readonly<Record<string, string>>
  readonly pending: { readonly incoming: number; readonly outgoing: number }
  readonly lateWords: number
}

/** The account's part of the status document. `wallMs` turns a monotonic moment into a wall time. */
export function accountStatus(derived: Derived, facts: StatusFacts, wallMs: (atMs: number) => number): AccountStatus {
  const { record } = facts
  const iso = (atMs: number): string => new Date(wallMs(atMs)).toISOString()
  // The moment of a retry comes from an adapter: one that is no date must not cost us the whole document.
  const isoOrNull = (atMs: number | null): string | null =>
    atMs === null || Number.isNaN(new Date(wallMs(atMs)).getTime()) ? null : iso(atMs)
  return {
    state: derived.state,
    since: iso(facts.sinceMs),
    error_code: derived.code,
    error_message: derived.message,
    hint: derived.hint,
    retryable: derived.retryable,
    attempt: derived.attempt,
    next_retry_at: isoOrNull(derived.nextRetryAtMs),
    generation: facts.generation,
    updated_at: iso(record.updatedAtMs),
    evidence: {
      ready_at: isoOrNull(record.readyAtMs),
      last_ack_at: isoOrNull(record.lastAckAtMs),
      last_event_at: isoOrNull(record.lastEventAtMs),
      last_send_at: isoOrNull(record.lastSendAtMs),
    },
    unknown_events: facts.unknownEvents,
    ...(Object.keys(facts.limits).length === 0 ? {} : { limits: facts.limits }),
    pending_in: facts.pending.incoming,
    pending_out: facts.pending.outgoing,
    late_words: facts.lateWords,
  }
}
