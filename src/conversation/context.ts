/** What the parts of a conversation share. */
import type { Agent } from '../agents/agent.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Hooks } from '../hooks/hook.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import type { Persist } from '../lib/tasks/persist.ts'
import type { AccountId, Attachment, ChatAddress, Inbound } from '../platforms/platform.ts'
import type { AccessRules, Standing } from './access/gate.ts'
import type { LastQuestions } from './history/last-questions.ts'
import type { Usage } from './history/usage.ts'
import type { ConversationLimits } from './limits.ts'
import type { Languages } from './notices/language.ts'
import type { Choices } from './preferences.ts'
import type { Questions } from './questions/questions.ts'
import type { TalkRules } from './rules.ts'

/** What a conversation does with the store. */
export type ConversationJournal = Pick<
  Journal,
  | 'beginTurn'
  | 'endTurn'
  | 'addReplies'
  | 'history'
  | 'lastSaidAtMs'
  | 'forgetHistory'
  | 'undoExchange'
  | 'compactHistory'
  | 'get'
  | 'set'
  | 'trace'
  | 'chatFacts'
  | 'setChatFacts'
  | 'quotable'
>

export type ConversationDelivery = Pick<
  Delivery,
  'plan' | 'enqueue' | 'stream' | 'adopted' | 'interrupt' | 'typing' | 'recall' | 'unasked' | 'say'
>

/** An agent as a turn needs it; one that remembers by itself is told when a chat begins anew. */
export type ConversationAgent = Pick<Agent, 'run' | 'summarize'> & { forget?(chat: ChatAddress): Promise<void> }

export interface Context {
  readonly journal: ConversationJournal
  readonly delivery: ConversationDelivery
  readonly agent: ConversationAgent
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly languages: Languages
  readonly limits: ConversationLimits
  readonly persist: Persist
  readonly lastQuestions: LastQuestions
  readonly questions: Questions
  readonly usage: Usage
  /** Other people's code. */
  readonly hooks: Hooks
  /** Aborts when the conversation is stopped. */
  readonly stopping: AbortSignal
  /** Of what goes out, every secret that the gateway knows is masked. */
  redact(text: string): string
  access(account: AccountId): AccessRules
  talk(account: AccountId): TalkRules
  /** Counts what an agent used for a chat. */
  spend(chat: ChatAddress, tokens: number): void
  /** What a chat has chosen for itself. */
  choicesOf(chat: ChatAddress): Choices
  /** What is known of the sender beside the settings. */
  standingOf(message: Inbound): Standing
  /** What hangs on a message, as it is handed to the agent; rejects only with the reason of `signal`. */
  receive(message: Inbound, signal: AbortSignal): Promise<readonly Attachment[]>
}
