/** What a turn is given: its messages, its session, its end by a person's wish, and who hears how it goes. */
import { HeraldError } from '../../lib/errors.ts'
import type { Inbound } from '../../platforms/platform.ts'
import type { LastQuestion } from '../history/last-questions.ts'
import type { Session } from '../history/sessions.ts'
import type { Meanwhile } from './question.ts'

/** A person wanted the turn ended. `message` says who or what, for `trace`. */
export class TurnStopped extends HeraldError {
  override readonly name = 'TurnStopped'
  /** The question goes out of the history too. */
  readonly forgets: boolean
  constructor(message: string, forgets: boolean) {
    super('turn_stopped', message)
    this.forgets = forgets
  }
}

export interface TurnTask {
  /**
   * One or more of one person in one session, oldest first; the reply is to the last one. What the agent takes up in the
   * middle of its work joins them, and ends with them.
   */
  readonly messages: readonly [Inbound, ...Inbound[]]
  readonly session: Session
  /** Aborts with a `TurnStopped`. */
  readonly stop: AbortSignal
  /** What is asked instead of what the messages say; an answer that it has already is replaced. */
  readonly again?: LastQuestion
}

export interface TurnHooks {
  /** An attempt was counted with the message itself: it is the first. */
  isBegun(message: Inbound): boolean
  /** The attempt is on disk. */
  onBegun(): void
  /** For an agent that asks in the middle of its work. */
  readonly meanwhile: Meanwhile
  /** The agent begins (1), or has ended (-1). */
  onAgent(delta: 1 | -1): void
  /** What was said in the session is more by now than an agent is given of it. */
  onOutgrown(): void
}

export const lastOf = (messages: TurnTask['messages']): Inbound => messages.at(-1) ?? messages[0]
