import { setMaxListeners } from 'node:events'
import { type Clock, sleep } from '../lib/clock.ts'
import { StoppedError } from '../lib/errors.ts'
import type { AccountId } from '../platforms/platform.ts'
import type { Links } from './delivery.ts'

/** Every wait of delivery, and the two ends that cut them short. */
export interface Waits {
  /** Aborts as soon as no new post may begin. */
  readonly stopping: AbortSignal
  /** Aborts when not even the posts under way are waited for. */
  readonly aborted: AbortSignal
  isUp(account: AccountId): boolean
  /** Rejects with `StoppedError` when delivery stops. */
  forTime(delayMs: number): Promise<void>
  /** Like `forTime`, and over as soon as the account becomes connected. */
  forLink(account: AccountId, delayMs: number): Promise<void>
  stop(): void
  abort(): void
}

export function createWaits(clock: Clock, links: Links): Waits {
  const stopping = manyMayListen(new AbortController())
  const aborted = manyMayListen(new AbortController())
  const waiting = new Map<AccountId, Set<() => void>>()
  const undo = links.onUp(account => {
    const woken = waiting.get(account)
    waiting.delete(account)
    for (const wake of woken ?? []) wake()
  })

  return {
    stopping: stopping.signal,
    aborted: aborted.signal,
    isUp: account => links.isUp(account),
    forTime: delayMs => sleep(clock, delayMs, stopping.signal),
    async forLink(account, delayMs) {
      const nap = new AbortController()
      const wake = (): void => nap.abort()
      const others = waiting.get(account) ?? new Set()
      waiting.set(account, others.add(wake))
      stopping.signal.addEventListener('abort', wake, { once: true })
      try {
        await sleep(clock, delayMs, nap.signal)
      } catch (thrown) {
        if (!nap.signal.aborted) throw thrown
      } finally {
        stopping.signal.removeEventListener('abort', wake)
        others.delete(wake)
        if (others.size === 0 && waiting.get(account) === others) waiting.delete(account)
      }
      stopping.signal.throwIfAborted()
    },
    stop() {
      undo()
      stopping.abort(new StoppedError())
    },
    abort: () => aborted.abort(new StoppedError()),
  }
}

/** One listener for each chat that waits is no leak. */
function manyMayListen(controller: AbortController): AbortController {
  setMaxListeners(0, controller.signal)
  return controller
}
