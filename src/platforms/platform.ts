/**
 * The contract between Herald and a chat platform. An adapter is one call, `run`, that lives until its promise settles,
 * and one verb, `send`. It touches the world only through what it is handed, so that the runner can cut it off, and a
 * simulation can stand in for the network.
 */
import type { Clock } from '../lib/clock.ts'
import type { Json } from '../lib/json.ts'
import type { Logger } from '../lib/log.ts'
import type { Dial, RequestHttp } from '../lib/net/network.ts'
import type { Random } from '../lib/random.ts'
import type { Ending, Evidence, Observation } from './evidence.ts'

export type { Doubt, Ending, Evidence, Observation } from './evidence.ts'

/** `qqbot`, or `qqbot:work` for a named account. */
export type AccountId = string

/** Private chat, group, guild channel, guild direct message. */
export type ChatKind = 'c2c' | 'group' | 'channel' | 'dm'

/** Where a conversation lives. The kind is part of the address: the same id under another kind is another place. */
export interface ChatAddress {
  readonly account: AccountId
  readonly kind: ChatKind
  readonly id: string
}

/** `<account>:<kind>:<id>`, the spelling that people and the journal use. */
export function chatKey(chat: ChatAddress): string {
  return `${chat.account}:${chat.kind}:${chat.id}`
}

const CHAT_KEY = /^(.+):(c2c|group|channel|dm):(\S+)$/

/** Reads what `chatKey` writes: `<account>:<kind>:<id>`. Undefined for anything else. */
export function readChatKey(key: string): ChatAddress | undefined {
  const [, account, kind, id] = CHAT_KEY.exec(key) ?? []
  return account === undefined || kind === undefined || id === undefined
    ? undefined
    : { account, kind: kind as ChatKind, id }
}

/** One of the connections that an account holds at the same time, where one alone does not carry all of its events. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** How a reply names what it answers. */
export interface ReplyTarget {
  /** `none`: nobody sent it, and whatever is said about it is of the bot's own accord. */
  readonly via: 'msg_id' | 'event_id' | 'none'
  readonly id: string
}

export interface Attachment {
  readonly kind: 'image' | 'voice' | 'video' | 'file'
  readonly name: string
  readonly url?: string
  readonly sizeBytes?: number
  /** What the platform, or a transcription server, heard in a voice message. */
  readonly transcript?: string
  /** Where the same thing lies unconverted, should `url` fail. */
  readonly originalUrl?: string
  /** It hangs on the message that this one quotes. */
  readonly quoted?: true
  /** Where it lies on this machine, once it was fetched. */
  readonly path?: string
  /** By its first bytes, once it was fetched: `image/png`. */
  readonly mediaType?: string
  /** Why it was not fetched, as a code. */
  readonly trouble?: string
}

/** One message that came in, in the words of no platform. */
export interface Inbound {
  /** The platform's message id; unique within the account, and what repeats are recognised by. */
  readonly id: string
  readonly chat: ChatAddress
  readonly sender: { readonly id: string; readonly name?: string; readonly isBot: boolean }
  /** Without the mention of the bot itself, trimmed. */
  readonly text: string
  readonly attachments: readonly Attachment[]
  /** True when it speaks to the bot: always in private, in a group when it mentions the bot. */
  readonly addressed: boolean
  readonly reply: ReplyTarget
  /** When it was sent, by the platform's clock (epoch milliseconds), where that says so. Not kept by the journal. */
  readonly sentAtMs?: number
  /** The name by which the platform lets it be quoted. */
  readonly quoteId?: string
  /** The name of the message that it replies to. */
  readonly repliesTo?: string
  /** The same, where the platform did not pass that one's content on. */
  readonly quotes?: string
  /** The frame as it came, for `trace` and for later versions. */
  readonly raw: Json
}

/** A prompt of the settings, at its time: a turn like any other, but nobody waits for it. */
export const isOwnPrompt = ({ reply }: Pick<Inbound, 'reply'>): boolean => reply.via === 'none'

