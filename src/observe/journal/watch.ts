/**
 * Tells whoever watches what becomes of messages and replies, where it is written down: whoever ends one has to pass here, so
 * no path can be forgotten.
 */
import type { Acceptance, Journal, OutboxRow, ReplyPatch, TurnEnd, Verdict } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'

export interface Accepted {
  readonly account: string
  readonly arrival: Parameters<Journal['accept']>[1]
  readonly verdict: Verdict | undefined
  readonly acceptance: Acceptance
  /** When the journal was asked for it (epoch milliseconds). */
  readonly askedAtMs: number
}

export interface TurnBegun {
  readonly account: string
  readonly inboundId: string
  readonly attempts: number
  readonly askedAtMs: number
}

export interface TurnEnded {
  readonly account: string
  readonly inboundIds: readonly string[]
  readonly end: TurnEnd
  readonly detail: string | null
}

/** Each is called when what it tells of is on disk, before whoever asked for it hears of it. */
export interface JournalWatcher {
  accepted?(event: Accepted): void
  turnBegun?(event: TurnBegun): void
  /** Its replies were told before. */
  turnEnded?(event: TurnEnded): void
  repliesAdded?(rows: readonly OutboxRow[]): void
  replyChanged?(row: OutboxRow, patch: ReplyPatch): void
  /** Their texts went on in rows that were told before. */
  repliesReplaced?(ids: readonly number[], by: readonly OutboxRow[]): void
}

/** The journal to use in place of the one that is given. */
export function watchJournal(
  journal: Journal,
  clock: Pick<Clock, 'nowMs'>,
  watchers: readonly JournalWatcher[],
): Journal {
  const told = (row: OutboxRow, patch: ReplyPatch): void => {
    for (const one of watchers) one.replyChanged?.(row, patch)
  }
  return {
    ...journal,
    async accept(account, arrival, verdict) {
      const askedAtMs = clock.nowMs()
      const acceptance = await journal.accept(account, arrival, verdict)
      for (const one of watchers) one.accepted?.({ account, arrival, verdict, acceptance, askedAtMs })
      return acceptance
    },
    async beginTurn(account, inboundId) {
      const askedAtMs = clock.nowMs()
      const attempts = await journal.beginTurn(account, inboundId)
      for (const one of watchers) one.turnBegun?.({ account, inboundId, attempts, askedAtMs })
      return attempts
    },
    async endTurn(account, inboundIds, end, detail, ...rest) {
      const rows = await journal.endTurn(account, inboundIds, end, detail, ...rest)
      for (const one of watchers) {
        one.repliesAdded?.(rows)
        one.turnEnded?.({ account, inboundIds, end, detail })
      }
      return rows
    },
    async addReplies(replies) {
      const rows = await journal.addReplies(replies)
      for (const one of watchers) one.repliesAdded?.(rows)
      return rows
    },
    async updateReply(id, patch) {
      const row = await journal.updateReply(id, patch)
      told(row, patch)
      return row
    },
    async replaceReplies(ids, replies) {
      const rows = await journal.replaceReplies(ids, replies)
      for (const one of watchers) {
        one.repliesAdded?.(rows)
        one.repliesReplaced?.(ids, rows)
      }
      return rows
    },
    async moveDead(id, to) {
      const moved = await journal.moveDead(id, to)
      if (moved && to === 'drop') for (const row of await dropped(journal, id)) told(row, { state: row.state })
      return moved
    },
    async sweep() {
      const expired = await journal.sweep()
      for (const row of expired) told(row, { state: row.state })
      return expired
    },
  }
}

/** The reply of an entry that was struck out; a message has none. That it cannot be read is no reason to call it undone. */
async function dropped(journal: Journal, entry: string): Promise<readonly OutboxRow[]> {
  const [, id] = /^out:(\d+)$/.exec(entry) ?? []
  const rows = id === undefined ? [] : await journal.followReplies([Number(id)]).catch(() => [])
  return rows.filter(row => row.id === Number(id))
}
