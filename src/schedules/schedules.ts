/**
 * Messages at set times. A run has a key of its own, so that no restart says it twice; one that fell into a short absence is made up
 * for, one that lies further back is passed over with a line in the log.
 */
import { type Clock, sleep } from '../lib/clock.ts'
import { type CronRuns, readCron } from '../lib/cron.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'

export interface Schedule {
  /** Part of the key of its runs: a schedule that is renamed is another one. */
  readonly name: string
  /** Five fields, or six with seconds. */
  readonly cron: string
  /** Such as `Asia/Shanghai`. */
  readonly timeZone: string
  /** `<account>:<kind>:<id>`. */
  readonly chat: string
  readonly text: string
}

/** Says it, once for a key. Answers with the outcome, or with why nothing was sent. */
export type SayOnce = (chat: string, text: string, key: string) => Promise<string>

export interface SchedulesDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly say: SayOnce
}

/** The wall clock may be set while we wait. */
const LONGEST_WAIT_MS = 30_000
/** So late a run is still made. */
const GRACE_MS = 5 * 60_000

/** Lives until `signal` aborts. */
export async function runSchedules(
  schedules: readonly Schedule[],
  { clock, log, say }: SchedulesDeps,
  signal: AbortSignal,
): Promise<void> {
  const all = schedules.map(schedule => ({ schedule, cron: readCron(schedule.cron, schedule.timeZone) }))
  /** Never rejects. What it says is on disk before its outcome is waited for, so nobody has to wait for it. */
  const run = async ({ name, chat, text }: Schedule, atMs: number): Promise<void> => {
    const at = new Date(atMs).toISOString()
    try {
      const outcome = await say(chat, text, `schedule ${name} ${at}`.replaceAll(' ', '_'))
      log[outcome === 'accepted' ? 'info' : 'warn']('a scheduled message', { schedule: name, at, outcome })
    } catch (thrown) {
      log.warn('a scheduled message was not written down', { schedule: name, at, reason: describeError(thrown) })
    }
  }
  // From a little before now: a run may have fallen into the time between two processes.
  let doneUntilMs = clock.nowMs() - GRACE_MS
  while (!signal.aborted) {
    const nowMs = clock.nowMs()
    if (doneUntilMs > nowMs) doneUntilMs = nowMs
    for (const { schedule, cron } of all) {
      const missed = cron.after(doneUntilMs)
      // One line however many they were: after a month's sleep a run a minute is forty thousand.
      if (missed !== null && missed < nowMs - GRACE_MS)
        log.warn('scheduled messages were passed over: their time was missed', {
          schedule: schedule.name,
          from: new Date(missed).toISOString(),
          to: new Date(nowMs - GRACE_MS).toISOString(),
        })
      const fromMs = Math.max(doneUntilMs, nowMs - GRACE_MS - 1)
      for (let atMs = cron.after(fromMs); atMs !== null && atMs <= nowMs; atMs = cron.after(atMs))
        void run(schedule, atMs)
    }
    doneUntilMs = nowMs
    await sleep(
      clock,
      waitMs(
        all.map(({ cron }) => cron),
        nowMs,
      ),
      signal,
    ).catch(() => undefined)
  }
}

function waitMs(crons: readonly CronRuns[], nowMs: number): number {
  const next = crons.flatMap(cron => cron.after(nowMs) ?? [])
  return Math.max(1, Math.min(LONGEST_WAIT_MS, ...next.map(atMs => atMs - nowMs)))
}
