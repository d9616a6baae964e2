/** What a link has shown so far, folded from its evidence. Pure; all times are monotonic. */
import type { Doubt, Evidence } from '../../../platforms/platform.ts'

/** Something that the adapter is healing itself. */
export interface Fault {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** The next try; null while none is announced. */
  readonly retryAtMs: number | null
  readonly atMs: number
  /** What is sent goes out all the same. */
  readonly serving: boolean
}

/** READY on the present socket, and what has confirmed it since. */
export interface Proof {
  /** Since when proofs have followed each other without a gap. */
  readonly sinceMs: number
  readonly lastMs: number
  /** How long each one stands. */
  readonly holdsMs: number
}

export interface LinkRecord {
  readonly proof: Proof | null
  /** What went wrong since the last READY. */
  readonly fault: Fault | null
  /** Until then the platform's calls are known to come; null where none proves it. */
  readonly calledUntilMs: number | null
  /** Why that is not known. */
  readonly doubt: Doubt | null
  /** Failed attempts in a row. */
  readonly attempt: number
  /** The longest unbroken proof of this generation that is over. */
  readonly longestProvenMs: number
  readonly readyAtMs: number | null
  readonly lastAckAtMs: number | null
  readonly lastEventAtMs: number | null
  readonly updatedAtMs: number
}

export function emptyRecord(nowMs: number): LinkRecord {
  return {
    proof: null,
    fault: null,
    calledUntilMs: null,
    doubt: null,
    attempt: 0,
    longestProvenMs: 0,
    readyAtMs: null,
    lastAckAtMs: null,
    lastEventAtMs: null,
    updatedAtMs: nowMs,
  }
}

/** A new generation begins with nothing shown; when things were last seen stays known. */
export function newGeneration(record: LinkRecord, nowMs: number): LinkRecord {
  const { readyAtMs, lastAckAtMs, lastEventAtMs } = record
  return { ...emptyRecord(nowMs), readyAtMs, lastAckAtMs, lastEventAtMs }
}

export function fold(record: LinkRecord, evidence: Evidence, nowMs: number): LinkRecord {
  const seen = { ...record, updatedAtMs: nowMs }
  switch (evidence.kind) {
    case 'connecting':
      // The announced try has begun.
      return { ...seen, fault: record.fault && { ...record.fault, retryAtMs: null } }
    case 'socket_open':
      return { ...seen, proof: null, longestProvenMs: provenMs(record, nowMs) }
    case 'ready':
      return {
        ...seen,
        proof: { sinceMs: nowMs, lastMs: nowMs, holdsMs: evidence.proofMs },
        longestProvenMs: provenMs(record, nowMs),
        // It says nothing of the way to us.
        ...(record.fault?.serving === true ? {} : HEALED),
        doubt: evidence.doubt ?? null,
        readyAtMs: nowMs,
      }
    case 'ack':
      return { ...seen, ...confirmed(record, nowMs), ...wayOpen(record), lastAckAtMs: nowMs }
    case 'called': {
      const calledUntilMs = Math.max(record.calledUntilMs ?? 0, nowMs + evidence.proofMs)
      return { ...seen, ...wayOpen(record), calledUntilMs }
    }
    case 'event':
      return { ...seen, lastEventAtMs: nowMs }
    case 'socket_closed':
      return {
        ...seen,
        proof: null,
        longestProvenMs: provenMs(record, nowMs),
        fault: record.fault ?? (record.proof === null ? null : connectionClosed(nowMs)),
      }
    case 'fault': {
      const { code, message, hint, retryAtMs, serving = false } = evidence
      const fault = { code, message, ...(hint === undefined ? {} : { hint }), retryAtMs, atMs: nowMs, serving }
      return { ...seen, fault, attempt: evidence.attempt }
    }
  }
}

/** The longest time in this generation for which a proof stood without a gap. */
export function provenMs(record: LinkRecord, nowMs: number): number {
  const { proof } = record
  if (proof === null) return record.longestProvenMs
  return Math.max(record.longestProvenMs, Math.min(nowMs, proof.lastMs + proof.holdsMs) - proof.sinceMs)
}

export function isFresh(proof: Proof, nowMs: number): boolean {
  return nowMs - proof.lastMs <= proof.holdsMs
}

export function isCalled({ calledUntilMs }: LinkRecord, nowMs: number): boolean {
  return calledUntilMs !== null && nowMs <= calledUntilMs
}

const HEALED = { fault: null, attempt: 0 } as const

/** Whatever came in on it shows that the way to us is open, whoever said that it is not. */
function wayOpen({ fault }: LinkRecord): Partial<LinkRecord> {
  return fault?.serving === true ? HEALED : {}
}

/** An answer to a heartbeat confirms a READY on the same socket, and proves nothing without one. */
function confirmed(record: LinkRecord, nowMs: number): Partial<LinkRecord> {
  const { proof } = record
  if (proof === null) return {}
  if (isFresh(proof, nowMs)) return { proof: { ...proof, lastMs: nowMs } }
  return { proof: { ...proof, sinceMs: nowMs, lastMs: nowMs }, longestProvenMs: provenMs(record, nowMs) }
}

/** Stands until the adapter has said what it makes of it. */
function connectionClosed(nowMs: number): Fault {
  return { code: 'socket_closed', message: 'the connection was closed', retryAtMs: null, atMs: nowMs, serving: false }
}
