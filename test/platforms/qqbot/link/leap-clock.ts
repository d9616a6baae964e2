import { type Clock, systemClock } from '../../../../src/lib/clock.ts'

/** Real time that can be moved on, so that real sockets meet waits of minutes and half hours. */
export interface LeapClock extends Clock {
  /** Both readings jump; what fell due fires at once, in order. */
  leap(byMs: number): void
}

interface Timer {
  readonly atMs: number
  readonly fn: () => void
  handle: NodeJS.Timeout
}

export function createLeapClock(): LeapClock {
  const timers = new Set<Timer>()
  let leaptMs = 0
  const monotonicMs = (): number => systemClock.monotonicMs() + leaptMs
  const arm = (timer: Timer): void => {
    timer.handle = setTimeout(
      () => {
        timers.delete(timer)
        timer.fn()
      },
      Math.max(0, timer.atMs - monotonicMs()),
    )
  }
  return {
    nowMs: () => systemClock.nowMs() + leaptMs,
    monotonicMs,
    after(delayMs, fn) {
      const timer = { atMs: monotonicMs() + Math.max(0, delayMs), fn, handle: setTimeout(() => {}, 0) }
      clearTimeout(timer.handle)
      timers.add(timer)
      arm(timer)
      return () => {
        timers.delete(timer)
        clearTimeout(timer.handle)
      }
    },
    leap(byMs) {
      leaptMs += byMs
      for (const timer of [...timers].sort((a, b) => a.atMs - b.atMs)) {
        clearTimeout(timer.handle)
        arm(timer)
      }
    },
  }
}
