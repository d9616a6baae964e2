import { Worker } from 'node:worker_threads'
import type { Cancel, Clock } from '../../../lib/clock.ts'
import { describeError } from '../../../lib/errors.ts'
import type { StatusDocument } from '../../status/status-document.ts'
import { LOOK_MS } from './watchdog-count.ts'

/** Without a turn of the event loop for this long the process is ended and restarted. */
const FROZEN_AFTER_MS = 5000
/** While the home is opened: a journal is copied and brought to a new schema in one piece, however large, and slow its disk. */
export const OPENING_MS = 15 * 60_000
/** A thread that died is replaced after this long. */
const REPLACE_MS = 1000

export interface WatchdogOptions {
  /** The home folder, real path; the cause of a freeze is written there. */
  readonly home: string
  readonly clock: Clock
  readonly boundMs?: number
  /** The thread itself failed; it is started again. */
  onTrouble(message: string): void
}

/** What the thread is told when it starts. */
export interface WatchdogOrders {
  readonly ticks: SharedArrayBuffer
  readonly condemned: SharedArrayBuffer
  /** In milliseconds, as it is now. */
  readonly bound: SharedArrayBuffer
  readonly home: string
}

/** A thread beside the event loop that ends the process (75, or 137 where it cannot even exit) when the loop freezes. */
export interface Watchdog {
  /** The home is open: from now on no turn of the event loop has a reason to take long. */
  opened(): void
  /** A piece of opening the home that comes later: it has the same time. */
  patiently(work: () => void): void
  /** The document of which the thread makes the last words; to be handed over at every publish. */
  prepare(document: StatusDocument): void
  /** True once the thread has spoken: the process is ending, and nothing may be written over its words. */
  readonly condemned: boolean
  stop(): Promise<void>
}

export function startWatchdog(options: WatchdogOptions): Watchdog {
  const shared = (): Int32Array<SharedArrayBuffer> =>
    new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const [ticks, condemned, bound] = [shared(), shared(), shared()]
  Atomics.store(bound, 0, OPENING_MS)
  const orders: WatchdogOrders = {
    ticks: ticks.buffer,
    condemned: condemned.buffer,
    bound: bound.buffer,
    home: options.home,
  }
  let newest = ''
  let stopped = false
  let thread: Worker | undefined
  let cancelReplace: Cancel = () => {}

  // The real event loop is what is measured here, so the tick is a real timer, and one that keeps nothing alive.
  const ticking = setInterval(() => Atomics.add(ticks, 0, 1), LOOK_MS).unref()

  const start = (): void => {
    // Sources run as .ts, the build as .js; the thread is this file's neighbour in both. It needs no settings, so it gets none.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./watchdog-thread.${ending}`, import.meta.url), {
      name: 'watchdog',
      workerData: orders,
      env: {},
      execArgv: [],
    })
    thread = worker
    worker.unref()
    worker.on('error', error => options.onTrouble(`the watchdog thread failed: ${describeError(error)}`))
    worker.on('exit', () => {
      thread = undefined
      if (stopped) return
      options.onTrouble('the watchdog thread ended; starting it again')
      cancelReplace = options.clock.after(REPLACE_MS, start)
    })
    if (newest !== '') worker.postMessage(newest)
  }
  start()

  const opened = (): void => {
    // In this order: what lies behind us must not be measured by the new bound.
    Atomics.add(ticks, 0, 1)
    Atomics.store(bound, 0, options.boundMs ?? FROZEN_AFTER_MS)
  }

  return {
    opened,
    patiently(work) {
      Atomics.store(bound, 0, OPENING_MS)
      try {
        work()
      } finally {
        opened()
      }
    },
    prepare(document) {
      newest = JSON.stringify(document)
      thread?.postMessage(newest)
    },
    get condemned() {
      return Atomics.load(condemned, 0) === 1
    },
    async stop() {
      stopped = true
      clearInterval(ticking)
      cancelReplace()
      await thread?.terminate()
    },
  }
}
