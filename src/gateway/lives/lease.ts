import type { Clock } from '../../lib/clock.ts'
import { createAlarm } from './alarm.ts'

/** How far past its own word a life may be before it is ended. */
export const LEASE_GRACE_MS = 5_000
/** What a life is given before its first report. */
export const FIRST_LEASE_MS = 30_000
/** Longer than any wait a platform asks for (a day's identify budget). Keeps a wall time given by mistake from being for ever. */
export const LONGEST_LEASE_MS = 25 * 3_600_000
/** Timers later than this mean that our own event loop did not run. */
const OWN_DELAY_MS = 100

/** The promise of a life to speak again by a certain time, and the watch over it. */
export interface Lease {
  /** The life spoke, and promises to speak again by then (monotonic). */
  renew(nextByMs: number): void
  /** As at the beginning: the time that is given before the first report. */
  restart(): void
  /** A timer of the life that was due at `dueAtMs` fires only now: the delay was ours, and the life is not blamed for it. */
  excuse(dueAtMs: number): void
  /** Past its word, grace included. */
  overdue(nowMs: number): boolean
  release(): void
}

/** Calls `onExpired` once, when the promise was not kept. */
export function createLease(clock: Clock, onExpired: (lateMs: number) => void): Lease {
  let nextByMs = clock.monotonicMs() + FIRST_LEASE_MS
  let excusedMs = 0
  let excusedUntilMs = 0
  let held = true

  const endsAtMs = (): number => nextByMs + LEASE_GRACE_MS + excusedMs
  /** Late timers of one freeze overlap: each adds only what no earlier one has excused. */
  const excuse = (dueAtMs: number): void => {
    const nowMs = clock.monotonicMs()
    if (nowMs - dueAtMs < OWN_DELAY_MS) return
    excusedMs += Math.max(0, nowMs - Math.max(dueAtMs, excusedUntilMs))
    excusedUntilMs = nowMs
  }
  const alarm = createAlarm(clock, dueAtMs => {
    if (!held) return
    const nowMs = clock.monotonicMs()
    // After a freeze this ring may come before anything the life had to say: it gets the grace once more.
    if (nowMs - dueAtMs >= OWN_DELAY_MS) {
      excuse(dueAtMs)
      excusedMs += Math.max(0, nowMs + LEASE_GRACE_MS - endsAtMs())
    }
    if (nowMs < endsAtMs()) {
      alarm.set(endsAtMs())
      return
    }
    held = false
    onExpired(nowMs - nextByMs)
  })
  alarm.set(endsAtMs())

  const renew = (promisedMs: number): void => {
    if (!held) return
    const nowMs = clock.monotonicMs()
    nextByMs = Number.isFinite(promisedMs) ? Math.min(promisedMs, nowMs + LONGEST_LEASE_MS) : nowMs + FIRST_LEASE_MS
    excusedMs = 0
    excusedUntilMs = nowMs
    alarm.set(endsAtMs())
  }
  return {
    renew,
    restart: () => renew(clock.monotonicMs() + FIRST_LEASE_MS),
    excuse,
    overdue: nowMs => held && nowMs > endsAtMs(),
    release() {
      held = false
      alarm.set(undefined)
    },
  }
}
