/** When an agent that has ended by itself is started again. Pure. */

const WINDOW_MS = 10 * 60_000
/** The pause after the first end within the window, after the second, and so on; the last one repeats. */
const PAUSES_MS = [0, 1_000, 5_000, 30_000, 60_000, 120_000, 300_000]

export interface NextStart {
  /** Ends within the window, this one included (monotonic). */
  readonly endsAtMs: readonly number[]
  readonly delayMs: number
}

export function nextStart(endsAtMs: readonly number[], nowMs: number): NextStart {
  const within = [...endsAtMs.filter(atMs => nowMs - atMs < WINDOW_MS), nowMs]
  const delayMs = PAUSES_MS[Math.min(within.length, PAUSES_MS.length) - 1] ?? 0
  return { endsAtMs: within.slice(-PAUSES_MS.length), delayMs }
}
