/**
 * From conditions that come and go to the few alerts that people get: one when something has been wrong for a while, one when
 * it is well again, and where it flaps one that says so, then silence until it has made up its mind. Pure.
 */
import type { Condition, Subject } from './conditions.ts'
import type { InBoth } from './languages.ts'

export interface Alert {
  /** `flapping`: it comes and goes, and nothing more is said until it stays one way. `settled`: it has stayed well. */
  readonly kind: 'raised' | 'cleared' | 'flapping' | 'settled'
  readonly key: string
  readonly subject: Subject
  readonly detail: InBoth
  /** Epoch milliseconds. */
  readonly sinceMs: number
  readonly atMs: number
  /** How often it began within the last hour. */
  readonly times: number
}

/** What is remembered of one condition, and kept over restarts. JSON. */
export interface Remembered {
  readonly subject: Subject
  readonly detail: InBoth
  /** When it began; null while all is well. */
  readonly sinceMs: number | null
  /** When it was last seen to change. */
  readonly changedMs: number
  /** A person has been told, and not yet that it is over. */
  readonly told: boolean
  readonly flapping: boolean
  /** When it was told within the last hour, oldest first. */
  readonly toldAtMs: readonly number[]
}

export type Memory = Readonly<Record<string, Remembered>>

export interface DamperRules {
  /** So long something has to be wrong before anybody is told. */
  readonly dwellMs: number
  /** Told so often within an hour, it flaps. */
  readonly flapTimes: number
  /** A flapping one has to stay one way for so long. */
  readonly settleMs: number
}

export const DAMPER_RULES: DamperRules = { dwellMs: 60_000, flapTimes: 3, settleMs: 15 * 60_000 }

const HOUR_MS = 3_600_000

export interface Damped {
  readonly memory: Memory
  readonly alerts: readonly Alert[]
  /** When time alone changes something; undefined where nothing waits. */
  readonly nextAtMs: number | undefined
}

/** `last`: the gateway ends and cannot wait: what is wrong now is told now. */
export function damp(
  memory: Memory,
  conditions: readonly Condition[],
  nowMs: number,
  rules: DamperRules,
  last = false,
): Damped {
  const present = new Map(conditions.flatMap(each => (each.verdict === 'wrong' ? [[each.key, each]] : [])))
  const unknown = new Set(conditions.flatMap(each => (each.verdict === 'wrong' ? [] : [each.key])))
  const next: Record<string, Remembered> = {}
  const alerts: Alert[] = []
  const dueMs: number[] = []
  for (const key of new Set([...Object.keys(memory), ...present.keys()])) {
    const before = memory[key]
    if (before && unknown.has(key)) {
      next[key] = before
      continue
    }
    const seen = notice(before, present.get(key), nowMs)
    const { kept, kind, dueAtMs } = decide(seen, nowMs, rules, last || present.get(key)?.urgent === true)
    if (kind !== undefined) {
      const sinceMs = seen.sinceMs ?? before?.sinceMs ?? seen.changedMs
      alerts.push({
        kind,
        key,
        subject: seen.subject,
        detail: seen.detail,
        sinceMs,
        atMs: nowMs,
        times: kept?.toldAtMs.length ?? seen.toldAtMs.length,
      })
    }
    if (kept) next[key] = kept
    if (dueAtMs !== undefined) dueMs.push(dueAtMs)
  }
  return { memory: next, alerts, nextAtMs: dueMs.length === 0 ? undefined : Math.min(...dueMs) }
}

/** What is remembered, with what is seen now. The clock may have been set back: then everything counts from now. */
function notice(before: Remembered | undefined, condition: Condition | undefined, nowMs: number): Remembered {
  const toldAtMs = (before?.toldAtMs ?? []).filter(atMs => atMs > nowMs - HOUR_MS && atMs <= nowMs)
  const known = before && { ...before, toldAtMs, changedMs: Math.min(before.changedMs, nowMs) }
  if (condition) {
    const { subject, detail } = condition
    if (known && known.sinceMs !== null) return { ...known, subject, detail }
    const sinceMs = Math.min(condition.sinceMs ?? nowMs, nowMs)
    return { told: false, flapping: false, ...known, toldAtMs, subject, detail, sinceMs, changedMs: nowMs }
  }
  // Only what is remembered can be missing.
  const gone = known as Remembered
  return gone.sinceMs === null ? gone : { ...gone, sinceMs: null, changedMs: nowMs }
}

interface Decision {
  readonly kept?: Remembered
  readonly kind?: Alert['kind']
  readonly dueAtMs?: number
}

function decide(seen: Remembered, nowMs: number, rules: DamperRules, atOnce: boolean): Decision {
  return seen.sinceMs === null ? decideWell(seen, nowMs, rules) : decideWrong(seen, nowMs, rules, atOnce)
}

function decideWrong(seen: Remembered, nowMs: number, rules: DamperRules, atOnce: boolean): Decision {
  if (seen.told) return { kept: seen }
  const dueAtMs = seen.changedMs + (seen.flapping ? rules.settleMs : atOnce ? 0 : rules.dwellMs)
  if (nowMs < dueAtMs) return { kept: seen, dueAtMs }
  const told = { ...seen, told: true, toldAtMs: [...seen.toldAtMs, nowMs] }
  const flaps = !seen.flapping && told.toldAtMs.length >= rules.flapTimes
  return { kept: { ...told, flapping: seen.flapping || flaps }, kind: flaps ? 'flapping' : 'raised' }
}

function decideWell(seen: Remembered, nowMs: number, rules: DamperRules): Decision {
  if (seen.flapping) {
    const dueAtMs = seen.changedMs + rules.settleMs
    if (nowMs < dueAtMs) return { kept: { ...seen, told: false }, dueAtMs }
    return { kind: 'settled' }
  }
  if (seen.told) return { kept: { ...seen, told: false }, kind: 'cleared', dueAtMs: nowMs + HOUR_MS }
  // Kept as long as it counts towards flapping.
  const lastMs = seen.toldAtMs.at(-1)
  return lastMs === undefined ? {} : { kept: seen, dueAtMs: lastMs + HOUR_MS }
}
