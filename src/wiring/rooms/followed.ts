/** What became of a run of a schedule, by what is on disk of it: nothing is said or asked again. */
import { worstOf } from '../../delivery/own/became.ts'
import type { TraceRecord } from '../../journal/journal.ts'
import { type Clock, sleep } from '../../lib/clock.ts'

export interface FollowDeps {
  readonly clock: Clock
  /** By the key of the run. */
  trace(key: string): Promise<TraceRecord | undefined>
}

/** No reply lives for longer than a day. */
const LIVES_MS = 25 * 3_600_000
const LOOK_EVERY_MS = 2_000

/** Resolves with a word of `docs/outcomes.md`, `unknown` where nothing of it is kept; with `pending` where the signal aborts before. */
export async function followRun({ clock, trace }: FollowDeps, key: string, signal: AbortSignal): Promise<string> {
  const untilMs = clock.monotonicMs() + LIVES_MS
  while (!signal.aborted) {
    const record = await trace(key)
    if (record === undefined || clock.monotonicMs() >= untilMs) return 'unknown'
    const outcome = record.inbox === null ? ofRows(record) : ofTurn(record)
    if (outcome !== undefined) return outcome
    await sleep(clock, LOOK_EVERY_MS, signal).catch(() => undefined)
  }
  return 'pending'
}

/** An answer is as good as its worst part. */
function ofTurn(record: TraceRecord): string | undefined {
  const { inbox, outbox } = record
  if (inbox?.state !== 'ended') return undefined
  if (inbox.end !== 'answered') return `${inbox.end}`
  return outbox.length === 0 ? 'accepted' : ofRows(record)
}

/** Undefined while a part is under way. */
function ofRows({ outbox }: TraceRecord): string | undefined {
  const state = worstOf(outbox)?.state
  return state === 'pending' || state === 'sending' ? undefined : (state ?? 'unknown')
}
