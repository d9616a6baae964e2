/** What becomes of the messages that a former process left without an end. */
import type { InboxRow, NewReply } from '../journal/journal.ts'
import { chatKey, type Inbound } from '../platforms/platform.ts'
import { judge } from './access.ts'
import type { Context } from './context.ts'
import { endWith, wordsOf } from './ends.ts'

export interface Leftovers {
  /** To be run again, oldest first. `alone`: the next crash would make it poison. */
  readonly run: readonly { readonly message: Inbound; readonly alone: boolean }[]
  readonly stale: readonly InboxRow[]
  readonly poison: readonly InboxRow[]
  /** The rules have changed since: whoever wrote it may not talk any more. */
  readonly denied: readonly InboxRow[]
}

/** Pure. `attemptsOf` counts the turns that a process died in. */
export function sortLeftovers(
  { clock, limits, access }: Pick<Context, 'clock' | 'limits' | 'access'>,
  rows: readonly InboxRow[],
  attemptsOf: (row: InboxRow) => number,
): Leftovers {
  const run: { message: Inbound; alone: boolean }[] = []
  const stale: InboxRow[] = []
  const poison: InboxRow[] = []
  const denied: InboxRow[] = []
  const nowMs = clock.nowMs()
  for (const row of rows) {
    if (row.state !== 'queued' && row.state !== 'running') continue
    const attempts = attemptsOf(row)
    if (attempts >= limits.poisonAttempts) poison.push(row)
    else if (!judge(row.message, access(row.message.chat.account)).triage.run) denied.push(row)
    else if (row.replyUntilMs <= nowMs) stale.push(row)
    else run.push({ message: row.message, alone: attempts === limits.poisonAttempts - 1 })
  }
  return { run, stale, poison, denied }
}

/** Ends what is not run again. Throws what the journal throws: then some have their end, and the others are still open. */
export async function endLeftovers(context: Context, { stale, poison, denied }: Leftovers): Promise<void> {
  for (const { message } of denied) {
    await context.journal.endTurn(message.chat.account, [message.id], 'denied', 'not let in any more', [])
  }
  for (const { message, attempts } of poison) {
    context.log.error('a message whose turn the process did not survive is not run again', {
      chat: chatKey(message.chat),
      message: message.id,
      attempts,
    })
    await endWith(context, message, 'dead: poison', `begun ${attempts} times`, words => words.poison)
  }
  for (const rows of Map.groupBy(stale, row => chatKey(row.message.chat)).values()) await endStale(context, rows)
}

/** One notice for all of a chat; it waits until the chat speaks, for its messages can be replied to no longer. */
async function endStale(context: Context, rows: readonly InboxRow[]): Promise<void> {
  const last = rows.at(-1)?.message
  if (!last) return
  const { chat } = last
  const ids = rows.map(row => row.message.id)
  const spoken = rows.findLast(row => row.message.text !== '')?.message ?? last
  const notice: NewReply = {
    chat,
    inboundId: last.id,
    purpose: 'notice',
    text: (await wordsOf(context, spoken)).stale(ids.length),
    form: 'plain',
    state: 'held',
    reply: null,
  }
  await context.journal.endTurn(chat.account, ids, 'dead: stale', 'older than the reply window', [notice])
  context.log.warn('messages that came too late to be answered', { chat: chatKey(chat), messages: ids.length })
}
