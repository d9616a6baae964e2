/** Time as one process sees it: its timers die with it, wait while it is stopped, and its wall clock may be set wrong. */
import type { Cancel, Clock } from '../../../src/lib/clock.ts'

export interface ProcessClock extends Clock {
  readonly armed: number
  /** SIGSTOP: timers that fall due wait. With `asleep` the machine sleeps, and monotonic time stands still too. */
  stop(asleep: boolean): void
  /** Time goes on; what is overdue rings first, in the order in which it was due. */
  go(): void
  /** Nothing rings any more, and nothing can be armed. */
  destroy(): void
}

interface Timer {
  /** On this clock. */
  readonly dueMs: number
  readonly order: number
  readonly fn: () => void
  cancel: Cancel
}

/** As in Node: no timer rings at once, so one that is set again and again lets time pass. */
const SMALLEST_WAIT_MS = 1

/** `ring` calls into the process: it hears of everything that a timer throws. */
export function createProcessClock(
  world: Clock,
  wallSkewMs: () => number,
  ring: (fn: () => void) => void,
): ProcessClock {
  const timers = new Set<Timer>()
  let sleptMs = 0
  let stoppedAtMs: number | undefined
  let asleep = false
  let destroyed = false
  let order = 0

  const monotonicMs = (): number => (asleep && stoppedAtMs !== undefined ? stoppedAtMs : world.monotonicMs()) - sleptMs

  const arm = (timer: Timer): void => {
    if (stoppedAtMs !== undefined) return
    timer.cancel = world.after(timer.dueMs - monotonicMs(), () => {
      timers.delete(timer)
      ring(timer.fn)
    })
  }

  return {
    // Wall time comes in whole milliseconds, as from the system.
    nowMs: () => Math.floor(world.nowMs() + wallSkewMs()),
    monotonicMs,
    after(delayMs, fn) {
      if (destroyed) return () => {}
      const timer: Timer = {
        dueMs: monotonicMs() + Math.max(SMALLEST_WAIT_MS, delayMs),
        order: order++,
        fn,
        cancel: () => {},
      }
      timers.add(timer)
      arm(timer)
      return () => {
        timers.delete(timer)
        timer.cancel()
      }
    },
    get armed() {
      return timers.size
    },
    stop(sleeps) {
      if (stoppedAtMs !== undefined || destroyed) return
      asleep = sleeps
      stoppedAtMs = world.monotonicMs()
      for (const timer of timers) timer.cancel()
    },
    go() {
      if (stoppedAtMs === undefined || destroyed) return
      if (asleep) sleptMs += world.monotonicMs() - stoppedAtMs
      stoppedAtMs = undefined
      asleep = false
      for (const timer of [...timers].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)) arm(timer)
    },
    destroy() {
      destroyed = true
      for (const timer of timers) timer.cancel()
      timers.clear()
    },
  }
}
