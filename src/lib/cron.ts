/** Cron lines in a time zone. */
import { Cron } from 'croner'
import { describeError } from './errors.ts'

export interface CronRuns {
  /** The first run after a moment; null when there is none. Both in epoch milliseconds. */
  after(atMs: number): number | null
}

/** `cron`: five fields, or six with seconds. `timeZone`: such as `Asia/Shanghai`. Throws on a line or a zone that is none. */
export function readCron(cron: string, timeZone: string): CronRuns {
  const runs = new Cron(cron, { timezone: timeZone, paused: true })
  return { after: atMs => runs.nextRun(new Date(atMs))?.getTime() ?? null }
}

/** What is wrong with a cron line or a time zone; undefined where nothing is. */
export function cronTrouble(cron: string, timeZone: string): string | undefined {
  try {
    return readCron(cron, timeZone).after(Date.UTC(2026, 0, 1)) === null ? 'it never comes round' : undefined
  } catch (thrown) {
    return describeError(thrown)
  }
}
