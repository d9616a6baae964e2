import type { Clock } from '../../lib/clock.ts'
import { MediaError } from '../media-error.ts'

/** Runs `work` with a signal that aborts when its time is up, with a `MediaError`, and when `signal` does, with its reason. */
export async function withBound<T>(
  clock: Clock,
  mostMs: number,
  signal: AbortSignal,
  work: (bounded: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const controller = new AbortController()
  const onStop = (): void => controller.abort(signal.reason)
  signal.addEventListener('abort', onStop, { once: true })
  const cancel = clock.after(mostMs, () => controller.abort(new MediaError('timeout', `not done within ${mostMs} ms`)))
  try {
    return await work(controller.signal)
  } catch (thrown) {
    throw controller.signal.aborted ? controller.signal.reason : thrown
  } finally {
    cancel()
    signal.removeEventListener('abort', onStop)
  }
}
