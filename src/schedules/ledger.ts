/** What each schedule has come to: kept, so that a restart knows what it missed, and shown in the status. */
import { createHash } from 'node:crypto'
import type { ScheduleStatus } from '../gateway/status/status-document.ts'
import { describeError } from '../lib/errors.ts'
import { isRecord, type Json } from '../lib/json.ts'
import type { Logger } from '../lib/log.ts'
import type { Schedule } from './schedule.ts'
import { verdictOn } from './verdict.ts'

/** Where it is kept. */
export interface LedgerStore {
  load(): Promise<Json | undefined>
  keep(value: Json): Promise<void>
}

export interface Ledger {
  /** From now on it is about these. Never rejects. */
  begin(schedules: readonly Schedule[], nowMs: number): Promise<void>
  /** Since when it has been there as it is: whoever writes a schedule means what is to come. */
  sinceMs(schedule: Schedule): number
  /** What fell due until then was made, or passed over. */
  doneUntilMs(schedule: Schedule): number
  done(schedule: Schedule, untilMs: number, nextMs: number | null): void
  /** A run was begun: none of its time is missed any more. */
  begun(schedule: Schedule, atMs: number): void
  ended(schedule: Schedule, atMs: number, outcome: string): void
  /** When its last run was, where nobody has heard yet what became of it. */
  openAtMs(schedule: Schedule): number | undefined
  /** By name. */
  status(): Readonly<Record<string, ScheduleStatus>>
}

interface Entry {
  readonly schedule: Schedule
  /** Of all that it says: one that is written otherwise means what is to come. */
  readonly digest: string
  sinceMs: number
  doneUntilMs: number
  nextMs: number | null
  last: { readonly atMs: number; readonly outcome: string } | null
  /** Runs until then were made by a former process, which knew their outcome. */
  readonly formerMs: number
  /** Of this process, by outcome. */
  readonly runs: Map<string, number>
}

const PENDING = 'pending'
const UNFOLLOWED = 'unknown'

export function createLedger(store: LedgerStore, log: Logger): Ledger {
  let entries = new Map<string, Entry>()
  /** Where a journal cannot be read, nothing is known of former runs. */
  const load = async (): Promise<unknown> => {
    try {
      return await store.load()
    } catch (thrown) {
      log.warn('what schedules have done is not known', { reason: describeError(thrown) })
      return undefined
    }
  }
  const keep = (): void => {
    const value: Json = Object.fromEntries(
      [...entries].map(([name, { digest, sinceMs, doneUntilMs, last }]) => [
        name,
        { digest, sinceMs, doneUntilMs, last: last && { ...last } },
      ]),
    )
    store
      .keep(value)
      .catch((thrown: unknown) => log.debug('what schedules have done is not kept', { reason: describeError(thrown) }))
  }

  const note = ({ name }: Schedule, atMs: number, outcome: string): void => {
    const entry = entries.get(name)
    if (!entry || (entry.last && entry.last.atMs > atMs)) return
    entry.doneUntilMs = Math.max(entry.doneUntilMs, atMs)
    entry.last = { atMs, outcome }
    keep()
  }

  return {
    async begin(schedules, nowMs) {
      const kept = entries.size > 0 ? undefined : await load()
      const before = entries
      entries = new Map(
        schedules.map(schedule => {
          const { name } = schedule
          const digest = digestOf(schedule)
          const known = before.get(name) ?? (isRecord(kept) ? readEntry(schedule, kept[name]) : undefined)
          return [name, known?.digest === digest ? known : newEntry(schedule, digest, nowMs, known)]
        }),
      )
      if (entries.size + before.size > 0) keep()
    },
    sinceMs: ({ name }) => entries.get(name)?.sinceMs ?? Number.POSITIVE_INFINITY,
    doneUntilMs: ({ name }) => entries.get(name)?.doneUntilMs ?? Number.POSITIVE_INFINITY,
    done({ name }, untilMs, nextMs) {
      const entry = entries.get(name)
      if (!entry) return
      entry.doneUntilMs = untilMs
      entry.nextMs = nextMs
      // A clock that was far ahead when it was written must not keep it waiting.
      entry.sinceMs = Math.min(entry.sinceMs, untilMs)
    },
    begun: (schedule, atMs) => note(schedule, atMs, PENDING),
    ended(schedule, atMs, outcome) {
      const entry = entries.get(schedule.name)
      if (entry && atMs > entry.formerMs) entry.runs.set(outcome, (entry.runs.get(outcome) ?? 0) + 1)
      note(schedule, atMs, outcome)
    },
    openAtMs({ name }) {
      const last = entries.get(name)?.last
      return last?.outcome === PENDING ? last.atMs : undefined
    },
    status: () => Object.fromEntries([...entries].map(([name, entry]) => [name, statusOf(entry)])),
  }
}

function statusOf({ schedule: { chat, kind }, nextMs, last, runs }: Entry): ScheduleStatus {
  return {
    chat,
    kind,
    next_at: isoOf(nextMs),
    last_at: isoOf(last?.atMs ?? null),
    last_outcome: last?.outcome ?? null,
    last_verdict: last === null ? null : verdictOn(last.outcome),
    runs: Object.fromEntries(runs),
  }
}

const isoOf = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString())

function digestOf({ cron, timeZone, chat, kind, words }: Schedule): string {
  return createHash('sha256')
    .update(JSON.stringify([cron, timeZone, chat, kind, words]))
    .digest('hex')
}

/** `before`: what it was; nobody follows its run any more. */
function newEntry(schedule: Schedule, digest: string, nowMs: number, before: Entry | undefined): Entry {
  return {
    schedule,
    digest,
    sinceMs: nowMs,
    doneUntilMs: nowMs,
    nextMs: null,
    last: before?.last ? unfollowed(before.last) : null,
    formerMs: before?.formerMs ?? 0,
    runs: before?.runs ?? new Map(),
  }
}

function readEntry(schedule: Schedule, kept: unknown): Entry | undefined {
  if (!isRecord(kept)) return undefined
  const { digest, sinceMs, doneUntilMs, last } = kept
  if (typeof digest !== 'string' || typeof sinceMs !== 'number' || typeof doneUntilMs !== 'number') return undefined
  const known = isRecord(last) ? readLast(last) : null
  // One that was cut off is followed here, and counts here.
  const formerMs = known === null ? 0 : known.atMs - (known.outcome === PENDING ? 1 : 0)
  return { schedule, digest, sinceMs, doneUntilMs, nextMs: null, last: known, formerMs, runs: new Map() }
}

function readLast({ atMs, outcome }: Readonly<Record<string, unknown>>): Entry['last'] {
  return typeof atMs === 'number' && typeof outcome === 'string' ? { atMs, outcome } : null
}

/** What was under way when those who followed it ended may have come to anything. */
function unfollowed({ atMs, outcome }: NonNullable<Entry['last']>): Entry['last'] {
  return { atMs, outcome: outcome === PENDING ? UNFOLLOWED : outcome }
}
