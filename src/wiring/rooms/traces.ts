/** Traces, where the settings name a collector; else the journal as it is. */
import type { Config } from '../../config/config.ts'
import type { Journal } from '../../journal/journal.ts'
import { createVitalTasks } from '../../lib/spawn.ts'
import { createExporter, type ExporterDeps } from '../../observe/traces/exporter.ts'
import { traceJournal } from '../../observe/traces/journal-tracer.ts'

export interface Traces {
  /** The journal to use in place of the one that was given. */
  readonly journal: Journal
  /** Sends what is left. */
  close(): Promise<void>
}

export function openTraces(
  settings: Config['traces'],
  journal: Journal,
  deps: ExporterDeps & { onBug(thrown: unknown): void },
): Traces {
  if (settings === null) return { journal, close: () => Promise.resolve() }
  const exporter = createExporter(settings, deps)
  const tasks = createVitalTasks(deps.onBug)
  tasks.spawn('traces', signal => exporter.run(signal))
  return {
    journal: traceJournal(journal, deps.clock, span => exporter.add(span)),
    async close() {
      await tasks.stop()
      await exporter.flush()
    },
  }
}
