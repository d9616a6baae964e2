/**
 * Messages at set times. A run has a key of its own, so that no restart makes it twice; one that fell into a short absence is made up
 * for, one that lies further back is passed over with a line in the log, and in the status.
 */
import { type Clock, sleep } from '../lib/clock.ts'
import { type CronRuns, readCron } from '../lib/cron.ts'
import type { Logger } from '../lib/log.ts'
import type { Ledger } from './ledger.ts'
import { createRuns, GRACE_MS, type RunsDeps } from './run.ts'
import type { Schedule } from './schedule.ts'

export interface SchedulesDeps extends RunsDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly ledger: Ledger
}

/** The wall clock may be set while we wait. */
const LONGEST_WAIT_MS = 30_000

/** Lives until `signal` aborts. */
export async function runSchedules(
  schedules: readonly Schedule[],
  deps: SchedulesDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, ledger } = deps
  const all = schedules.map(schedule => ({ schedule, cron: readCron(schedule.cron, schedule.timeZone) }))
  const runs = createRuns(deps, signal)
  await ledger.begin(schedules, clock.nowMs())
  /** Runs of the last minutes may have been cut off by the end of a former process: their keys know. */
  let first = true
  while (!signal.aborted) {
    const nowMs = clock.nowMs()
    for (const { schedule, cron } of all) {
      const doneUntilMs = Math.min(ledger.doneUntilMs(schedule), nowMs)
      const missed = cron.after(doneUntilMs)
      // One line however many they were: after a month's sleep a run a minute is forty thousand.
      if (missed !== null && missed < nowMs - GRACE_MS) {
        log.warn('scheduled messages were passed over: their time was missed', {
          schedule: schedule.name,
          from: new Date(missed).toISOString(),
          to: new Date(nowMs - GRACE_MS).toISOString(),
        })
        ledger.ended(schedule, missed, 'missed')
      }
      const graceMs = nowMs - GRACE_MS - 1
      const fromMs = Math.max(graceMs, ledger.sinceMs(schedule), first ? 0 : doneUntilMs)
      for (let atMs = cron.after(fromMs); atMs !== null && atMs <= nowMs; atMs = cron.after(atMs))
        void runs.make(schedule, atMs)
      const openAtMs = first ? ledger.openAtMs(schedule) : undefined
      if (openAtMs !== undefined && openAtMs <= fromMs) void runs.follow(schedule, openAtMs)
      ledger.done(schedule, nowMs, cron.after(nowMs))
    }
    first = false
    const crons = all.map(({ cron }) => cron)
    await sleep(clock, waitMs(crons, nowMs), signal).catch(() => undefined)
  }
}

function waitMs(crons: readonly CronRuns[], nowMs: number): number {
  const next = crons.flatMap(cron => cron.after(nowMs) ?? [])
  return Math.max(1, Math.min(LONGEST_WAIT_MS, ...next.map(atMs => atMs - nowMs)))
}
