/** Voice as QQ speaks it, from what people and programs make, and back to what plays everywhere. */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { threadFailure } from '../../lib/process/late-code.ts'
import { createSlots } from '../../lib/tasks/slots.ts'
import { MediaError } from '../media-error.ts'

export interface SoundOrder {
  readonly to: 'wav' | 'silk'
  readonly bytes: Uint8Array
}

/**
 * Reads the bytes when it is their turn. Throws what reading throws, `MediaError` `unsupported` for bytes that cannot be decoded and
 * for ones that last too long, or the reason of `signal`.
 */
export type Convert = (
  to: SoundOrder['to'],
  read: () => Promise<Uint8Array>,
  signal: AbortSignal,
) => Promise<Uint8Array>

/** A longer file is no voice message. Ten minutes of a CD are more; of speech they are less. */
const MOST_SOUND_BYTES = 64 * 1024 * 1024
/** Long for the ten minutes that are decoded at the most; a file that is no sound must not keep a thread busy. */
const MOST_MS = 60_000
/** Each takes a core, and the memory of ten minutes of sound. */
const MOST_AT_ONCE = 2
const CONVERTIBLE = new Set(['audio/silk', 'audio/wav', 'audio/mpeg', 'audio/ogg', 'audio/amr'])

/** Worth a try: what it says it is can be decoded. */
export function isConvertible(mediaType: string | undefined, sizeBytes: number): boolean {
  return mediaType !== undefined && CONVERTIBLE.has(mediaType) && sizeBytes <= MOST_SOUND_BYTES
}

export function createConvert(clock: Clock): Convert {
  const slots = createSlots(MOST_AT_ONCE)
  return async (to, read, signal) => {
    const giveBack = await slots.take(signal)
    try {
      return await convertInThread({ to, bytes: await read() }, clock, signal)
    } finally {
      giveBack()
    }
  }
}

function convertInThread(order: SoundOrder, clock: Clock, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    // Sources run as .ts, the build as .js. The thread needs no settings, so it gets none.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const thread = new URL(`./convert-thread.${ending}`, import.meta.url)
    const worker = new Worker(thread, {
      name: 'sound',
      workerData: order,
      env: {},
      execArgv: [],
      // Decoders tell each broken frame on the console.
      stdout: true,
      stderr: true,
    })
    worker.stdout.resume()
    worker.stderr.resume()
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
    worker.on('error', thrown => fail(`it cannot be made ${order.to}: ${describeError(threadFailure(thrown, thread))}`))
    worker.on('exit', () => fail(`it cannot be made ${order.to}`))
  })
}
