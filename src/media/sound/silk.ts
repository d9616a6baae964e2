/** Voice as QQ speaks it, from and to WAV. */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { MediaError } from '../media-error.ts'

export interface SilkOrder {
  readonly to: 'wav' | 'silk'
  readonly bytes: Uint8Array
}

/** Long for an hour of speech; a file that is none must not keep a thread busy. */
const MOST_MS = 20_000

/** Throws `MediaError` for bytes that are no such file, or the reason of `signal`. */
export function convertSilk(order: SilkOrder, clock: Clock, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    // Sources run as .ts, the build as .js. The thread needs no settings, so it gets none.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./silk-thread.${ending}`, import.meta.url), {
      name: 'silk',
      workerData: order,
      env: {},
      execArgv: [],
    })
    const finish = (settle: () => void): void => {
      cancel()
      signal.removeEventListener('abort', onAbort)
      settle()
      void worker.terminate()
    }
    const fail = (why: string): void => finish(() => reject(new MediaError('unsupported', why)))
    const onAbort = (): void => finish(() => reject(signal.reason))
    const cancel = clock.after(MOST_MS, () => fail(`no ${order.to} within ${MOST_MS} ms`))
    signal.addEventListener('abort', onAbort, { once: true })
    worker.on('message', (bytes: Uint8Array) => finish(() => resolve(bytes)))
    worker.on('error', thrown => fail(`it cannot be made ${order.to}: ${describeError(thrown)}`))
    worker.on('exit', () => fail(`it cannot be made ${order.to}`))
  })
}
