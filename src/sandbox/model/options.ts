import { isRecord } from '../../lib/json.ts'

/**
 * What is disputed or undocumented about the platform, and what a deployment may choose. Every value can be changed while
 * the sandbox runs; the defaults are the best supported positions.
 */
export interface PlatformOptions {
  /** `expires_in` is a string on the wire and a number in the documentation's table. */
  expiresInType: 'string' | 'number'
  tokenLifeSeconds: number
  /** Inside the last seconds of a token's life a call yields a new one, and both are accepted. */
  tokenOverlapSeconds: number
  /** Accept IDENTIFY without the `QQBot ` prefix. */
  bareTokenInIdentify: boolean
  /** Accept RESUME without the prefix, as one official SDK sends it. */
  bareTokenInResume: boolean
  /** Accept the retired `Bot {appid}.{token}` scheme, where the token is the bot's secret. */
  legacyFixedToken: boolean
  readyShard: 'echo' | 'zero'
  /** Milliseconds; anything else is sent as it is, `null` leaves the member out. */
  heartbeatIntervalMs: unknown
  /** Without a beat for this many intervals the link is closed with 4009; 0 never closes it. */
  heartbeatTimeoutIntervals: number
  /** A bad token or intents at IDENTIFY: op 9 and 4903 as seen live, or the documented 4004, 4013, 4014. */
  badIdentify: 'op9_4903' | 'documented'
  /** An unknown session at RESUME: op 9 and 4902 as seen live, or the documented 4006, 4007. */
  badResume: 'op9_4902' | 'documented'
  resumeOrder: 'replay_first' | 'resumed_first'
  resumedData: 'empty_string' | 'object'
  /** How long a session without a socket can be resumed, and how far back its events are kept. */
  sessionRetentionMs: number
  replayLimit: number
  /** A second IDENTIFY for the same shard: both sessions get events, or the older link is closed. */
  sameShard: 'both' | 'replace'
  /** How many connections `GET /gateway/bot` recommends; an IDENTIFY with fewer than `least` is closed with 4011, 0 takes any. */
  shards: { recommended: number; least: number }
  /** Which connection hears of private chats and groups: the first, one for each chat, or all. A guild's is told by its id. */
  chatShard: 'first' | 'spread' | 'all'
  sessionStarts: { total: number; windowMs: number; maxConcurrency: number; enforceConcurrency: boolean }
  /** 0 answers every call; the platform is documented with 2 a minute and bursts of 10. */
  gatewayQueriesPerMinute: number
  /** Which event a mention raises in a group with full-message mode. */
  fullModeEvents: 'message_only' | 'both'
  fullModeMention: 'inline' | 'stripped'
  /** Where spaces stand around the text of a GROUP_AT_MESSAGE_CREATE. */
  atSpaces: 'both' | 'leading' | 'none'
  authorId: 'openid' | 'decimal'
  attachmentScheme: 'https' | 'none'
  passive: PerKind<PassiveAllowance>
  messageTypes: PerKind<number[]>
  /** Code points of one text. */
  textLimit: number
  /** Sends each bot may make in a second; 0 does not limit (as on the platform's own sandbox). */
  sendsPerSecond: number
  proactive: PerKind<ProactiveRates>
  recallWindowMs: number
  /** Whether bots may show a message while it grows (11253), and the least time between two frames (50002). */
  streams: boolean
  streamPaceMs: number
  /** Which of `code` and `err_code` an error body carries. */
  errorMembers: 'both' | 'err_code' | 'code'
  /** HTTP status of an expired or unknown token: 500 as seen live, or 401. */
  tokenErrorStatus: number
  /** HTTP status of a refused send. */
  businessStatus: number
  sendTimestamp: 'rfc3339' | 'unix'
  /** Body of recalls and acknowledgements. */
  emptyAnswer: 'object' | 'nothing'
  rateLimitBody: 'json' | 'html'
  inlineUploadLimitBytes: number
  fileTtlSeconds: number
  /** Whether bytes must be what their `file_type` says (850019). */
  checkFormats: boolean
  /** Uploads are answered without the ticket that they are for. */
  fileInfoMissing: boolean
  /** How `upload_prepare` counts its parts, spells its numbers, and where its settings stand. */
  uploadIndexBase: number
  uploadNumbers: 'string' | 'number'
  uploadConfig: 'nested' | 'top' | 'both'
  uploadBlockBytes: number
  /** How much of a file's beginning `md5_10m` is of; SDKs disagree. */
  uploadHeadBytes: number
  uploadRetrySeconds: number
  /** A callback that was not taken comes again after this time. */
  callbackRetryMs: number
}

