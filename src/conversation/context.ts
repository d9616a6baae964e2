/** What the parts of a conversation share. */
import type { Agent } from '../agents/agent.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import type { AccountId, Attachment, Inbound } from '../platforms/platform.ts'
import type { AccessRules } from './access.ts'
import type { ConversationLimits } from './limits.ts'
import type { Persist } from './persist.ts'
import type { Language } from './texts.ts'

export interface Context {
  readonly journal: Pick<Journal, 'beginTurn' | 'endTurn' | 'history' | 'get' | 'set'>
  readonly delivery: Pick<Delivery, 'plan' | 'enqueue'>
  readonly agent: Pick<Agent, 'run'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly language: Language
  readonly limits: ConversationLimits
  readonly persist: Persist
  /** Aborts when the conversation is stopped. */
  readonly stopping: AbortSignal
  access(account: AccountId): AccessRules
  /** What hangs on a message, as it is handed to the agent; rejects only with the reason of `signal`. */
  receive(message: Inbound, signal: AbortSignal): Promise<readonly Attachment[]>
}
