import { createRecentMap } from '../bounded.ts'

/** What a person sees in a chat, in the order in which it appeared. */
export interface ShownMessage {
  readonly id: string
  readonly atMs: number
  readonly from: 'bot' | 'person'
  /** Who wrote it: the bot's name, or the person's. */
  readonly name: string
  text: string
  readonly form: 'text' | 'markdown' | 'ark' | 'embed' | 'media' | 'stream'
  /** The `msg_id` or `event_id` that a bot's message answers; absent for a proactive one. */
  readonly answers?: string
  readonly seq?: number
  /** By what a later message quotes this one. */
  readonly refIdx: string
  readonly quote?: { readonly refIdx: string; readonly text: string }
  readonly keyboard?: unknown
  readonly attachments?: readonly unknown[]
  recalled: boolean
  /** A stream that has not been finished. */
  growing?: boolean
}

export interface Member {
  readonly name: string
  readonly openid: string
  role: 'member' | 'admin' | 'owner'
  readonly bot: boolean
}

interface ChatBase {
  readonly name: string
  readonly openid: string
  readonly shown: ShownMessage[]
  typingUntilMs: number
}

/** A person and the private chat with the bot. */
export interface Person extends ChatBase {
  readonly kind: 'c2c'
  readonly decimalId: string
  friend: boolean
  /** The person's switch for messages that the bot sends of its own accord. */
  proactive: boolean
  blocked: boolean
}

export interface Group extends ChatBase {
  readonly kind: 'group'
  readonly members: Map<string, Member>
  /** The bot as a member. */
  readonly self: Member
  botIn: boolean
  muted: boolean
  /** Full-message mode: the bot hears everything, not only what mentions it. */
  fullMode: boolean
  /** Whether the owner lets the bot write of its own accord. */
  proactive: boolean
}

/** A text channel of a guild, or the direct session with one person, which is a guild of its own. */
export interface Channel extends ChatBase {
  readonly kind: 'channel'
  readonly direct: boolean
  /** The bot's guild, where they know each other from. */
  readonly guildId: string
  /** Decimal ids of those who have spoken, by name. */
  readonly speakers: Map<string, string>
  /** Whether the bot may write of its own accord. */
  proactive: boolean
  messages: number
}

export type Chat = Person | Group | Channel
export type ChatKind = Chat['kind']

/** How often a chat's history is cut, not how much of it is kept at least. */
const SHOWN_LIMIT = 5_000

export function show(chat: Chat, message: ShownMessage): void {
  chat.shown.push(message)
  if (chat.shown.length >= SHOWN_LIMIT * 2) chat.shown.splice(0, SHOWN_LIMIT)
}

/** What can be quoted by its index, per bot. */
export interface Quotables {
  add(message: ShownMessage): void
  find(ref: string): ShownMessage | undefined
}

export function createQuotables(limit = 20_000): Quotables {
  const byRef = createRecentMap<string, ShownMessage>(limit)
  return {
    add: message => byRef.set(message.refIdx, message),
    find: ref => byRef.get(ref),
  }
}
