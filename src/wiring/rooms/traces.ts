/** Traces, where the settings name a collector. */
import type { Config } from '../../config/config.ts'
import { createVitalTasks } from '../../lib/tasks/spawn.ts'
import type { JournalWatcher } from '../../observe/journal/watch.ts'
import { createExporter, type ExporterDeps } from '../../observe/traces/exporter.ts'
import { createTracer } from '../../observe/traces/tracer.ts'

export interface Traces {
  /** None where nobody collects them. */
  readonly watchers: readonly JournalWatcher[]
  /** Sends what is left. */
  close(): Promise<void>
}

export function openTraces(settings: Config['traces'], deps: ExporterDeps & { onBug(thrown: unknown): void }): Traces {
  if (settings === null) return { watchers: [], close: () => Promise.resolve() }
  const exporter = createExporter(settings, deps)
  const tasks = createVitalTasks(deps.onBug)
  tasks.spawn('traces', signal => exporter.run(signal))
  return {
    watchers: [createTracer(deps.clock, span => exporter.add(span))],
    async close() {
      await tasks.stop()
      await exporter.flush()
    },
  }
}
