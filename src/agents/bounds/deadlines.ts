import type { Cancel, Clock } from '../../lib/clock.ts'

/** One abort signal for everything that may end an operation: its caller, its whole bound, and the bound of its present step. */
export interface Deadlines {
  readonly signal: AbortSignal
  /** Of the whole. */
  readonly leftMs: number
  /** The next step begins: it has `delayMs`, then `signal` aborts with what `reason` makes. Replaces the step before. */
  step(delayMs: number, reason: () => unknown): void
  /** Time stands still, for the step and for the whole, until what it returns is called. Several may overlap. */
  pause(): () => void
  /** Leaves no timer and no listener behind. */
  close(): void
}

/** What is left of a bound. */
interface Bound {
  leftMs: number
  sinceMs: number
  readonly reason: () => unknown
  cancel: Cancel
}

export function createDeadlines(
  clock: Clock,
  caller: AbortSignal,
  whole: { readonly delayMs: number; reason(): unknown },
): Deadlines {
  const controller = new AbortController()
  let pauses = 0
  const arm = (bound: Bound): void => {
    bound.sinceMs = clock.monotonicMs()
    bound.cancel = clock.after(bound.leftMs, () => controller.abort(bound.reason()))
  }
  const disarm = (bound: Bound): void => {
    bound.cancel()
    bound.leftMs -= clock.monotonicMs() - bound.sinceMs
  }
  const begin = (leftMs: number, reason: () => unknown): Bound => {
    const bound: Bound = { leftMs, sinceMs: clock.monotonicMs(), reason, cancel: () => {} }
    if (pauses === 0) arm(bound)
    return bound
  }

  const onCallerAbort = (): void => controller.abort(caller.reason)
  if (caller.aborted) onCallerAbort()
  caller.addEventListener('abort', onCallerAbort, { once: true })
  const all = begin(whole.delayMs, () => whole.reason())
  let present: Bound | undefined
  const bounds = (): readonly Bound[] => (present === undefined ? [all] : [all, present])
  return {
    signal: controller.signal,
    get leftMs() {
      return pauses === 0 ? all.leftMs - (clock.monotonicMs() - all.sinceMs) : all.leftMs
    },
    step(delayMs, reason) {
      present?.cancel()
      present = begin(delayMs, reason)
    },
    pause() {
      if (pauses === 0) bounds().forEach(disarm)
      pauses += 1
      let paused = true
      return () => {
        if (!paused) return
        paused = false
        pauses -= 1
        if (pauses === 0 && !controller.signal.aborted) bounds().forEach(arm)
      }
    },
    close() {
      pauses = Number.POSITIVE_INFINITY
      for (const bound of bounds()) bound.cancel()
      caller.removeEventListener('abort', onCallerAbort)
    },
  }
}
