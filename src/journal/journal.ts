/**
 * The store of everything that must survive: what came in, what goes out, where to resume, what was said. Every write
 * resolves only when it is on disk, and writes asked for in the same tick share one commit. All of them throw
 * `JournalUnwritableError` when the disk refuses; nothing of a refused commit is kept.
 */

import type { HistoryEntry } from '../agents/agent.ts'
import type { Json } from '../lib/json.ts'
import type {
  AccountId,
  Arrival,
  Attachment,
  ChatAddress,
  Extras,
  Inbound,
  ReplyTarget,
  SendDetail,
  TextForm,
} from '../platforms/platform.ts'

/** The journal's name in the home folder. */
export const JOURNAL_FILE_NAME = 'journal.sqlite'

/** How a message that came in ended (`docs/outcomes.md`). */
export type TurnEnd =
  | 'answered'
  | 'silent'
  | 'denied'
  | 'dead: stale'
  | 'dead: poison'
  | 'dead: queue_full'
  | 'dead: agent'

/** `replying`: the turn is over and its replies are in the outbox, without an outcome for each yet. */
export type InboxState = 'queued' | 'running' | 'replying' | 'ended'

export interface InboxRow {
  readonly message: Inbound
  readonly state: InboxState
  readonly end: TurnEnd | null
  /** Why it ended so, for `trace` and `dead`: an incident id, a code. */
  readonly detail: string | null
  /** Times that a turn for it was begun. */
  readonly attempts: number
  /** Epoch milliseconds. */
  readonly receivedAtMs: number
  /** After this moment the platform takes no reply to it (epoch milliseconds). */
  readonly replyUntilMs: number
}

/** What the gate decided about a message, written in the same commit as the message itself. */
export type Triage =
  | { readonly run: true }
  | { readonly run: false; readonly end: 'silent' | 'denied'; readonly detail: string }

/** `new`: first sight. `upgraded`: seen before, but only observed, and this copy is for the bot. `known`: a repeat. */
export type Acceptance = 'new' | 'upgraded' | 'known'

/** What is written down of a message beside the message itself. */
export interface Verdict {
  readonly triage: Triage
  /** After this moment the platform takes no reply to it (epoch milliseconds). */
  readonly replyUntilMs: number
  /** Its turn begins as soon as it is on disk: the same commit counts the attempt, and there is no `beginTurn`. */
  readonly begins?: boolean
}

/**
 * `pending`: to be tried (with a key, perhaps tried before a crash). `sending`: a try without a key is under way.
 * `held`: waits for the chat's next message. `superseded`: its text went on in other rows. The rest are outcomes.
 */
export type OutboxState =
  | 'pending'
  | 'sending'
  | 'held'
  | 'superseded'
  | 'accepted'
  | 'refused'
  | 'unknown'
  | 'expired'
  | 'dropped'

/** A reply about to be written down. */
export interface NewReply {
  readonly chat: ChatAddress
  /** The message that it answers; null for one of Herald's own accord. */
  readonly inboundId: string | null
  readonly purpose: 'answer' | 'notice'
  readonly text: string
  readonly form: TextForm
  readonly extras?: Extras
  readonly state: 'pending' | 'held'
  /** The place it takes among the replies to its target; null while held or proactive. */
  readonly reply: (ReplyTarget & { readonly seq: number; readonly untilMs: number }) | null
}

export interface OutboxRow extends Omit<NewReply, 'state'> {
  readonly id: number
  readonly state: OutboxState
  /** Posts made so far, over all rungs of the ladder. */
  readonly posts: number
  /** True once a try ended without a verdict: it may have been shown. */
  readonly inDoubt: boolean
  readonly createdAtMs: number
  readonly settledAtMs: number | null
  readonly platformId: string | null
  readonly detail: SendDetail
}

