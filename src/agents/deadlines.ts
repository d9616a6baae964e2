import type { Clock } from '../lib/clock.ts'

/** One abort signal for everything that may end an operation: its caller, its whole bound, and the bound of its present step. */
export interface Deadlines {
  readonly signal: AbortSignal
  /** The next step begins: it has `delayMs`, then `signal` aborts with what `reason` makes. Replaces the step before. */
  step(delayMs: number, reason: () => unknown): void
  /** Leaves no timer and no listener behind. */
  close(): void
}

export function createDeadlines(
  clock: Clock,
  caller: AbortSignal,
  whole: { readonly delayMs: number; reason(): unknown },
): Deadlines {
  const controller = new AbortController()
  const onCallerAbort = (): void => controller.abort(caller.reason)
  if (caller.aborted) onCallerAbort()
  caller.addEventListener('abort', onCallerAbort, { once: true })
  const cancelWhole = clock.after(whole.delayMs, () => controller.abort(whole.reason()))
  let cancelStep = (): void => {}
  return {
    signal: controller.signal,
    step(delayMs, reason) {
      cancelStep()
      cancelStep = clock.after(delayMs, () => controller.abort(reason()))
    },
    close() {
      cancelStep()
      cancelWhole()
      caller.removeEventListener('abort', onCallerAbort)
    },
  }
}
