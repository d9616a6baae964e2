/** The bounds of a turn that a program or a server of somebody else's works on. */
import { AgentError } from '../agent.ts'

export interface TurnLimits {
  /** From the question to the first sign of work. */
  readonly firstMs: number
  /** Between two signs of work. */
  readonly silenceMs: number
  /** The whole turn. The time in which a person is asked counts in none of these. */
  readonly turnMs: number
  /** Longest answer, in UTF-16 units. */
  readonly answerChars: number
  /** Turns at the same time; further ones wait. */
  readonly concurrency: number
}

export const TURN_LIMITS: TurnLimits = {
  firstMs: 120_000,
  silenceMs: 120_000,
  turnMs: 10 * 60_000,
  answerChars: 256 * 1024,
  concurrency: 4,
}

/** Makes the reason of a deadline. */
export function timeout(who: string, what: string, delayMs: number): () => AgentError {
  return () => new AgentError('agent_timeout', `${who}: ${what} within ${delayMs} ms`)
}

export function tooLong(answerChars: number): AgentError {
  return new AgentError('agent_too_long', `the answer is longer than ${answerChars} characters`)
}
