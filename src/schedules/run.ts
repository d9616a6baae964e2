/** One run of a schedule: made once, tried again while the disk refuses, and followed to its outcome. */

import { type Clock, sleep } from '../lib/clock.ts'
import { describeError, JournalUnwritableError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import { backoffMs } from '../lib/tasks/backoff.ts'
import type { Ledger } from './ledger.ts'
import type { Schedule } from './schedule.ts'
import { verdictOn } from './verdict.ts'

/**
 * Says the text, or asks the prompt, once for a key. Resolves with the outcome, or with why nothing came of it; rejects with a
 * `JournalUnwritableError` where it is not on disk, and with anything else where nobody can say. `signal` ends the wait for the outcome.
 */
export type CarryOut = (schedule: Schedule, key: string, signal: AbortSignal) => Promise<string>

export interface RunsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly ledger: Pick<Ledger, 'begun' | 'ended'>
  readonly carryOut: CarryOut
  /** What became of the one that was carried out under a key; else as `CarryOut`. */
  readonly follow: (key: string, signal: AbortSignal) => Promise<string>
}

export interface Runs {
  make(schedule: Schedule, atMs: number): Promise<void>
  /** One that is too old to be made, and whose outcome nobody has heard yet. */
  follow(schedule: Schedule, atMs: number): Promise<void>
}

/** So late a run is still made, whatever was in its way. */
export const GRACE_MS = 5 * 60_000
const STEPS_SECONDS = [1, 2, 5, 10, 30]

/** What these return never rejects. What is carried out is on disk before its outcome is waited for, so nobody has to wait for it. */
export function createRuns({ clock, random, log, ledger, carryOut, follow }: RunsDeps, signal: AbortSignal): Runs {
  const heard = (schedule: Schedule, atMs: number, outcome: string): void => {
    // Whoever comes next looks again.
    if (signal.aborted && outcome === 'pending') return
    const about = { schedule: schedule.name, at: new Date(atMs).toISOString() }
    log[verdictOn(outcome) === 'well' ? 'info' : 'warn']('a scheduled message', { ...about, outcome })
    ledger.ended(schedule, atMs, outcome)
  }
  const followWritten = async (schedule: Schedule, atMs: number): Promise<void> => {
    try {
      heard(schedule, atMs, await follow(keyOf(schedule, atMs), signal))
    } catch (thrown) {
      if (signal.aborted) return
      const reason = describeError(thrown)
      log.warn('what became of a scheduled message is not known', { schedule: schedule.name, reason })
      ledger.ended(schedule, atMs, 'unknown')
    }
  }
  const make = async (schedule: Schedule, atMs: number): Promise<void> => {
    const about = { schedule: schedule.name, at: new Date(atMs).toISOString() }
    const key = keyOf(schedule, atMs)
    ledger.begun(schedule, atMs)
    const untilMs = clock.monotonicMs() + Math.max(0, atMs + GRACE_MS - clock.nowMs())
    for (let attempt = 1; ; attempt++) {
      try {
        return heard(schedule, atMs, await carryOut(schedule, key, signal))
      } catch (thrown) {
        const reason = describeError(thrown)
        if (!(thrown instanceof JournalUnwritableError)) {
          log.error('a scheduled message is followed by what is on disk of it', { ...about, reason })
          return followWritten(schedule, atMs)
        }
        if (clock.monotonicMs() >= untilMs) {
          log.error('a scheduled message was not written down, and is lost', { ...about, reason })
          ledger.ended(schedule, atMs, thrown.code)
          return
        }
        log.warn('a scheduled message waits until the journal can be written', { ...about, attempt, reason })
      }
      const waitMs = Math.min(backoffMs(STEPS_SECONDS, attempt, random), untilMs - clock.monotonicMs())
      await sleep(clock, Math.max(1, waitMs), signal).catch(() => undefined)
      // The next process makes it, where it begins in time.
      if (signal.aborted) return
    }
  }
  return { make, follow: followWritten }
}

function keyOf({ name }: Schedule, atMs: number): string {
  return `schedule ${name} ${new Date(atMs).toISOString()}`.replaceAll(' ', '_')
}
