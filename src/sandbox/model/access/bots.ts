import { createRateWindow, createRecentMap, type RateWindow, type RecentMap } from '../bounded.ts'
import type { Ids } from '../ids.ts'
import type { Posted } from '../link/callback-post.ts'
import type { Session } from '../link/sessions.ts'
import {
  type Channel,
  type Chat,
  createQuotables,
  type Group,
  type Person,
  type Quotables,
  type ShownMessage,
} from '../talk/chats.ts'
import type { Tokens } from './tokens.ts'

/** How a bot is set up on the platform. Members other than the two credentials have usable defaults. */
export interface BotSpec {
  readonly appId: string
  readonly secret: string
  readonly name?: string | undefined
  /** `delisted` closes every link with 4914, `banned` with 4915. */
  readonly status?: 'online' | 'delisted' | 'banned' | undefined
  /** Intents that the bot may ask for, as bits. */
  readonly grantedIntents?: number | undefined
  readonly markdown?: boolean | undefined
  /** Whether the bot may write of its own accord at all. */
  readonly proactive?: boolean | undefined
  /** Hosts that links may lead to; without it any. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Where its events are posted to, instead of over a WebSocket; null for the WebSocket again. */
  readonly webhook?: string | null | undefined
}

/** A message or an event that a bot may answer. */
export interface ReplySource {
  readonly id: string
  readonly via: 'msg_id' | 'event_id'
  readonly eventType: string
  readonly chat: Chat
  readonly atMs: number
  /** Successful replies. */
  places: number
  readonly seqs: number[]
  /** All tries that named it, refused ones included. */
  posts: number
}

export interface SentMessage {
  readonly chat: Chat
  readonly atMs: number
  readonly shown: ShownMessage
}

export interface Counters {
  tokenCalls: number
  gatewayCalls: number
  identifies: number
  resumes: number
  readies: number
  resumeds: number
  heartbeats: number
  events: number
  sends: number
  sendsAccepted: number
  openSockets: number
  maxSockets: number
  /** Links that got READY or RESUMED. */
  liveLinks: number
  maxLinks: number
}

export interface Bot {
  /** As it was set up, for a fresh start. */
  readonly spec: BotSpec
  readonly appId: string
  secret: string
  readonly name: string
  readonly id: string
  /** The one guild that the bot's channels are in. */
  readonly guildId: string
  status: 'online' | 'delisted' | 'banned'
  grantedIntents: number
  markdown: boolean
  proactive: boolean
  allowedHosts: readonly string[] | undefined
  webhook: string | null
  /** The last one that it said it has. */
  lastCallback: Posted | undefined
  readonly tokens: Tokens
  /** By name. */
  readonly people: Map<string, Person>
  readonly groups: Map<string, Group>
  readonly channels: Map<string, Channel>
  /** By openid. */
  readonly chats: Map<string, Chat>
  readonly sessions: Map<string, Session>
  readonly sources: RecentMap<string, ReplySource>
  readonly sent: RecentMap<string, SentMessage>
  readonly quotables: Quotables
  /** Session starts in the window of the day, and within 5 s. */
  readonly starts: RateWindow
  readonly recentStarts: RateWindow
  readonly gatewayQueries: RateWindow
  readonly sendRate: RateWindow
  readonly proactiveRates: Map<string, RateWindow>
  counters: Counters
}

const EVERY_INTENT =
  (1 << 0) |
  (1 << 1) |
  (1 << 9) |
  (1 << 10) |
  (1 << 12) |
  (1 << 18) |
  (1 << 19) |
  (1 << 23) |
  (1 << 24) |
  (1 << 25) |
  (1 << 26) |
  (1 << 27) |
  (1 << 28) |
  (1 << 29) |
  (1 << 30)

/** Bits that mean something; any other makes an IDENTIFY invalid. */
export const KNOWN_INTENTS = EVERY_INTENT

const SOURCES_KEPT = 100_000
const SENT_KEPT = 50_000

function emptyCounters(): Counters {
  return {
    tokenCalls: 0,
    gatewayCalls: 0,
    identifies: 0,
    resumes: 0,
    readies: 0,
    resumeds: 0,
    heartbeats: 0,
    events: 0,
    sends: 0,
    sendsAccepted: 0,
    openSockets: 0,
    maxSockets: 0,
    liveLinks: 0,
    maxLinks: 0,
  }
}

export function createBot(spec: BotSpec, ids: Ids, startsWindowMs: number): Bot {
  return {
    spec,
    appId: spec.appId,
    secret: spec.secret,
    name: spec.name ?? `bot ${spec.appId}`,
    id: ids.decimal(),
    guildId: ids.decimal(),
    status: spec.status ?? 'online',
    grantedIntents: spec.grantedIntents ?? EVERY_INTENT,
    markdown: spec.markdown ?? true,
    proactive: spec.proactive ?? true,
    allowedHosts: spec.allowedHosts,
    webhook: spec.webhook ?? null,
    lastCallback: undefined,
    tokens: { current: undefined, previous: undefined },
    people: new Map(),
    groups: new Map(),
    channels: new Map(),
    chats: new Map(),
    sessions: new Map(),
    sources: createRecentMap(SOURCES_KEPT),
    sent: createRecentMap(SENT_KEPT),
    quotables: createQuotables(),
    starts: createRateWindow(startsWindowMs),
    recentStarts: createRateWindow(5_000),
    gatewayQueries: createRateWindow(60_000),
    sendRate: createRateWindow(1_000),
    proactiveRates: new Map(),
    counters: emptyCounters(),
  }
}

export function addSource(
  bot: Bot,
  source: Pick<ReplySource, 'id' | 'via' | 'eventType' | 'chat' | 'atMs'>,
): ReplySource {
  const kept: ReplySource = { ...source, places: 0, seqs: [], posts: 0 }
  bot.sources.set(source.id, kept)
  return kept
}
