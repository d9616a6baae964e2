import { backoffMs } from '../lib/backoff.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { JournalUnwritableError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'

const STEPS_SECONDS = [1, 2, 5, 10, 30]

/** Writes until the disk takes it. Rejects with the reason of `signal` when that aborts first, and with any other failure. */
export type DurableWrite = <T>(write: () => Promise<T>, signal: AbortSignal) => Promise<T>

/**
 * What happened has happened, whether the disk takes it now or not: an outcome stays in memory until it is written, and
 * nothing is posted again because a write failed.
 */
export function createDurableWrite(deps: { clock: Clock; random: Random; log: Logger }): DurableWrite {
  const { clock, random, log } = deps
  return async (write, signal) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write()
      } catch (thrown) {
        if (!(thrown instanceof JournalUnwritableError)) throw thrown
        log.warn('an outcome waits in memory until the journal can be written', { attempt, reason: thrown.message })
        await sleep(clock, backoffMs(STEPS_SECONDS, attempt, random), signal)
      }
    }
  }
}
