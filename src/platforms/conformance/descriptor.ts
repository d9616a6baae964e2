/** What an adapter's author hands to the suite: how to make the adapter, and a fake of its platform that can be broken. */
import type { Dial, RequestHttp } from '../../lib/net/network.ts'
import type { AdapterWorld, ChatAddress, Inbound, PlatformAdapter, SendOutcome } from '../platform.ts'

/** Conditions that the fake platform can be put in. Each lasts until it is mended. */
export type Trouble =
  /** Open links are reset, without a word; new ones work. Over at once. */
  | 'cut'
  /** Connections stay open, and nothing is sent or answered any more. */
  | 'silent'
  /** Nobody can connect. */
  | 'refused'
  /** The credentials are refused, for good. */
  | 'credentials'

/** What the fake platform does with posts from now on. */
export type SendTrouble =
  /** The next post is shown, and its answer is lost. */
  | 'answer_lost'
  /** Asked to come back later. */
  | 'busy'
  /** The reply window is over. */
  | 'window_closed'
  /** The content is refused. */
  | 'content_refused'
  /** A failure that no table knows. */
  | 'strange'

/** What each of them must become; `undefined` for what the platform cannot do. */
export type SendTroubles = Readonly<Partial<Record<SendTrouble, SendOutcome['kind']>>>

export interface FakePlatform {
  /** How it is reached: usually real sockets (`createDial`, `createRequest`). */
  readonly net: { readonly dial: Dial; readonly request: RequestHttp }
  /** Somebody writes to the bot in private. Returns the id that the adapter must report. */
  write(text: string): string
  /** The message of that id arrives once more. */
  deliverAgain(id: string): void
  /** What the bot has shown to that somebody, oldest first. */
  shown(): readonly string[]
  /** Links that are open now, as the platform sees them; always 0 where it holds none. */
  links(): number
  /** Returns how to mend it. */
  break(trouble: Trouble): () => void
  breakSends(trouble: SendTrouble): () => void
  /** Holds every new life at this stage of connecting. Returns whether one has come to it. */
  stallAt(stage: string): () => boolean
  close(): Promise<void>
}

export interface AdapterUnderTest {
  readonly name: string
  /**
   * `held`: the platform holds a link, whose proofs make the account `connected`. `none`: the platform calls the bot, so that
   * only a call of late does so, and without one it is `unverified`; there is no link to be cut or counted.
   */
  readonly link: 'held' | 'none'
  /** Whether the platform delivers in the order in which people wrote. */
  readonly ordered: boolean
  /** Stages of connecting at which `stallAt` can hold a life; a stop must be obeyed in each. */
  readonly stages: readonly string[]
  /** Whether what is written while the link is down reaches the bot after it is back. */
  readonly resumes: boolean
  readonly sendTroubles: SendTroubles
  /** For how long a call proves that the next ones would come; of no account where a link is held. */
  readonly callProofMs?: number
  /** By when a platform that fell silent must be noticed, with the waits that `createAdapter` sets up. */
  readonly noticeMs: number
  /** A fresh fake platform for one test. */
  open(): Promise<FakePlatform>
  /** As the gateway does for each new life, with waits short enough for a test. */
  createAdapter(platform: FakePlatform, world: AdapterWorld): PlatformAdapter
  /** A reply to a message that arrived, and a message of the bot's own accord. */
  readonly chatOf: (message: Inbound) => ChatAddress
}
