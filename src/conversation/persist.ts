import { backoffMs } from '../lib/backoff.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { JournalUnwritableError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'

const STEPS_SECONDS = [1, 2, 5, 10, 30]

/**
 * Asks the journal until the disk takes it. Rejects with the reason of `signal` when that aborts first, and with any other
 * failure at once.
 */
export type Persist = <T>(ask: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** An agent's work is not thrown away, nor done twice, because the disk was full for a while. */
export function createPersist(deps: { clock: Clock; random: Random; log: Logger }): Persist {
  const { clock, random, log } = deps
  return async (ask, signal) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask()
      } catch (thrown) {
        if (!(thrown instanceof JournalUnwritableError)) throw thrown
        log.warn('a turn waits until the journal can be written', { attempt, reason: thrown.message })
        await sleep(clock, backoffMs(STEPS_SECONDS, attempt, random), signal)
      }
    }
  }
}
