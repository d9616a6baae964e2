import type { Cancel, Clock } from '../../lib/clock.ts'

/**
 * One timer that follows a moment which moves often. Moving it later costs nothing: the timer stays where it is, rings
 * early, and whoever hears it sets it anew. So the listener looks at the clock and never trusts the ring.
 */
export interface Alarm {
  /** Rings at `atMs` (monotonic) or earlier; `undefined` switches it off. */
  set(atMs: number | undefined): void
  /** For when the alarm was armed to ring; undefined while it is off. */
  readonly armedAtMs: number | undefined
}

/** `onRing` gets the moment that the ring was due, so that it can tell how late our own event loop is. */
export function createAlarm(clock: Clock, onRing: (dueAtMs: number) => void): Alarm {
  let armedAtMs: number | undefined
  let cancel: Cancel = () => {}

  const arm = (atMs: number): void => {
    armedAtMs = atMs
    cancel = clock.after(atMs - clock.monotonicMs(), () => {
      armedAtMs = undefined
      onRing(atMs)
    })
  }
  return {
    set(atMs) {
      if (atMs !== undefined && armedAtMs !== undefined && armedAtMs <= atMs) return
      cancel()
      armedAtMs = undefined
      if (atMs !== undefined) arm(atMs)
    },
    get armedAtMs() {
      return armedAtMs
    },
  }
}
