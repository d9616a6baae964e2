/** What state a connection is in: derived from its life, its evidence and the age of it, and set by nobody. Pure. */
import type { Capabilities } from '../../../platforms/platform.ts'
import type { AccountState, LinkStatus } from '../../status/status-document.ts'
import { type Fall, fallOf, type Life, type Wish } from '../life.ts'
import { type Fault, isCalled, isFresh, type LinkRecord, type Proof } from './evidence.ts'

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
  /** It can be sent through, though it is not what it should be. */
  readonly serving: boolean
}

const plain = (state: AccountState): Derived => ({
  state,
  code: null,
  message: null,
  hint: null,
  retryable: null,
  attempt: 0,
  nextRetryAtMs: null,
  serving: false,
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
  const { proof, calledUntilMs } = record
  if (life.phase !== 'running' || proof === null) return undefined
  if (proofKind === 'calls') return isCalled(record, nowMs) && calledUntilMs !== null ? calledUntilMs + 1 : undefined
  return isFresh(proof, nowMs) ? proof.lastMs + proof.holdsMs + 1 : undefined
}

/** Nothing speaks against it. */
export function isWell(state: AccountState): boolean {
  return state === 'connected' || state === 'unverified'
}

/** It can be sent through. */
export function isUp({ state, serving }: Derived): boolean {
  return isWell(state) || serving
}

function running(record: LinkRecord, proofKind: ProofKind, nowMs: number): Derived {
  if (proofKind === 'calls') return called(record, nowMs)
  const { proof } = record
  if (proof !== null && isFresh(proof, nowMs)) return plain('connected')
  if (proof !== null && (record.fault === null || record.fault.atMs < proof.lastMs))
    return stale(proof, record.attempt, nowMs)
  if (record.fault === null) return { ...plain('connecting'), attempt: record.attempt }
  return retrying(record.fault, record.attempt)
}

/** Between calls nothing is proven, and nothing speaks against it either: a fault is one until it is healed, whatever its age. */
function called(record: LinkRecord, nowMs: number): Derived {
  const { proof, fault, attempt, doubt } = record
  if (fault !== null) return retrying(fault, attempt)
  if (proof === null) return { ...plain('connecting'), attempt }
  if (isCalled(record, nowMs)) return plain('connected')
  return {
    ...plain('unverified'),
    ...(doubt && { code: doubt.code, message: doubt.message, hint: doubt.hint ?? null }),
  }
}

function retrying({ code, message, hint, retryAtMs, serving }: Fault, attempt: number): Derived {
  return {
    state: 'retrying',
    code,
    message,
    hint: hint ?? null,
    retryable: null,
    attempt,
    nextRetryAtMs: retryAtMs,
    serving,
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
    serving: false,
  }
}

/** What is known of one connection. */
export interface LinkView {
  readonly derived: Derived
  readonly record: LinkRecord
  readonly generation: number
  /** Since when it has been in its state (monotonic). */
  readonly sinceMs: number
}

/** As status tells it. `wallMs` turns a monotonic moment into a wall time. */
export function linkStatus(view: LinkView, wallMs: (atMs: number) => number): LinkStatus {
  const { derived, record } = view
  const iso = (atMs: number): string => new Date(wallMs(atMs)).toISOString()
  return {
    state: derived.state,
    since: iso(view.sinceMs),
    error_code: derived.code,
    error_message: derived.message,
    hint: derived.hint,
    retryable: derived.retryable,
    attempt: derived.attempt,
    next_retry_at: isoOrNull(derived.nextRetryAtMs, wallMs),
    ...(derived.serving ? { serving: true } : {}),
    generation: view.generation,
    updated_at: iso(record.updatedAtMs),
    evidence: {
      ready_at: isoOrNull(record.readyAtMs, wallMs),
      last_ack_at: isoOrNull(record.lastAckAtMs, wallMs),
      last_event_at: isoOrNull(record.lastEventAtMs, wallMs),
    },
  }
}

/** The moment of a retry comes from an adapter: one that is no date must not cost us the whole document. */
export function isoOrNull(atMs: number | null, wallMs: (atMs: number) => number): string | null {
  if (atMs === null) return null
  const date = new Date(wallMs(atMs))
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** True when readers would see no difference worth a write: ages alone are not news. */
export function sameNews(a: Derived, b: Derived): boolean {
  return (
    a.state === b.state &&
    a.code === b.code &&
    a.attempt === b.attempt &&
    a.nextRetryAtMs === b.nextRetryAtMs &&
    (a.message === b.message || a.code === 'proof_stale')
  )
}