/** A press on a button. It comes from a chat as a message does, and may be replied to. */
export interface Click {
  /** The platform's id of the press; unique within the account, and what repeats are recognised by. */
  readonly id: string
  readonly chat: ChatAddress
  readonly senderId: string
  /** What the button carries. */
  readonly data: string
  readonly reply: ReplyTarget
  /** The platform may not take a reply to it: what it decides is answered where it was asked. */
  readonly unanswerable?: true
}

/**
 * What a press comes to. `stale`: what it is about is over. `foreign`: it is for somebody else to press. `repeated`: this very
 * press was here before. `unknown`: nothing of ours is behind that button.
 */
export type ClickVerdict = 'accepted' | 'stale' | 'foreign' | 'repeated' | 'unknown'

/** The bot was let in to a chat, and may say a first word there. */
export interface Welcome {
  /** Unique within the account. */
  readonly id: string
  readonly chat: ChatAddress
  readonly reply: ReplyTarget
}

/** A press seen as a message without words: what is said about it goes to its chat, in its budget. */
export function asMessage({ id, chat, senderId, reply }: Click): Inbound {
  const sender = { id: senderId, isBot: false }
  return { id, chat, sender, text: '', attachments: [], addressed: true, reply, raw: null }
}

/** Something lasting about a chat, merged into what is known of it (`gone`, `proactive` …). */
export interface ChatFact {
  readonly chat: ChatAddress
  readonly facts: { readonly [name: string]: Json }
}

/** What the platform's auditors make of a message that was taken for an audit. */
export interface AuditVerdict {
  readonly id: string
  readonly passed: boolean
  /** The name of the message, which is shown only now. */
  readonly platformId?: string
}

/** What must be on disk before the platform may forget it. All parts are one commit. */
export interface Arrival {
  /** The position to resume from once this is kept. */
  readonly cursor?: Json
  /** Whose position it is: the index of the connection, the first one where this is absent. */
  readonly shard?: number
  readonly message?: Inbound
  /** Never together with a message. */
  readonly click?: Click
  /** Called once when it is clear what the click comes to, after it is on disk; not at all when it could not be kept. */
  readonly onVerdict?: (verdict: ClickVerdict) => void
  readonly facts?: readonly ChatFact[]
  /** Never together with a message or a click. */
  readonly welcome?: Welcome
  /** Never together with any of these. */
  readonly audit?: AuditVerdict
}

/** Small durable values of one account: session, identify budget. Not for messages. */
export interface AccountStore {
  get(key: string): Promise<Json | undefined>
  /** Resolves once the value is on disk. Throws `JournalUnwritableError`. */
  set(key: string, value: Json): Promise<void>
  /** The cursor of the last committed arrival of this connection that had one. */
  cursor(): Promise<Json | undefined>
}

/** What an adapter holds for as long as it exists, lives or not; sends work with it while no generation runs. */
export interface AdapterWorld {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly request: RequestHttp
  readonly store: AccountStore
  observe(observation: Observation): void
}

/**
 * The world of one generation. When the runner ends the generation, its sockets, requests, timers and sleeps are
 * destroyed first; whatever it says afterwards is dropped and counted.
 */
export interface AdapterHost extends AdapterWorld {
  /** Which of the account's connections this life holds. */
  readonly shard: Shard
  /** Timers made here die with the generation, and what they throw ends this life, not the process. */
  readonly clock: Clock
  readonly dial: Dial
  /**
   * Evidence, and a promise: the next report comes by `nextByMs` (monotonic). A generation more than 5 s past its word is
   * ended as `life_stalled`.
   */
  report(evidence: Evidence, nextByMs: number): void
  /**
   * Resolves once the arrival is on disk; only then may the cursor that the platform is told move. When the journal
   * cannot write, the host ends this generation as `journal_unwritable` and the promise rejects.
   */
  accept(arrival: Arrival): Promise<void>
  /** What the adapter was opened with holds no longer: all lives of the account, this one too, end and begin anew with another. */
  reopen(why: string): void
  sleep(delayMs: number): Promise<void>
}

