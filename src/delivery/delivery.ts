/** The contract of the room that brings replies out: what conversation may ask of it. */
import type { NewReply, OutboxRow } from '../journal/journal.ts'
import type { AccountId, Inbound } from '../platforms/platform.ts'
import type { AnswerPart } from './text/answer-parts.ts'

export type { AnswerPart } from './text/answer-parts.ts'

/** What delivery needs to know about the links: whether one is proven alive, and the moment one becomes so. */
export interface Links {
  isUp(account: AccountId): boolean
  /** Calls back whenever an account becomes connected. Returns the undo. */
  onUp(listener: (account: AccountId) => void): () => void
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
  ): Promise<readonly NewReply[]>
  /** Committed rows go out, in order per chat. Returns at once. */
  enqueue(rows: readonly OutboxRow[]): void
  /** The chat has spoken: what was held for it goes first, in the budget of this message, one place kept for its answer. */
  releaseHeld(message: Inbound): Promise<void>
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
