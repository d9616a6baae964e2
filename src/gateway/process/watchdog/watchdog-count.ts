/** What the watchdog thread remembers between two looks at the main loop's counter. */
export interface Watch {
  readonly tick: number
  /** When the counter was last seen to move, or the count began anew (monotonic). */
  readonly movedAtMs: number
  readonly lookedAtMs: number
}

/** How often the thread looks; the main loop ticks as often. */
export const LOOK_MS = 250
/** A thread that did not get to look for so long was itself stopped: SIGSTOP, sleep, a starved machine. */
const OWN_GAP_MS = 1000

export function beginWatch(tick: number, nowMs: number): Watch {
  return { tick, movedAtMs: nowMs, lookedAtMs: nowMs }
}

/** One look. After a gap of the thread's own the main loop gets the whole bound again: it could not tick either. */
export function look(watch: Watch, tick: number, nowMs: number): Watch {
  const stopped = nowMs - watch.lookedAtMs > OWN_GAP_MS
  return { tick, lookedAtMs: nowMs, movedAtMs: tick !== watch.tick || stopped ? nowMs : watch.movedAtMs }
}

export function frozenForMs(watch: Watch): number {
  return watch.lookedAtMs - watch.movedAtMs
}
