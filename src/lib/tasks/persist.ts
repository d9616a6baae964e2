import { type Clock, sleep } from '../clock.ts'
import { JournalUnwritableError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Random } from '../random.ts'
import { backoffMs } from './backoff.ts'

const STEPS_SECONDS = [1, 2, 5, 10, 30]

/**
 * Asks the journal until the disk takes it. Rejects with the reason of `signal` when that aborts first, and with any other
 * failure at once.
 */
export type Persist = <T>(ask: () => Promise<T>, signal: AbortSignal) => Promise<T>

/**
 * What happened has happened, whether the disk takes it now or not: an agent's work is not thrown away, and no reply posted again,
 * because the disk was full for a while. `what` waits, for the log: `a turn`.
 */
export function createPersist(deps: { clock: Clock; random: Random; log: Logger }, what: string): Persist {
  const { clock, random, log } = deps
  return async (ask, signal) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask()
      } catch (thrown) {
        if (!(thrown instanceof JournalUnwritableError)) throw thrown
        log.warn(`${what} waits in memory until the journal can be written`, { attempt, reason: thrown.message })
        await sleep(clock, backoffMs(STEPS_SECONDS, attempt, random), signal)
      }
    }
  }
}
