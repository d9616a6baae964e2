/** What a link has shown so far, folded from its evidence. Pure; all times are monotonic. */
import type { Evidence } from '../../../platforms/platform.ts'

/** Something that the adapter is healing itself. */
export interface Fault {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** The next try; null while none is announced. */
  readonly retryAtMs: number | null
  readonly atMs: number
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
  return { ...record, proof: null, fault: null, attempt: 0, longestProvenMs: 0, updatedAtMs: nowMs }
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
        fault: null,
        attempt: 0,
        readyAtMs: nowMs,
      }
    case 'ack':
      return { ...seen, ...confirmed(record, nowMs), lastAckAtMs: nowMs }
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
      const { code, message, hint, retryAtMs } = evidence
      const fault = { code, message, ...(hint === undefined ? {} : { hint }), retryAtMs, atMs: nowMs }
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

/** An answer to a heartbeat confirms a READY on the same socket, and proves nothing without one. */
function confirmed(record: LinkRecord, nowMs: number): Partial<LinkRecord> {
  const { proof } = record
  if (proof === null) return {}
  if (isFresh(proof, nowMs)) return { proof: { ...proof, lastMs: nowMs } }
  return { proof: { ...proof, sinceMs: nowMs, lastMs: nowMs }, longestProvenMs: provenMs(record, nowMs) }
}

/** Stands until the adapter has said what it makes of it. */
function connectionClosed(nowMs: number): Fault {
  return { code: 'socket_closed', message: 'the connection was closed', retryAtMs: null, atMs: nowMs }
}
