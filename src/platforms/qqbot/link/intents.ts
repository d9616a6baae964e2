/** What a bot asks to be told, as bits of IDENTIFY. Naming one that the bot was not granted refuses the whole connection. Pure. */
import { isRecord, type Json } from '../../../lib/json.ts'

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

/** No bot is refused these, and with less it could not talk. */
const BASE = INTENTS.groupAndC2c
/** Without what only some bots have. */
const PLAIN = BASE | INTENTS.interaction

/** Only what is used, so that a missing grant for something unused cannot keep a bot offline. */
export const DEFAULT_INTENTS = PLAIN | INTENTS.messageAudit | INTENTS.directMessage | INTENTS.publicGuildMessages

/** A refusal may be over one day: then the whole set is asked for again. */
const KEPT_MS = 7 * 24 * 3600_000

/**
 * What to ask for, one after the other, until the platform grants it. Its documents disagree about which of these every bot has: no
 * set takes guild channels away for want of direct messages, or of buttons, and none of these for want of guild channels.
 */
export function intentLadder(wanted: number): readonly number[] {
  const guilds = INTENTS.publicGuildMessages
  const smaller = [PLAIN | guilds, PLAIN, BASE | guilds, BASE].map(set => wanted & set)
  return [...new Set([wanted, ...smaller])].filter(set => set !== 0 || wanted === 0)
}

/** What was asked for, and what of it was granted. */
export function grantNote(asked: number, granted: number, nowMs: number): Json {
  return { asked, granted, atMs: nowMs }
}

/** What a former life found to be granted of these; undefined where none did, or long ago. */
export function grantedBefore(note: Json | undefined, wanted: number, nowMs: number): number | undefined {
  if (!isRecord(note)) return undefined
  const { asked, granted, atMs } = note
  const fresh = typeof atMs === 'number' && nowMs - atMs < KEPT_MS
  return fresh && asked === wanted && typeof granted === 'number' ? granted : undefined
}

const NAMES: Readonly<Record<keyof typeof INTENTS, string>> = {
  groupAndC2c: 'messages',
  interaction: 'buttons',
  messageAudit: 'results of the message audit',
  directMessage: 'direct messages of guilds',
  publicGuildMessages: 'guild channels',
}

/** What the bot goes without, in words; null where it has all. */
export function missingOf(wanted: number, granted: number): string | null {
  const missing = wanted & ~granted
  if (missing === 0) return null
  const named = (Object.keys(INTENTS) as (keyof typeof INTENTS)[]).filter(name => (missing & INTENTS[name]) !== 0)
  const rest = named.reduce((left, name) => left & ~INTENTS[name], missing)
  return [...named.map(name => NAMES[name]), ...(rest === 0 ? [] : [`bits ${rest}`])].join(', ')
}
