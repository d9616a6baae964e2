/**
 * How many new sessions may still be begun. Kept on disk, so that a process that dies and comes back again and again cannot
 * burn what the platform allows in a day. Pure.
 */
import { isRecord, type Json } from '../../../../lib/json.ts'

const HOUR_MS = 3_600_000
/** The platform's own allowance. */
const DAY = { windowMs: 24 * HOUR_MS, most: 1_000 }
/** Ours, for each connection: a loop is stopped long before it has cost a day. */
const BURST = { windowMs: 10 * 60_000, most: 20 }

/** All times are wall time: they have to outlive the process. */
export type IdentifyBudget = {
  /** The last ones, each by its time; oldest first. */
  recentMs: number[]
  /** Those of the last day, counted by the hour that they began in: `[beginning of the hour, count]`, oldest first. */
  hours: [hourMs: number, count: number][]
  /** What the platform said is left, less what was spent since, and until when that counts. */
  told?: { left: number; untilMs: number }
}

/** The platform's `session_start_limit`, as far as it says it. */
export interface StartLimit {
  readonly left?: number
  readonly resetAfterMs?: number
  /** IDENTIFYs within 5 s. */
  readonly atOnce?: number
}

/** Whatever is not a budget is an empty one. */
export function parseBudget(json: Json | undefined): IdentifyBudget {
  const { recentMs, hours, told } = isRecord(json) ? json : {}
  return {
    recentMs: (Array.isArray(recentMs) ? recentMs.filter(isTime) : []).sort((a, b) => a - b).slice(-MOST_RECENT),
    hours: (Array.isArray(hours) ? hours.filter(isHour) : []).sort((a, b) => a[0] - b[0]).slice(-MOST_HOURS),
    ...(isRecord(told) && isTime(told['left']) && isTime(told['untilMs'])
      ? { told: { left: told['left'], untilMs: told['untilMs'] } }
      : {}),
  }
}

const MOST_HOURS = DAY.windowMs / HOUR_MS + 1
const MOST_RECENT = 2_000

/** What the platform says counts beside what is remembered here: the bot may have begun sessions elsewhere. */
export function limitBudget(
  budget: IdentifyBudget,
  { left, resetAfterMs }: StartLimit,
  wallNowMs: number,
): IdentifyBudget {
  if (left === undefined || resetAfterMs === undefined) return budget
  return { ...budget, told: { left, untilMs: wallNowMs + Math.min(resetAfterMs, DAY.windowMs) } }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isHour(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && isTime(value[0]) && isTime(value[1]) && value[1] > 0
}

/**
 * Forgets what is old. What seems to lie ahead was spent before the clock was set back, nobody knows when: it counts as
 * spent just now, and ages from here.
 */
export function settleBudget(budget: IdentifyBudget, wallNowMs: number): IdentifyBudget {
  const hourMs = hourOf(wallNowMs)
  const hours = new Map<number, number>()
  for (const [startMs, count] of budget.hours) {
    const sinceMs = Math.min(startMs, hourMs)
    if (leavesDayAtMs(sinceMs) > wallNowMs) hours.set(sinceMs, (hours.get(sinceMs) ?? 0) + count)
  }
  const { told } = budget
  return {
    recentMs: budget.recentMs.map(atMs => Math.min(atMs, wallNowMs)).filter(atMs => wallNowMs - atMs < BURST.windowMs),
    hours: [...hours],
    ...(told === undefined || told.untilMs <= wallNowMs
      ? {}
      : { told: { ...told, untilMs: Math.min(told.untilMs, wallNowMs + DAY.windowMs) } }),
  }
}

/** One is spent now; the answer is what belongs on disk before IDENTIFY is sent. */
export function spendIdentify(budget: IdentifyBudget, wallNowMs: number, connections = 1): IdentifyBudget {
  const { recentMs, hours, told } = settleBudget(budget, wallNowMs)
  const hourMs = hourOf(wallNowMs)
  const before = hours.filter(([startMs]) => startMs !== hourMs)
  const inThisHour = hours.find(([startMs]) => startMs === hourMs)?.[1] ?? 0
  return {
    recentMs: [...recentMs, wallNowMs].slice(-BURST.most * connections),
    hours: [...before, [hourMs, inThisHour + 1]],
    ...(told === undefined ? {} : { told: { ...told, left: told.left - 1 } }),
  }
}

/** How long the next IDENTIFY has to wait; 0 when it may go. */
export function identifyWaitMs(budget: IdentifyBudget, wallNowMs: number, connections = 1): number {
  const { recentMs, hours, told } = settleBudget(budget, wallNowMs)
  const oldest = recentMs.at(-BURST.most * connections)
  const burstWaitMs = oldest === undefined ? 0 : oldest + BURST.windowMs - wallNowMs
  const toldWaitMs = told === undefined || told.left > 0 ? 0 : told.untilMs - wallNowMs
  return Math.max(burstWaitMs, dayWaitMs(hours, wallNowMs), toldWaitMs)
}

/** Of the day's sessions so many are worth a word: whoever is told has time to find out why they are lost. */
const WORTH_A_WORD = [950, 800, 500]

/** In words for status when much of the day is used up; null while it is not. Said in steps, so that it does not change all the time. */
export function budgetWarning(budget: IdentifyBudget, wallNowMs: number): string | null {
  const spent = settleBudget(budget, wallNowMs).hours.reduce((sum, [, count]) => sum + count, 0)
  const step = WORTH_A_WORD.find(least => spent >= least)
  return step === undefined ? null : `more than ${step} of the ${DAY.most} new sessions of a day are used up`
}

/** Until so many of the oldest have left the day that there is room for one more. */
function dayWaitMs(hours: IdentifyBudget['hours'], wallNowMs: number): number {
  let left = hours.reduce((sum, [, count]) => sum + count, 0)
  let waitMs = 0
  for (const [startMs, count] of hours) {
    if (left < DAY.most) break
    left -= count
    waitMs = leavesDayAtMs(startMs) - wallNowMs
  }
  return waitMs
}

/** Its last one may have been spent at the very end of the hour. */
function leavesDayAtMs(hourMs: number): number {
  return hourMs + HOUR_MS + DAY.windowMs
}

function hourOf(wallMs: number): number {
  return Math.floor(wallMs / HOUR_MS) * HOUR_MS
}