/** What changed about one reply. */
export type ReplyPatch = Partial<
  Pick<OutboxRow, 'state' | 'text' | 'form' | 'extras' | 'reply' | 'posts' | 'inDoubt' | 'platformId' | 'detail'>
>

/** What a message said that may be quoted. */
export interface Quotable {
  /** Null for the bot itself. */
  readonly author: string | null
  readonly text: string
  /** Where what hung on it lies, or lay. */
  readonly attachments?: readonly Attachment[]
}

export interface TransitionRecord {
  readonly account: AccountId
  readonly atMs: number
  readonly from: string
  readonly to: string
  readonly code: string | null
  readonly message: string | null
  /** What was known at that moment; nothing of changes that an older Herald wrote, or that were found out later. */
  readonly facts?: Readonly<Record<string, number | null>>
}

/** Everything that is known of one message, for `herald trace`. */
export interface TraceRecord {
  readonly inbox: InboxRow | null
  readonly outbox: readonly OutboxRow[]
}

/** Something that ended badly and that a person may want to move. `id` is `in:<account>/<message id>` or `out:<row id>`. */
export interface DeadEntry {
  readonly id: string
  readonly chat: ChatAddress
  readonly end: string
  readonly detail: string
  readonly text: string
  readonly atMs: number
}

export interface Journal {
  /**
   * One commit: facts merged, message inserted unless known, cursor moved; of an audit, its message has a name now, or is `refused`.
   * `verdict` belongs to the message.
   * Of a message that is not to be run, only its key and who wrote where is kept. `known` too for an arrival without one.
   */
  accept(account: AccountId, arrival: Arrival, verdict?: Verdict): Promise<Acceptance>
  /** Counts one more attempt, on disk, before the run that it counts. Returns the number of this attempt. */
  beginTurn(account: AccountId, inboundId: string): Promise<number>
  /**
   * One commit: the end of a turn, its replies, and what of it becomes history. With replies pending the message is
   * `replying` and becomes `ended` with this `end` when the last of them has an outcome (`held` is one); without, at once.
   * Throws `journal_misused`, and keeps nothing, when one of the messages is unknown or its turn is over.
   */
  endTurn(
    account: AccountId,
    inboundIds: readonly string[],
    end: TurnEnd,
    detail: string | null,
    replies: readonly NewReply[],
    history?: readonly HistoryEntry[],
    member?: string,
  ): Promise<readonly OutboxRow[]>
  /** Messages that no turn has ended, oldest first: what a start has to take up again. */
  unfinished(account: AccountId): Promise<readonly InboxRow[]>

  /** Replies outside the end of a turn: notices, messages of Herald's own accord. */
  addReplies(replies: readonly NewReply[]): Promise<readonly OutboxRow[]>
  updateReply(id: number, patch: ReplyPatch): Promise<OutboxRow>
  /** One commit: the rows, at least one, are `superseded`, and these take their text on. */
  replaceReplies(ids: readonly number[], replies: readonly NewReply[]): Promise<readonly OutboxRow[]>
  /** These rows and all that took their text on, oldest first. What has outlived its keep is missing. */
  followReplies(ids: readonly number[]): Promise<readonly OutboxRow[]>
  /** Rows that are `pending` or `sending`, oldest first. */
  openReplies(account: AccountId): Promise<readonly OutboxRow[]>
  /** Rows in the named state for a chat, oldest first. */
  repliesOf(chat: ChatAddress, state: OutboxState): Promise<readonly OutboxRow[]>
  /** Rows for a chat that were shown and were written down since then (epoch milliseconds), oldest first. */
  acceptedSince(chat: ChatAddress, sinceMs: number): Promise<readonly OutboxRow[]>
  /** How many rows of each chat were shown without answering anything, of those written down since then (epoch milliseconds). */
  unaskedSince(sinceMs: number): Promise<readonly { readonly chat: ChatAddress; readonly count: number }[]>
  /** The row that waited for this audit, or still does. */
  underAudit(account: AccountId, auditId: string): Promise<OutboxRow | undefined>
  /** Places used and highest seq given out among the replies to one message. */
  replyUse(account: AccountId, target: ReplyTarget): Promise<{ readonly used: number; readonly lastSeq: number }>

