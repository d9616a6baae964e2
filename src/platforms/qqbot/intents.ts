/** What a bot asks to be told, as bits of IDENTIFY. Naming one that the bot was not granted refuses the whole connection. */
export const INTENTS = {
  /** Private and group messages, and what happens to friendships and memberships. Open to every bot. */
  groupAndC2c: 1 << 25,
  /** Buttons. Needs a grant according to the documents; open in practice. */
  interaction: 1 << 26,
  /** Outcomes of the human audit of sent messages. */
  messageAudit: 1 << 27,
  directMessage: 1 << 12,
  publicGuildMessages: 1 << 30,
} as const

/** What no bot is refused, and less would be no use. */
export const BASE_INTENTS = INTENTS.groupAndC2c

/** Only what is used, so that a missing grant for something unused cannot keep a bot offline. */
export const DEFAULT_INTENTS = INTENTS.groupAndC2c | INTENTS.interaction
