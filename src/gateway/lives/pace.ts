/** When the next life of a failed account begins. Pure. */
import type { Ending } from '../../platforms/platform.ts'
import { OWNED_ELSEWHERE } from './endings.ts'

/** A life that was connected this long starts the pace anew. */
export const PROVEN_AFTER_MS = 60_000
/** An account that waiting cannot cure is tried this often. */
export const PARKED_PROBE_MS = 30 * 60_000

const QUICK_END_MS = 10_000
const INTENSITY_WINDOW_MS = 10 * 60_000
const QUICK_ENDS_FORGIVEN = 5
const SLOWEST_MS = 10 * 60_000

/** What is remembered of former lives. */
export interface Pace {
  /** Fatal ends in a row since a life proved itself; picks the step of `revive_s`. */
  readonly failures: number
  /** When lives ended within seconds without ever being connected, in the last 10 minutes (monotonic). */
  readonly quickEndsAtMs: readonly number[]
}

export const freshPace: Pace = { failures: 0, quickEndsAtMs: [] }

export interface LifeSpan {
  readonly livedMs: number
  /** Its longest unbroken time of being connected. */
  readonly connectedMs: number
}

export interface NextLife {
  readonly pace: Pace
  readonly delayMs: number
  /** Quick ends that slowed the pace beyond `revive_s`; 0 while it is the ordinary one. */
  readonly quickEnds: number
}

export function nextLife(
  pace: Pace,
  ending: Ending,
  span: LifeSpan,
  nowMs: number,
  reviveSeconds: readonly number[],
): NextLife {
  const failures = span.connectedMs >= PROVEN_AFTER_MS ? 1 : pace.failures + 1
  // Waiting for another process to die burns nothing at the platform, so it is not slowed.
  const quick = span.livedMs < QUICK_END_MS && span.connectedMs === 0 && ending.code !== OWNED_ELSEWHERE
  const quickEndsAtMs = pace.quickEndsAtMs.filter(atMs => nowMs - atMs < INTENSITY_WINDOW_MS)
  if (quick) quickEndsAtMs.push(nowMs)
  const after = { failures, quickEndsAtMs: quickEndsAtMs.slice(-50) }
  if (!ending.retryable) return { pace: after, delayMs: PARKED_PROBE_MS, quickEnds: 0 }

  const stepMs = 1000 * (reviveSeconds[Math.min(failures, reviveSeconds.length) - 1] ?? 60)
  const excess = quick ? Math.max(0, quickEndsAtMs.length - QUICK_ENDS_FORGIVEN) : 0
  const delayMs = excess === 0 ? stepMs : Math.max(stepMs, Math.min(stepMs * 2 ** excess, SLOWEST_MS))
  return { pace: after, delayMs, quickEnds: excess === 0 ? 0 : quickEndsAtMs.length }
}
