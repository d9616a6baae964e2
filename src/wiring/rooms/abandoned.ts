/**
 * What is open of an account that is gone from the settings: nobody takes it up, so without this it would never end, and its words
 * would stay for ever. For a day, as long as a reply is held, the account may come back; then it is too late for all of it.
 */
import { readUntried } from '../../delivery/lanes/untried.ts'
import type { Journal, OutboxRow, ReplyPatch } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { AccountId } from '../../platforms/platform.ts'

export interface AbandonedDeps {
  readonly journal: Pick<Journal, 'openAccounts' | 'openReplies' | 'unfinished' | 'updateReply' | 'endTurn' | 'get'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Logger
  /** It is in the settings, or this process works on what it has left. */
  isCaredFor(account: AccountId): boolean
}

const KEEP_MS = 24 * 3_600_000
const WHY = 'its account is not in the settings any more'

/** Throws what the journal throws; the next call ends the rest. */
export async function endAbandoned({ journal, clock, log, isCaredFor }: AbandonedDeps): Promise<void> {
  const isPast = (sinceMs: number, untilMs: number): boolean => Math.max(sinceMs + KEEP_MS, untilMs) <= clock.nowMs()
  for (const account of journal.openAccounts()) {
    if (isCaredFor(account)) continue
    const untried = await readUntried(journal, account)
    const replies = (await journal.openReplies(account)).filter(row => isPast(row.createdAtMs, row.reply?.untilMs ?? 0))
    for (const row of replies) await journal.updateReply(row.id, endOf(row, untried.has(row.id)))
    const messages = (await journal.unfinished(account)).filter(row => isPast(row.receivedAtMs, row.replyUntilMs))
    for (const { message } of messages) await journal.endTurn(account, [message.id], 'dead: stale', WHY, [])
    if (replies.length + messages.length > 0)
      log.warn('what was left open for an account that is gone from the settings is ended', {
        account,
        messages: messages.length,
        replies: replies.length,
      })
  }
}

/** A try with a key leaves no trace before its verdict: unless it is known that there was none, it may have been shown. */
function endOf({ state, reply, inDoubt, detail }: OutboxRow, isUntried: boolean): ReplyPatch {
  const inTheDark = inDoubt || state === 'sending' || (reply !== null && !isUntried)
  const ended = { detail: { ...detail, message: WHY } }
  return inTheDark ? { ...ended, state: 'unknown', inDoubt: true } : { ...ended, state: 'expired' }
}