/** How many replies a message allows, and for how long after it arrived. */
export interface ReplyAllowance {
  readonly windowMs: number
  readonly places: number
}

export interface Capabilities {
  /** Longest text of one message, in code points. */
  readonly textLimit: number
  readonly markdown: boolean
  /** Which proof of life the transport gives; `calls`: the platform calls, and an account is `unverified` when none of late proves it. */
  readonly proof: 'heartbeat' | 'calls'
  replyAllowance(kind: ChatKind): ReplyAllowance
  /** True when the platform recognises a repeated reply, so that an unanswered try may be made again. */
  keyedReplies(kind: ChatKind): boolean
  /** How many messages of its own accord a chat takes in a day; absent where that is not known. */
  unaskedPerDay?(kind: ChatKind): number | undefined
  /** True where a message can be shown while it grows; nowhere when absent. */
  streams?(kind: ChatKind): boolean
  /** How long a chat shows that the bot is at work, once told so; absent where it cannot be told. */
  typingMs?(kind: ChatKind): number | undefined
}

/** How a text is dressed. The ladder goes down: markdown, plain, links disarmed. */
export type TextForm = 'markdown' | 'plain' | 'disarmed'

/** A button under a message. A press comes back as a `Click` with its `data`, or as a message of whoever pressed. */
export interface Button {
  readonly id: string
  readonly label: string
  /** By which the words above it name the same; shown where the label does not fit. */
  readonly number?: number
  readonly data: string
  /** Whoever presses says `data`, or finds it where they write. */
  readonly says?: true
  readonly style: 'plain' | 'primary' | 'danger'
  /** Ids of the people who may press it; everyone when absent. */
  readonly onlyFor?: readonly string[]
}

/** A file that goes out: an address that the platform can fetch, or a path on this machine that was allowed before. */
export interface OutgoingMedia {
  readonly kind: Attachment['kind']
  readonly name: string
  readonly source: { readonly url: string } | { readonly path: string }
}

/** Files for an adapter that sends them: it sees bytes, never the disk, and no address but those that may be asked. */
export interface MediaDoor {
  /** Brings here what lies on the web; makes of a voice what platforms play, where that can be done. Throws `HeraldError`. */
  open(media: OutgoingMedia, signal: AbortSignal): Promise<OpenMedia>
  /** Puts bytes where the platform asked for them, without a credential. Resolves with the HTTP status; throws `HeraldError`. */
  put(url: string, bytes: Uint8Array, mostMs: number, signal: AbortSignal): Promise<number>
}

/** A file of which nothing changes while it is open. To be closed, once. */
export interface OpenMedia {
  readonly sizeBytes: number
  /** By its first bytes. */
  readonly mediaType?: string
  read(start: number, length: number): Promise<Uint8Array>
  /** Of the whole, and of its beginning, as hexadecimal digits. */
  hashes(headBytes: number): Promise<{ readonly md5: string; readonly sha1: string; readonly headMd5: string }>
  close(): Promise<void>
}

/** Of a message that is shown while it grows: all its frames are one reply, and each text begins with the one before. */
export interface StreamPlace {
  /** The platform's name of the message; its first frame has none. */
  readonly id?: string
  /** Greater than that of the frame before. */
  readonly index: number
  /** More may follow. The frame without this is the last one. */
  readonly open?: true
  /** The last one of an answer that nobody goes on with: of no use as a message of its own. */
  readonly cut?: true
  /** The last one: so many characters of its text were shown before it. */
  readonly seen?: number
}

