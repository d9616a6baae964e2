/** What becomes of the messages that a former process left without an end. */
import type { InboxRow, NewReply, Triage } from '../../journal/journal.ts'
import { chatKey, type Inbound, isOwnPrompt } from '../../platforms/platform.ts'
import { judge, type Refusal } from '../access/gate.ts'
import type { Context } from '../context.ts'
import { endWith, wordsOf } from '../notices/ends.ts'

type NoRun = Exclude<Triage, { readonly run: true }>

export interface Leftovers {
  /** To be run again, oldest first. `alone`: the next crash would make it poison. */
  readonly run: readonly { readonly message: Inbound; readonly alone: boolean }[]
  readonly stale: readonly InboxRow[]
  readonly poison: readonly InboxRow[]
  /** The rules have changed since: it would not be run if it came now. */
  readonly unwanted: readonly { readonly message: Inbound; readonly triage: NoRun; readonly refusal?: Refusal }[]
}

/** Pure. `attemptsOf` counts the turns that a process died in. */
export function sortLeftovers(
  { clock, limits, access, standingOf }: Pick<Context, 'clock' | 'limits' | 'access' | 'standingOf'>,
  rows: readonly InboxRow[],
  attemptsOf: (row: InboxRow) => number,
): Leftovers {
  const run: { message: Inbound; alone: boolean }[] = []
  const stale: InboxRow[] = []
  const poison: InboxRow[] = []
  const unwanted: Leftovers['unwanted'][number][] = []
  const nowMs = clock.nowMs()
  for (const row of rows) {
    if (row.state !== 'queued' && row.state !== 'running') continue
    const { message, replyUntilMs } = row
    const attempts = attemptsOf(row)
    const { triage, ...why } = judge(message, access(message.chat.account), standingOf(message))
    if (!triage.run) unwanted.push({ message, triage, ...why })
    else if (attempts >= limits.poisonAttempts) poison.push(row)
    else if (replyUntilMs <= nowMs) stale.push(row)
    else run.push({ message, alone: attempts === limits.poisonAttempts - 1 })
  }
  return { run, stale, poison, unwanted }
}

/** Ends what is not run again. Throws what the journal throws: then some have their end, and the others are still open. */
export async function endLeftovers(context: Context, { stale, poison, unwanted }: Leftovers): Promise<void> {
  for (const { message, triage } of unwanted) {
    await context.journal.endTurn(message.chat.account, [message.id], triage.end, triage.detail, [])
  }
  for (const { message, attempts } of poison) {
    context.log.error('a message whose turn the process did not survive is not run again', {
      chat: chatKey(message.chat),
      message: message.id,
      attempts,
    })
    await endWith(context, [message], 'dead: poison', `begun ${attempts} times`, words => words.poison)
  }
  const together = ({ message }: InboxRow): string => `${chatKey(message.chat)} ${isOwnPrompt(message)}`
  for (const rows of Map.groupBy(stale, together).values()) await endStale(context, rows)
}

/** One notice for all of a chat; it waits until the chat speaks, for its messages can be replied to no longer. None for what nobody sent. */
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
  const notices = isOwnPrompt(last) ? [] : [notice]
  await context.journal.endTurn(chat.account, ids, 'dead: stale', 'older than the reply window', notices)
  context.log.warn('messages that came too late to be answered', { chat: chatKey(chat), messages: ids.length })
}
