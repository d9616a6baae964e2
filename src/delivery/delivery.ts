/** The contract of the room that brings replies out: what conversation may ask of it. */
import type { NewReply, OutboxRow } from '../journal/journal.ts'
import type { AccountId, AuditVerdict, ChatAddress, Inbound, TextForm } from '../platforms/platform.ts'
import type { AnswerPart } from './text/answer-parts.ts'

export type { AnswerPart } from './text/answer-parts.ts'

/** What delivery needs to know about the links: whether one is proven alive, and the moment one becomes so. */
export interface Links {
  isUp(account: AccountId): boolean
  /** Calls back whenever an account becomes connected. Returns the undo. */
  onUp(listener: (account: AccountId) => void): () => void
}

/** An answer that is shown while it is written. It begins to be seen when it has been written for a moment. */
export interface GrowingAnswer {
  /** There is more of it; `read` gives all of it so far, and is asked when a frame is due. */
  grow(read: () => string): void
  readonly isShown: boolean
  /** Nothing more is shown. Resolves with what people see of it, which needs an end; undefined when that is nothing. */
  close(): Promise<ShownStream | undefined>
}

/** A message that people see and that is not ended yet. */
export interface ShownStream {
  readonly message: Inbound
  readonly row: OutboxRow
  /** Of the last frame: what goes on has to begin with it. */
  readonly text: string
  /** So many of its UTF-16 units the platform has taken for sure; the last frames may have been refused. */
  readonly seenLength: number
  readonly form: TextForm
  /** By the platform. */
  readonly id: string
  /** Of the last frame. */
  readonly index: number
  /** The platform has ended it by itself, and takes nothing more for it. */
  readonly isOver: boolean
  /** When it was asked to end, on a clock that nobody sets. */
  readonly closedAtMs: number
}

/** `partly`: some of its messages are too old, or were refused. */
export type Recalled = 'recalled' | 'partly' | 'nothing' | 'too_late' | 'refused'

/** Whether a chat takes messages that answer nothing, and how many more today, where that is known. */
export interface Unasked {
  readonly right: 'granted' | 'refused' | 'unknown'
  readonly left?: number
}

/** A message of the bot's own accord that is on disk: its parts, and what became of them. */
export interface Said {
  readonly rows: readonly OutboxRow[]
  readonly settled: Promise<readonly OutboxRow[]>
}

export interface Delivery {
  /** A message is on disk for the first time: nothing has been said in reply to it, and nothing can be after this moment. */
  heard(message: Inbound, replyUntilMs: number): void
  /**
   * Cuts a text into replies to `message` within its reply budget: sensible places, the last one kept for the end or for
   * a notice, the rest `held`. Places are given out at once, so that two plans for one message never share one.
   * Of `progress` nothing comes where it would take the last place.
   * In the text of an answer, links to pictures and `MEDIA:` lines are files. Nothing is written: the caller commits the rows, then hands what the journal returned to `enqueue`.
   */
  plan(
    message: Inbound,
    answer: string | readonly AnswerPart[],
    purpose: 'answer' | 'notice' | 'progress',
    /** Already seen: its end is the first of the replies, and takes no place of its own. */
    shown?: ShownStream,
  ): Promise<readonly NewReply[]>
  /** Undefined where answers come as a whole. */
  stream(message: Inbound): GrowingAnswer | undefined
  /** To be asked for in the tick in which the replies are that `plan` made of it: one commit. */
  adopted(shown: ShownStream): Promise<unknown>
  /** Ends it at once, with a mark, as well as that can be done; the message is left to the next process. */
  interrupt(shown: ShownStream): Promise<void>
  /** Shows that the bot is at work on a message, where that costs its answer nothing. Returns the end of it. */
  typing(message: Inbound): () => void
  /** What the bot may write there of its own accord. */
  unasked(chat: ChatAddress): Promise<Unasked>
  /** Takes the last answer of a chat back. `may` is asked with the message that it answers. */
  recall(chat: ChatAddress, may: (inboundId: string | null) => Promise<boolean>): Promise<Recalled>
  /**
   * Says something of the bot's own accord. `along` is called in the tick of the commit, so that what it writes stands or falls with
   * the message. Resolves when it is on disk; `settled` resolves with what became of its parts, each with an end, or without one
   * where delivery stops first.
   */
  say(chat: ChatAddress, text: string, along?: () => Promise<unknown>): Promise<Said>
  /** Committed rows go out, in order per chat. Returns at once. */
  enqueue(rows: readonly OutboxRow[]): void
  /** The chat has spoken: what was held for it goes first, in the budget of this message, one place kept for its answer. */
  releaseHeld(message: Inbound): Promise<void>
  /** A verdict that is on disk. The chat of a message that will not be shown is told. */
  audited(account: AccountId, verdict: AuditVerdict): Promise<void>
  /**
   * Takes up what a former process left open. Throws `JournalUnwritableError` at once, so that whoever starts the account can
   * say why it is down; then nothing is taken up, and it is to be called again.
   */
  recover(account: AccountId): Promise<void>
  /** Replies that are being posted right now. */
  readonly inFlight: number
  /** No new posts; resolves when those in flight have an outcome on disk, or when `signal` aborts them. */
  stop(signal: AbortSignal): Promise<void>
}
