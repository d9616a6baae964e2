/** One direction of one connection: what is sent arrives late, in order, and not while the way is blocked. */
import type { Clock } from '../../../src/lib/clock.ts'

export interface Lane {
  send(arrive: () => void): void
  /** The way may be free again. */
  wake(): void
  /** What is under way never arrives. */
  drop(): void
}

export function createLane(clock: Clock, latencyMs: () => number, blocked: () => boolean): Lane {
  const queue: { readonly dueMs: number; readonly arrive: () => void }[] = []
  let cancel: (() => void) | undefined
  let lastMs = 0

  const arm = (): void => {
    const [first] = queue
    if (cancel !== undefined || first === undefined || blocked()) return
    cancel = clock.after(first.dueMs - clock.monotonicMs(), () => {
      cancel = undefined
      for (let next = queue[0]; next && !blocked() && next.dueMs <= clock.monotonicMs(); next = queue[0]) {
        queue.shift()
        next.arrive()
      }
      arm()
    })
  }
  return {
    send(arrive) {
      lastMs = Math.max(lastMs, clock.monotonicMs() + latencyMs())
      queue.push({ dueMs: lastMs, arrive })
      arm()
    },
    wake: arm,
    drop() {
      cancel?.()
      cancel = undefined
      queue.length = 0
    },
  }
}
