/**
 * What each WebSocket close code means and what follows from it. Sources: "doc" is the platform's close table, "rule" its
 * short rule, "seen" observations on the live platform, "rfc" RFC 6455, "sdk" behaviour of its SDKs.
 */

/**
 * `resume`: the session is still good. `identify`: it is not. `token`: nor is the token. `slow`: resume, after a long
 * pause. `recount`: no reconnect with this number of connections can cure it. `final`: none can.
 */
export type CloseAction = 'resume' | 'identify' | 'token' | 'slow' | 'recount' | 'final'

export interface CloseRule {
  readonly action: CloseAction
  /** Snake_case word for status and logs. */
  readonly word: string
  readonly meaning: string
  readonly hint?: string
  readonly source: string
  /** False for a code that the table does not have. */
  readonly known: boolean
}

/** The word for an intent that the bot may not ask for. */
export const INTENTS_REFUSED = 'qq_intents_refused'

const OUR_FAULT = 'this is a fault of Herald or of its settings; please report it with the log'
const INTENTS_HINT = 'the bot was not granted an intent it asks for; check its permissions on q.qq.com'
const SHARDS_HINT = 'set platforms.<account>.shards to auto, or to a number that is enough for the guilds of the bot'

type Row = readonly [code: number, action: CloseAction, word: string, meaning: string, source: string, hint?: string]

const ROWS: readonly Row[] = [
  [1000, 'resume', 'qq_closed', 'closed normally by the platform', 'doc; SDKs differ, so it is tried'],
  [1001, 'resume', 'qq_closed', 'the server is going away', 'doc'],
  [1002, 'resume', 'qq_closed', 'a broken WebSocket frame', 'rfc'],
  [1005, 'resume', 'qq_closed', 'closed without a code', 'rfc'],
  [1006, 'resume', 'qq_connection_lost', 'the connection broke', 'doc'],
  [1007, 'resume', 'qq_closed', 'a text that is not UTF-8', 'rfc'],
  [1009, 'resume', 'qq_frame_too_big', 'a frame larger than Herald reads', 'rfc'],
  [1011, 'resume', 'qq_closed', 'an error in the server', 'rfc'],
  [1012, 'resume', 'qq_closed', 'the server restarts', 'rfc'],
  [1013, 'resume', 'qq_closed', 'the server asks to try again later', 'rfc'],
  [1014, 'resume', 'qq_closed', 'a bad gateway', 'rfc'],
  [4000, 'identify', 'qq_session_lost', 'unknown error', 'sdk'],
  [4001, 'final', 'qq_opcode_refused', 'invalid opcode', 'doc: never retry', OUR_FAULT],
  [4002, 'final', 'qq_payload_refused', 'invalid payload', 'doc: never retry', OUR_FAULT],
  [4003, 'identify', 'qq_session_lost', 'not authenticated', 'sdk'],
  [4004, 'token', 'qq_token_rejected', 'token rejected', 'sdk'],
  [4005, 'identify', 'qq_session_lost', 'authenticated twice', 'sdk'],
  [4006, 'identify', 'qq_session_lost', 'the session cannot be resumed', 'doc'],
  [4007, 'identify', 'qq_session_lost', 'the sequence number was refused', 'doc'],
  [4008, 'slow', 'qq_too_fast', 'payloads sent too fast', 'doc; SDKs wait 60 s'],
  [4009, 'resume', 'qq_connection_expired', 'the connection expired', 'doc; about every 30 minutes (seen)'],
  [4010, 'recount', 'qq_shard_refused', 'invalid shard', 'doc: never retry', SHARDS_HINT],
  [4011, 'recount', 'qq_shards_too_few', 'too many guilds for one connection', 'doc: never retry', SHARDS_HINT],
  [4012, 'final', 'qq_version_refused', 'invalid protocol version', 'doc: never retry', OUR_FAULT],
  [4013, 'final', INTENTS_REFUSED, 'invalid intents', 'doc: never retry', INTENTS_HINT],
  [4014, 'final', INTENTS_REFUSED, 'an intent that was not granted', 'doc: never retry', INTENTS_HINT],
  [
    4914,
    'final',
    'qq_bot_offline',
    'the bot is delisted: only its sandbox may connect',
    'doc, rule',
    'publish the bot on q.qq.com, or set platforms.<account>.host to sandbox',
  ],
  [
    4915,
    'final',
    'qq_bot_banned',
    'the bot is banned',
    'doc, rule',
    'see the notices on q.qq.com; Herald keeps probing slowly',
  ],
]

const RULES: ReadonlyMap<number, CloseRule> = new Map(
  ROWS.map(([code, action, word, meaning, source, hint]) => [
    code,
    { action, word, meaning, source, known: true, ...(hint === undefined ? {} : { hint }) },
  ]),
)

const INTERNAL_ERROR: CloseRule = {
  action: 'identify',
  word: 'qq_platform_error',
  meaning: 'an internal error of the platform',
  source: 'doc: 4900-4913',
  known: true,
}

/** A code nobody told us about: the session may well be good, so it is tried first. */
const UNKNOWN: CloseRule = {
  action: 'resume',
  word: 'qq_closed',
  meaning: 'an unknown close code',
  source: 'none',
  known: false,
}

export function closeRule(code: number): CloseRule {
  return RULES.get(code) ?? (code >= 4900 && code <= 4913 ? INTERNAL_ERROR : UNKNOWN)
}

/** Every code of the table, for tests and documents. */
export const KNOWN_CLOSE_CODES: readonly number[] = [...RULES.keys(), ...Array.from({ length: 14 }, (_, i) => 4900 + i)]
