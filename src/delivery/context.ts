/** What the parts of delivery share. */
import type { Journal, OutboxRow } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import type { Persist } from '../lib/tasks/persist.ts'
import type { AccountId, Capabilities, ChatAddress, SendingAdapter } from '../platforms/platform.ts'
import type { MarkdownMemory } from './known/markdown-memory.ts'
import type { QuietChats } from './known/quiet-chats.ts'
import type { Waits } from './lanes/waits.ts'
import type { Book, Page } from './plan/book.ts'
import type { Language } from './text/texts.ts'

export interface Context {
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly language: Language
  readonly waits: Waits
  readonly write: Persist
  readonly book: Book
  readonly markdown: MarkdownMemory
  readonly quiet: QuietChats
  adapterFor(account: AccountId): SendingAdapter | undefined
  capabilities(account: AccountId): Capabilities
  onAccepted(row: OutboxRow): void
}

/** One reply on its way, with what only this process knows of it. */
export interface Job {
  row: OutboxRow
  /** Replies of one answer to one target share this; null for messages of the bot's own accord. */
  readonly answer: string | null
  /** It was left open by somebody who is gone, and who may have posted it. */
  recovered: boolean
  tokenRetried: boolean
  seqMoved: boolean
  halved: boolean
  suspect: boolean
  /** It was tried although the link was down, because its window was about to close. */
  lateTry: boolean
  /** This process posted it, and the platform may have taken it. */
  posted: boolean
  /** Without a window: when it waits no longer (epoch milliseconds). */
  readonly giveUpAtMs: number
  /** Errors that nobody expected. */
  mishaps: number
  notSent: number
  busy: number
  limited: number
}

/** What a chat remembers of the answer before, so that the rest of it is not tried in vain or out of order. */
export interface Trail {
  heldFor: string | null
  goneFor: string | null
  noticedFor: string | null
}

const DAY_MS = 24 * 3600_000

export function createJob(
  row: OutboxRow,
  nowMs: number,
  flags: Partial<Pick<Job, 'recovered' | 'halved' | 'mishaps'>> = {},
): Job {
  return {
    row,
    answer: row.inboundId === null ? null : `${row.inboundId} ${row.reply?.id ?? ''}`,
    recovered: false,
    tokenRetried: false,
    seqMoved: false,
    halved: false,
    suspect: false,
    lateTry: false,
    posted: false,
    // What a person moved back is old, and has its day anew.
    giveUpAtMs: (flags.recovered ? row.createdAtMs : nowMs) + DAY_MS,
    mishaps: 0,
    notSent: 0,
    busy: 0,
    limited: 0,
    ...flags,
  }
}

/** What is assumed of an account that has no adapter: little, so that nothing planned for it is too much. */
export const CAUTIOUS: Capabilities = {
  textLimit: 1000,
  markdown: false,
  proof: 'calls',
  replyAllowance: () => ({ windowMs: 5 * 60_000, places: 4 }),
  keyedReplies: () => false,
}

/** The page of a reply that has a place; waits for a disk that cannot be read now. */
export function pageOf(context: Context, chat: ChatAddress, reply: NonNullable<OutboxRow['reply']>): Promise<Page> {
  const { book, write, waits } = context
  const key = { account: chat.account, kind: chat.kind, target: reply }
  return write(() => book.open(key, async () => reply.untilMs), waits.aborted)
}