/** What a post carries besides its text. Each can be refused by itself; then the text alone goes on. */
export interface Extras {
  /** Rows of buttons. */
  readonly keyboard?: readonly (readonly Button[])[]
  readonly media?: OutgoingMedia
  /** The platform's name of the message that is quoted. */
  readonly quote?: string
  /** The post is a frame of a message that grows. */
  readonly stream?: StreamPlace
}

/** One post. `seq` and the target together are the key by which the platform recognises a repeat. */
export interface Outgoing {
  readonly chat: ChatAddress
  readonly text: string
  readonly form: TextForm
  readonly extras?: Extras
  /** Absent for a message of Herald's own accord. */
  readonly reply?: ReplyTarget & { readonly seq: number }
}

/** What of a post's dress a platform can refuse by itself. */
export type FormPart = 'markdown' | 'link' | 'keyboard' | 'media' | 'quote' | 'length' | 'stream'

/** What the platform answered, for status and trace. */
export interface SendDetail {
  readonly status?: number
  readonly code?: string
  readonly traceId?: string
  readonly message?: string
  /** The audit that decides whether it is shown. */
  readonly auditId?: string
}

/** What became of one try. The rows of `docs/outcomes.md`; the platform's codes are mapped onto them by its own table. */
export type SendOutcome = SendDetail &
  (
    | { readonly kind: 'accepted'; readonly platformId?: string; readonly quoteId?: string }
    /** Written, and no verdict came back: it may have been shown. */
    | { readonly kind: 'unknown' }
    /** Refused before a byte of it was written; certainly not shown. */
    | { readonly kind: 'not_sent' }
    /** Definitely not shown; the adapter has dropped its token, and the next try fetches a new one. */
    | { readonly kind: 'token_refused' }
    | { readonly kind: 'busy'; readonly retryAfterMs?: number }
    /** The key was used before. */
    | { readonly kind: 'duplicate' }
    /** The reply window or its count is used up. */
    | { readonly kind: 'window_closed' }
    /** No right to write first. */
    | { readonly kind: 'no_right' }
    /** The right is there and used up for now: for a minute or so (`soon`), or for longer. */
    | { readonly kind: 'quota_spent'; readonly soon: boolean }
    | { readonly kind: 'form_refused'; readonly part: FormPart }
    | { readonly kind: 'content_refused' }
    | { readonly kind: 'chat_gone' }
    /** Anything else; `known` is false for a code that no table has. */
    | { readonly kind: 'refused'; readonly known: boolean }
  )

export interface PlatformAdapter {
  readonly account: AccountId
  readonly capabilities: Capabilities
  /** How many lives the account is to have at the same time, each with its own connection; one where this is absent. */
  shards?(): Promise<number>
  /**
   * One life; those that go on at the same time share the adapter. Heals inside what a reconnect can heal; resolves with the reason when it gives up. After `signal` aborts it
   * has 5 s to settle, with anything.
   */
  run(host: AdapterHost, signal: AbortSignal): Promise<Ending>
  /** One try of one post: no retries inside. Resolves with an outcome, also when `signal` aborts; throws only on a bug. */
  send(outgoing: Outgoing, signal: AbortSignal): Promise<SendOutcome>
  /** Shows that the bot is at work. Where the capabilities name a time; it takes a place among the replies. */
  typing?(chat: ChatAddress, reply: ReplyTarget & { readonly seq: number }, signal: AbortSignal): Promise<SendOutcome>
  /** Takes a message back, by the name that the platform gave it. */
  recall?(chat: ChatAddress, platformId: string, signal: AbortSignal): Promise<RecallOutcome>
}

/** `too_late`: it stays. `refused`: for any other reason. */
export type RecallOutcome = SendDetail & {
  readonly kind: 'recalled' | 'too_late' | 'refused' | 'token_refused' | 'busy' | 'unknown' | 'not_sent'
}

/** What deliveries may use of an adapter; it stays usable while no generation runs. */
export type SendingAdapter = Pick<PlatformAdapter, 'account' | 'capabilities' | 'send' | 'typing' | 'recall'>
