/** Runs worlds in a thread of its own, one after another, as long as it is given seeds. */
import { parentPort, workerData } from 'node:worker_threads'
import { planOf } from './plan.ts'
import { runWorld, type WorldReport } from './run.ts'

export interface WorkerTask {
  readonly hours: number
  readonly folder: string | undefined
}

/** A world that could not be brought to its end at all: that is a finding too. */
export interface Crashed {
  readonly seed: number
  readonly crashed: string
}

const { hours, folder } = workerData as WorkerTask

/** A bad day throws a hundred thousand errors, most of them of the world's own making; the first lines tell where. */
Error.stackTraceLimit = 4

const run = async (seed: number): Promise<WorldReport | Crashed> => {
  try {
    return await runWorld(planOf(seed, hours), folder === undefined ? {} : { folder })
  } catch (thrown) {
    return { seed, crashed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }
  }
}

parentPort?.on('message', (seed: number) => {
  run(seed).then(
    result => parentPort?.postMessage(result),
    () => {},
  )
})
