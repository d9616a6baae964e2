import type { Clock } from './clock.ts'

/** A clock that stands still until it is told to go on; for tests and simulations, where a day passes in a second. */
export interface VirtualClock extends Clock {
  /** Moves time forward, firing timers in order; between two timers all promises get to run. */
  advance(byMs: number): Promise<void>
  /** Time passes and no timer fires: a suspended process, a blocked event loop. What fell due fires, late, with the next `advance`. */
  freeze(forMs: number): void
  /** Sets the wall time alone, as an administrator or a time server would. */
  jumpWall(byMs: number): void
  /** Timers that are armed: a test asserts that none is left over. */
  readonly armed: number
}

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly fn: () => void
}

/** Lets everything that is ready to run do so, promise chains included, before time moves on. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

export function createVirtualClock(wallStartMs = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = new Set<Timer>()
  let monotonicMs = 0
  let wallOffsetMs = wallStartMs
  let order = 0

  const nextDue = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.atMs > untilMs) continue
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) first = timer
    }
    return first
  }

  return {
    nowMs: () => wallOffsetMs + monotonicMs,
    monotonicMs: () => monotonicMs,
    after(delayMs, fn) {
      const timer = { atMs: monotonicMs + Math.max(0, delayMs), order: order++, fn }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(byMs) {
      const untilMs = monotonicMs + byMs
      await settle()
      for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
        timers.delete(due)
        monotonicMs = Math.max(monotonicMs, due.atMs)
        due.fn()
        await settle()
      }
      monotonicMs = untilMs
      await settle()
    },
    freeze(forMs) {
      monotonicMs += forMs
    },
    jumpWall(byMs) {
      wallOffsetMs += byMs
    },
    get armed() {
      return timers.size
    },
  }
}
