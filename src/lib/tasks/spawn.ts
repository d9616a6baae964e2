import { describeError } from '../errors.ts'

/** How a background task came to its end. `failed` also covers a task that returned although nobody asked it to. */
export interface TaskEnd {
  readonly name: string
  readonly failed: boolean
  readonly message: string
  readonly cause?: unknown
}

/** Background tasks of one owner. Whoever starts one cannot forget it: its end is reported, whatever it was. */
export interface TaskGroup {
  /** Starts `task`; it must live until `signal` aborts. Returning earlier is a failure, as is throwing. */
  spawn(name: string, task: (signal: AbortSignal) => Promise<void>): void
  /** Names of the tasks that have not ended; empty after `stop` unless one ignores its signal. */
  readonly running: readonly string[]
  /** Aborts all and resolves when the last one has ended. */
  stop(): Promise<void>
}

export function createTaskGroup(onEnd: (end: TaskEnd) => void): TaskGroup {
  const controller = new AbortController()
  const tasks = new Map<Promise<void>, string>()
  const report = (name: string, failed: boolean, message: string, cause?: unknown): void =>
    onEnd({ name, failed, message, ...(cause === undefined ? {} : { cause }) })

  return {
    spawn(name, task) {
      const life = (async () => task(controller.signal))().then(
        () => report(name, !controller.signal.aborted, controller.signal.aborted ? 'stopped' : 'returned unasked'),
        thrown => report(name, !controller.signal.aborted, describeError(thrown), thrown),
      )
      const held = life.finally(() => tasks.delete(held))
      tasks.set(held, name)
    },
    get running() {
      return [...tasks.values()]
    },
    async stop() {
      controller.abort()
      await Promise.allSettled(tasks.keys())
    },
  }
}

/** Tasks without which nothing can be relied on any more: one that ends unasked is told as a bug of the whole process. */
export function createVitalTasks(onBug: (thrown: unknown) => void): TaskGroup {
  return createTaskGroup(({ failed, name, message, cause }) => {
    if (failed) onBug(cause ?? new Error(`the task "${name}" ${message}`))
  })
}
