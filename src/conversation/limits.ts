/** The bounds of a conversation. Settings, so that a test can shrink what would take ten minutes. */
export interface ConversationLimits {
  /** Messages that wait in one chat, beside the one that is being answered. */
  readonly queuePerChat: number
  /** Turns at the same time, over all chats and accounts. */
  readonly runningTurns: number
  /** The longest a turn may take, whatever the agent's own deadlines are. */
  readonly turnMs: number
  /** How much of the chat's past the agent is given, in UTF-16 units. */
  readonly historyChars: number
  /** The same, in tokens as far as they can be estimated; the smaller one counts. */
  readonly historyTokens: number
  /** How long an agent may take to sum up what no longer fits. */
  readonly summaryMs: number
  /** The longest answer that is taken from any agent, in UTF-16 units. */
  readonly answerChars: number
  /** So many begun turns that the process did not survive make a message poison. */
  readonly poisonAttempts: number
  /** How long a person may take to answer a question of an agent. */
  readonly questionMs: number
  /** A turn that takes longer shows that it goes on. */
  readonly progressMs: number
  /** The longest that a stop waits for an agent which does not heed its signal. */
  readonly stopMs: number
}

export const CONVERSATION_LIMITS: ConversationLimits = {
  queuePerChat: 20,
  runningTurns: 64,
  turnMs: 10 * 60_000,
  historyChars: 24_000,
  historyTokens: 8000,
  summaryMs: 2 * 60_000,
  answerChars: 1024 * 1024,
  poisonAttempts: 3,
  questionMs: 10 * 60_000,
  progressMs: 60_000,
  stopMs: 2000,
}
