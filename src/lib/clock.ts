/** Undoes a pending timer; calling it after the timer fired does nothing. */
export type Cancel = () => void

/**
 * Where time comes from. Two readings, because they answer different questions: `monotonicMs` measures ages and waits
 * (it never jumps), `nowMs` dates what people and other processes read (it may jump when the machine's clock is set).
 */
export interface Clock {
  /** Wall time in milliseconds since the epoch. */
  nowMs(): number
  /** Milliseconds since an arbitrary start; never goes back, and does not notice that the wall clock was set. */
  monotonicMs(): number
  /** Calls `fn` once, `delayMs` from now (negative counts as 0). */
  after(delayMs: number, fn: () => void): Cancel
}

/** Node clamps longer timers to 1 ms, which would turn a long wait into a busy loop. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fn) {
    let timer: NodeJS.Timeout
    const arm = (leftMs: number): void => {
      timer =
        leftMs > LONGEST_TIMER_MS
          ? setTimeout(() => arm(leftMs - LONGEST_TIMER_MS), LONGEST_TIMER_MS)
          : setTimeout(fn, Math.max(0, leftMs))
    }
    arm(delayMs)
    return () => clearTimeout(timer)
  },
}

/** The wall time of a moment that was read from the monotonic clock. */
export function toWallMs(clock: Clock, monotonicMs: number): number {
  return Math.round(clock.nowMs() - (clock.monotonicMs() - monotonicMs))
}

/**
 * Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts; the timer is gone either way.
 * Every wait in Herald goes through here or through `Clock.after`, so a stop never has to outwait a sleep.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