/** One value for private chats, groups and guild channels each. */
export interface PerKind<T> {
  c2c: T
  group: T
  channel: T
}

export interface ProactiveRates {
  perBotPerMinute: number
  perChatPerMinute: number
  perChatPerDay: number
}

export interface PassiveAllowance {
  places: number
  windowMs: number
}

/** Any part of the options; lists are replaced as a whole. */
export type OptionChanges = Changes<PlatformOptions>
type Changes<T> = {
  readonly [K in keyof T]?: T[K] extends unknown[] ? T[K] : T[K] extends object ? Changes<T[K]> : T[K]
}

/** Lays changes over the options in place. Throws for a name that is none, and for a value of another type. */
export function applyOptions(options: PlatformOptions, changes: OptionChanges): void {
  layOver(options, changes, '')
}

function layOver(target: object, changes: object, path: string): void {
  const known: Record<string, unknown> = target as Record<string, unknown>
  for (const [name, value] of Object.entries(changes)) {
    const before = known[name]
    if (value === undefined) continue
    if (!(name in known)) throw new Error(`no option ${path}${name}`)
    // The heartbeat interval may be anything, so that clients can be tried with anything.
    const free = `${path}${name}` === 'heartbeatIntervalMs'
    if (!free && (typeof before !== typeof value || Array.isArray(before) !== Array.isArray(value)))
      throw new Error(`option ${path}${name} cannot be ${JSON.stringify(value)}`)
    if (!free && isRecord(before) && isRecord(value)) layOver(before, value, `${path}${name}.`)
    else known[name] = value
  }
}

const MINUTE_MS = 60_000

export function defaultOptions(): PlatformOptions {
  return {
    expiresInType: 'string',
    tokenLifeSeconds: 7200,
    tokenOverlapSeconds: 60,
    bareTokenInIdentify: false,
    bareTokenInResume: true,
    legacyFixedToken: false,
    readyShard: 'echo',
    heartbeatIntervalMs: 45_000,
    heartbeatTimeoutIntervals: 2.5,
    badIdentify: 'op9_4903',
    badResume: 'op9_4902',
    resumeOrder: 'replay_first',
    resumedData: 'empty_string',
    sessionRetentionMs: 10 * MINUTE_MS,
    replayLimit: 20_000,
    sameShard: 'both',
    shards: { recommended: 1, least: 0 },
    chatShard: 'first',
    sessionStarts: { total: 1000, windowMs: 24 * 60 * MINUTE_MS, maxConcurrency: 1, enforceConcurrency: false },
    gatewayQueriesPerMinute: 0,
    fullModeEvents: 'message_only',
    fullModeMention: 'inline',
    atSpaces: 'both',
    authorId: 'openid',
    attachmentScheme: 'https',
    passive: {
      c2c: { places: 4, windowMs: 60 * MINUTE_MS },
      group: { places: 5, windowMs: 5 * MINUTE_MS },
      channel: { places: 1_000_000, windowMs: 5 * MINUTE_MS },
    },
    messageTypes: { c2c: [0, 2, 3, 4, 6, 7], group: [0, 2, 3, 4, 7], channel: [0, 2, 3, 4] },
    textLimit: 5000,
    sendsPerSecond: 0,
    proactive: {
      c2c: { perBotPerMinute: 600, perChatPerMinute: 20, perChatPerDay: 1000 },
      group: { perBotPerMinute: 60, perChatPerMinute: 20, perChatPerDay: 1000 },
      channel: { perBotPerMinute: 600, perChatPerMinute: 300, perChatPerDay: 20 },
    },
    recallWindowMs: 2 * MINUTE_MS,
    streams: true,
    streamPaceMs: 300,
    errorMembers: 'both',
    tokenErrorStatus: 500,
    businessStatus: 400,
    sendTimestamp: 'rfc3339',
    emptyAnswer: 'object',
    rateLimitBody: 'json',
    inlineUploadLimitBytes: 10 * 1024 * 1024,
    fileTtlSeconds: 300,
    checkFormats: false,
    fileInfoMissing: false,
    uploadIndexBase: 1,
    uploadNumbers: 'string',
    uploadConfig: 'both',
    uploadBlockBytes: 10 * 1024 * 1024,
    uploadHeadBytes: 10_002_432,
    uploadRetrySeconds: 300,
    callbackRetryMs: 1_000,
  }
}
