/** A hook that is a module, in a thread of its own: one that loops for ever, throws or exits ends the thread, and nothing else. */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import { isRecord } from '../lib/json.ts'
import type { Logger } from '../lib/log.ts'
import { logLines } from '../lib/process/child-log.ts'
import { threadFailure } from '../lib/process/late-code.ts'
import { CutOffError, type RunHook } from './run-hook.ts'

const MOST_MIB = 256

interface Call {
  readonly answered: Promise<unknown>
  resolve(answer: unknown): void
  reject(reason: Error): void
}

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, Call>
}

export function createModuleHook(path: string, world: { readonly clock: Clock; readonly log: Logger }): RunHook {
  let thread: Thread | undefined
  let last = 0
  let closed = false

  /** A thread that is over or has to be. A call that was alone in it has ended it; of several nobody knows which one did. */
  const leave = (ended: Thread, toError: () => Error): void => {
    if (thread === ended) thread = undefined
    const calls = [...ended.waiting.values()]
    ended.waiting.clear()
    for (const { reject } of calls) reject(calls.length === 1 ? toError() : new CutOffError('its thread ended'))
  }

  const start = (): Thread => {
    // Sources run as .ts, the build as .js; the thread is this file's neighbour in both. Settings are none of its business.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const file = new URL(`./module-thread.${ending}`, import.meta.url)
    const worker = new Worker(file, {
      name: 'hook',
      workerData: { path },
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MIB },
    })
    worker.unref()
    const begun: Thread = { worker, waiting: new Map() }
    const over = (reason: string): void => leave(begun, () => new Error(reason))
    for (const stream of [worker.stdout, worker.stderr]) logLines(stream, world)
    worker.on('error', error => over(`its thread failed: ${describeError(threadFailure(error, file))}`))
    worker.on('exit', () => over('its thread ended'))
    worker.on('message', (said: unknown) => {
      if (!isRecord(said) || typeof said['id'] !== 'number') return
      const call = begun.waiting.get(said['id'])
      begun.waiting.delete(said['id'])
      if (typeof said['error'] === 'string') call?.reject(new Error(said['error']))
      else call?.resolve(said['answer'])
    })
    return begun
  }

  return {
    async run(event, signal) {
      signal.throwIfAborted()
      thread ??= start()
      const mine = thread
      const { worker, waiting } = mine
      last += 1
      const id = last
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      waiting.set(id, { answered: promise, resolve, reject })
      // Whether it only waits or loops for ever cannot be told from outside.
      const onAbort = (): void => {
        reject(signal.reason)
        waiting.delete(id)
        leave(mine, () => new CutOffError('its thread was ended'))
        void worker.terminate()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      worker.postMessage({ id, event })
      try {
        return await promise
      } finally {
        signal.removeEventListener('abort', onAbort)
        waiting.delete(id)
        // A message that was on its way when the hook was closed began a thread that nobody else ends.
        if (closed && waiting.size === 0) {
          if (thread === mine) thread = undefined
          void worker.terminate()
        }
      }
    },
    async close() {
      closed = true
      const former = thread
      thread = undefined
      if (former === undefined) return
      // Each call that is under way has its time.
      await Promise.allSettled([...former.waiting.values()].map(({ answered }) => answered))
      await former.worker.terminate()
    },
  }
}