  /** Until when the platform takes replies to a message (epoch milliseconds); undefined for one that is not known. */
  replyUntilMs(account: AccountId, inboundId: string): Promise<number | undefined>

  /**
   * What was said in a chat, oldest first, cut from the front to `maxChars`. With `member` what was said with that person
   * alone. Of each the last 400 entries are kept, for 90 days.
   */
  history(chat: ChatAddress, maxChars: number, member?: string): Promise<readonly HistoryEntry[]>
  /** When the last entry of that history was written down; undefined while there is none. */
  lastSaidAtMs(chat: ChatAddress, member?: string): Promise<number | undefined>
  /** Strikes that history out. Returns how many entries it had. */
  forgetHistory(chat: ChatAddress, member?: string): Promise<number>
  /** Takes the last words of a person, and all that followed them, out of it. Returns them; none when there are none. */
  undoExchange(chat: ChatAddress, member?: string): Promise<readonly HistoryEntry[]>
  /** The oldest entries of it become one. False, and nothing is changed, when it does not begin with these any more. */
  compactHistory(
    chat: ChatAddress,
    oldest: readonly HistoryEntry[],
    summary: HistoryEntry,
    member?: string,
  ): Promise<boolean>
  chatFacts(chat: ChatAddress): Promise<{ readonly [name: string]: Json }>
  setChatFacts(chat: ChatAddress, facts: { readonly [name: string]: Json }): Promise<void>

  /** A message that was said is found by the name under which it can be quoted, for 7 days; arrivals are kept by themselves. */
  quotable(account: AccountId, ref: string): Promise<Quotable | undefined>
  keepQuotable(account: AccountId, ref: string, said: Quotable): Promise<void>

  /** Of one of the account's connections, by its index; of the first without one. */
  cursor(account: AccountId, shard?: number): Promise<Json | undefined>
  get(account: AccountId, key: string): Promise<Json | undefined>
  set(account: AccountId, key: string, value: Json): Promise<void>
  /** A change, or one more attempt without one: `from` and `to` are the same then. */
  recordTransition(transition: TransitionRecord): Promise<void>
  /** The changes of an account's life since then, oldest first; of all accounts without one. Kept for 30 days. */
  transitions(account: AccountId | undefined, sinceMs: number): Promise<readonly TransitionRecord[]>
  /** The newest of them, oldest first, without the attempts that changed nothing: a link that is down for a week makes ten thousand. */
  changes(account: AccountId, sinceMs: number, most: number): Promise<readonly TransitionRecord[]>

  /** Messages without an end, and replies to be brought out (held ones are not), for status. Asking costs nothing. */
  pending(account: AccountId): { readonly incoming: number; readonly outgoing: number }
  /** Those of which anything is pending, in the settings or not. Asking costs nothing. */
  openAccounts(): readonly AccountId[]
  /** By its id, a reply's, its name on the dead list, or the number of its incident. */
  trace(named: string): Promise<TraceRecord | undefined>
  dead(): Promise<readonly DeadEntry[]>
  /**
   * Takes a dead entry back to work (`queued`, or `pending` with its key; attempts and posts count anew) or strikes it out.
   * False when there is none such, and for a retry when its content has been cleared.
   */
  moveDead(id: string, to: 'retry' | 'drop'): Promise<boolean>

  /** Writes and syncs a row: the proof, after a refusal, that writing works again. */
  probe(): Promise<void>
  /**
   * Forgets what has outlived its keep: keys after 7 days, content 24 h after its end, history after 90 days. Held replies expire
   * after 24 h: it answers with these.
   */
  sweep(): Promise<readonly OutboxRow[]>
  close(): Promise<void>
}
