/** The schedules of the settings in force; a reload begins them anew. */
import type { StatusDocument } from '../../gateway/status/status-document.ts'
import { createVitalTasks, type TaskGroup } from '../../lib/tasks/spawn.ts'
import type { Schedule } from '../../schedules/schedule.ts'
import { runSchedules, type SchedulesDeps } from '../../schedules/schedules.ts'

export interface LiveSchedules {
  /** From now on these, and no others; none at all once it was stopped. */
  use(schedules: readonly Schedule[]): Promise<void>
  status(): Pick<StatusDocument, 'schedules'>
  stop(): Promise<void>
}

export function createLiveSchedules(deps: SchedulesDeps & { onBug(thrown: unknown): void }): LiveSchedules {
  let tasks: TaskGroup | undefined
  let stopped = false
  return {
    async use(schedules) {
      await tasks?.stop()
      tasks = undefined
      if (stopped) return
      if (schedules.length === 0) return await deps.ledger.begin([], 0)
      tasks = createVitalTasks(deps.onBug)
      tasks.spawn('schedules', signal => runSchedules(schedules, deps, signal))
    },
    status() {
      const schedules = deps.ledger.status()
      return Object.keys(schedules).length === 0 ? {} : { schedules }
    },
    async stop() {
      stopped = true
      await tasks?.stop()
    },
  }
}
