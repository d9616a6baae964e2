/** What each schedule has come to: kept, so that a restart knows what it missed, and shown in the status. */
import { createHash } from 'node:crypto'
import type { ScheduleStatus } from '../gateway/status/status-document.ts'
import { describeError } from '../lib/errors.ts'
import { isRecord, type Json } from '../lib/json.ts'
import type { Logger } from '../lib/log.ts'
import type { Schedule } from './schedule.ts'

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
  /** By name. */
  status(): Readonly<Record<string, ScheduleStatus>>
}

interface Entry {
  /** Of all that it says: one that is written otherwise means what is to come. */
  readonly digest: string
  sinceMs: number
  doneUntilMs: number
  nextMs: number | null
  last: { readonly atMs: number; readonly outcome: string } | null
}

const PENDING = 'pending'

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
      [...entries].map(([name, { nextMs: _, last, ...its }]) => [name, { ...its, last: last && { ...last } }]),
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
          const known = before.get(name) ?? (isRecord(kept) ? readEntry(kept[name]) : undefined)
          return [name, known?.digest === digest ? known : newEntry(digest, nowMs, known?.last)]
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
    ended: note,
    status: () =>
      Object.fromEntries(
        [...entries].map(([name, { nextMs, last }]) => [
          name,
          { next_at: isoOf(nextMs), last_at: isoOf(last?.atMs ?? null), last_outcome: last?.outcome ?? null },
        ]),
      ),
  }
}

const isoOf = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString())

function digestOf({ cron, timeZone, chat, kind, words }: Schedule): string {
  return createHash('sha256')
    .update(JSON.stringify([cron, timeZone, chat, kind, words]))
    .digest('hex')
}

/** `last`: of what it was before; nobody follows its run any more. */
function newEntry(digest: string, nowMs: number, last: Entry['last'] = null): Entry {
  return { digest, sinceMs: nowMs, doneUntilMs: nowMs, nextMs: null, last: last && unfollowed(last) }
}

function readEntry(kept: unknown): Entry | undefined {
  if (!isRecord(kept)) return undefined
  const { digest, sinceMs, doneUntilMs, last } = kept
  if (typeof digest !== 'string' || typeof sinceMs !== 'number' || typeof doneUntilMs !== 'number') return undefined
  return { digest, sinceMs, doneUntilMs, nextMs: null, last: isRecord(last) ? readLast(last) : null }
}

function readLast({ atMs, outcome }: Readonly<Record<string, unknown>>): Entry['last'] {
  return typeof atMs === 'number' && typeof outcome === 'string' ? unfollowed({ atMs, outcome }) : null
}

/** What was under way when those who followed it ended may have come to anything. */
function unfollowed({ atMs, outcome }: NonNullable<Entry['last']>): Entry['last'] {
  return { atMs, outcome: outcome === PENDING ? 'unknown' : outcome }
}
