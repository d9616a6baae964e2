/** One run of a schedule: made once, tried again while the disk refuses, and followed to its outcome. */
import { backoffMs } from '../lib/backoff.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { describeError, JournalUnwritableError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import type { Ledger } from './ledger.ts'
import type { Schedule } from './schedule.ts'
import { verdictOn } from './verdict.ts'

/**
 * Says the text, or asks the prompt, once for a key. Resolves with the outcome, or with why nothing came of it; rejects where it is not
 * on disk. `signal` ends the wait for the outcome.
 */
export type CarryOut = (schedule: Schedule, key: string, signal: AbortSignal) => Promise<string>

export interface RunsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly ledger: Pick<Ledger, 'begun' | 'ended'>
  readonly carryOut: CarryOut
}

/** So late a run is still made, whatever was in its way. */
export const GRACE_MS = 5 * 60_000
const STEPS_SECONDS = [1, 2, 5, 10, 30]

/** What it returns never rejects. What is carried out is on disk before its outcome is waited for, so nobody has to wait for it. */
export function createRuns(
  { clock, random, log, ledger, carryOut }: RunsDeps,
  signal: AbortSignal,
): (schedule: Schedule, atMs: number) => Promise<void> {
  return async (schedule, atMs) => {
    const at = new Date(atMs).toISOString()
    const about = { schedule: schedule.name, at }
    const key = `schedule ${schedule.name} ${at}`.replaceAll(' ', '_')
    ledger.begun(schedule, atMs)
    const untilMs = clock.monotonicMs() + Math.max(0, atMs + GRACE_MS - clock.nowMs())
    for (let attempt = 1; ; attempt++) {
      try {
        const outcome = await carryOut(schedule, key, signal)
        // Whoever comes next looks again.
        if (signal.aborted && outcome === 'pending') return
        log[verdictOn(outcome) === 'well' ? 'info' : 'warn']('a scheduled message', { ...about, outcome })
        ledger.ended(schedule, atMs, outcome)
        return
      } catch (thrown) {
        const reason = describeError(thrown)
        const refused = thrown instanceof JournalUnwritableError
        if (!refused || clock.monotonicMs() >= untilMs) {
          log.error('a scheduled message was not written down, and is lost', { ...about, reason })
          ledger.ended(schedule, atMs, refused ? thrown.code : 'failed')
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
}
