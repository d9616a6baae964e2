import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'

/** The bound on the whole stop: short when nothing is in flight, so that an idle gateway goes at once. */
export function drainBoundMs(inFlight: boolean): number {
  return inFlight ? 10_000 : 2000
}

export interface DrainStep {
  readonly name: string
  /** The longest this step may take; less when the whole stop runs out of time. */
  readonly boundMs?: number
  /** `signal` aborts when it is not waited for any longer. */
  run(signal: AbortSignal): Promise<void>
}

/** How one step went. */
export interface DrainedStep {
  readonly name: string
  readonly tookMs: number
  /** `slow`: its bound passed and the stop went on without it. */
  readonly end: 'done' | 'slow' | 'failed'
  readonly message?: string
}

/**
 * Runs the steps of a stop in order, each within its bound and all within `boundMs`. A step that is slow or fails holds up
 * nothing: the next one is started all the same, also when no time is left to wait for it. Never throws.
 */
export async function drain(
  steps: readonly DrainStep[],
  boundMs: number,
  clock: Clock,
): Promise<readonly DrainedStep[]> {
  const endMs = clock.monotonicMs() + boundMs
  const drained: DrainedStep[] = []
  for (const step of steps) {
    const leftMs = Math.max(0, endMs - clock.monotonicMs())
    drained.push(await drainStep(step, Math.min(leftMs, step.boundMs ?? leftMs), clock))
  }
  return drained
}

function drainStep(step: DrainStep, boundMs: number, clock: Clock): Promise<DrainedStep> {
  const startedMs = clock.monotonicMs()
  const controller = new AbortController()
  return new Promise(resolve => {
    // The first call settles the step; what comes after its bound has nobody to tell.
    const settle = (end: DrainedStep['end'], message?: string): void => {
      cancel()
      const tookMs = Math.round(clock.monotonicMs() - startedMs)
      resolve({ name: step.name, tookMs, end, ...(message === undefined ? {} : { message }) })
    }
    const cancel = clock.after(boundMs, () => {
      settle('slow', `not done within ${Math.round(boundMs)} ms`)
      controller.abort()
    })
    const run = async (): Promise<void> => step.run(controller.signal)
    run().then(
      () => settle('done'),
      thrown => settle('failed', describeError(thrown)),
    )
  })
}
