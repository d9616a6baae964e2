import type { Clock } from '../../lib/clock.ts'
import { StoppedError } from '../../lib/errors.ts'
import type { AccountId } from '../../platforms/platform.ts'
import type { Links } from '../delivery.ts'

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
  /** Calls back when `aborted` aborts. Returns the undo. */
  onAbort(listener: () => void): () => void
  stop(): void
  abort(): void
}

export function createWaits(clock: Clock, links: Links): Waits {
  const stopping = new AbortController()
  const aborted = new AbortController()
  const onStop = createBell()
  const onAbort = createBell()
  const onUp = new Map<AccountId, Bell>()
  const undo = links.onUp(account => onUp.get(account)?.ring())

  const bellOf = (account: AccountId): Bell => {
    const known = onUp.get(account)
    if (known) return known
    const bell = createBell()
    onUp.set(account, bell)
    return bell
  }

  const pause = (delayMs: number, wakeOn?: Bell): Promise<void> =>
    new Promise((resolve, reject) => {
      if (stopping.signal.aborted) return reject(stopping.signal.reason)
      const end = (settle: () => void) => (): void => {
        for (const leave of leaving) leave()
        settle()
      }
      const leaving = [
        onStop.listen(end(() => reject(stopping.signal.reason))),
        wakeOn?.listen(end(resolve)) ?? (() => {}),
        clock.after(delayMs, end(resolve)),
      ]
    })

  return {
    stopping: stopping.signal,
    aborted: aborted.signal,
    isUp: account => links.isUp(account),
    forTime: delayMs => pause(delayMs),
    forLink: (account, delayMs) => pause(delayMs, bellOf(account)),
    onAbort: onAbort.listen,
    stop() {
      undo()
      stopping.abort(new StoppedError())
      onStop.ring()
    },
    abort() {
      aborted.abort(new StoppedError())
      onAbort.ring()
    },
  }
}

/** Joining and leaving cost the same however many wait; with an `AbortSignal` they cost a walk over all of them. */
interface Bell {
  listen(listener: () => void): () => void
  ring(): void
}

function createBell(): Bell {
  const listeners = new Set<() => void>()
  return {
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    ring() {
      for (const listener of [...listeners]) listener()
    },
  }
}
