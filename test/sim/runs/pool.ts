/** Spreads seeds over threads. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { WorldReport } from './run.ts'
import type { Crashed, WorkerTask } from './worker.ts'

export interface PoolOptions extends WorkerTask {
  readonly threads?: number
  onResult(result: WorldReport | Crashed): void
  /** Nothing new is begun once this says no. */
  goesOn?(): boolean
}

/** Resolves when all seeds are done, or when nothing new is begun any more. */
export async function runSeeds(seeds: readonly number[], options: PoolOptions): Promise<void> {
  const waiting = [...seeds]
  const threads = Math.min(options.threads ?? availableParallelism(), seeds.length)
  await Promise.all(Array.from({ length: threads }, () => work(waiting, options)))
}

/** No world takes as long as this; one that does turns in a circle. */
const LONGEST_WORLD_MS = 120_000

function work(waiting: number[], options: PoolOptions): Promise<void> {
  const { hours, folder } = options
  return new Promise((resolve, reject) => {
    let worker: Worker
    let present: number | undefined
    let watch: NodeJS.Timeout | undefined
    const next = (): void => {
      clearTimeout(watch)
      present = options.goesOn?.() === false ? undefined : waiting.shift()
      if (present === undefined) {
        worker.terminate().then(() => resolve(), reject)
        return
      }
      worker.postMessage(present)
      watch = setTimeout(replace, LONGEST_WORLD_MS, present, `not done after ${LONGEST_WORLD_MS / 1000} s`)
    }
    const replace = (seed: number, crashed: string): void => {
      options.onResult({ seed, crashed })
      worker.terminate().then(start, reject)
    }
    const start = (): void => {
      worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { hours, folder } })
      worker.on('message', (result: WorldReport | Crashed) => {
        options.onResult(result)
        next()
      })
      worker.on('error', thrown => replace(present ?? 0, `its thread ended: ${thrown}`))
      next()
    }
    start()
  })
}
