/** Reads one dispatched event into a message or into facts about a chat. Pure, and never throws, whatever came. */
import { isRecord, type Json } from '../../../lib/json.ts'
import type { AccountId, AuditVerdict, ChatFact, ChatKind, Inbound, Welcome } from '../../platform.ts'
import type { Frame } from '../link/frames.ts'
import { describeCard, readAttachments, readQuotedAttachments } from './attachments.ts'
import { CHAT_EVENTS, IGNORED_EVENTS } from './chat-events.ts'
import { type Interaction, readInteraction } from './interactions.ts'
import { type Mentions, readable, readMentions } from './markup.ts'
import { describeQuote, quoteNames } from './quotes.ts'
import { idOf, oneLine, record, records, words } from './read-json.ts'

export type Parsed =
  | { readonly kind: 'message'; readonly message: Inbound; readonly facts?: readonly ChatFact[] }
  | { readonly kind: 'facts'; readonly facts: readonly ChatFact[]; readonly welcome?: Welcome }
  | { readonly kind: 'audit'; readonly audit: AuditVerdict }
  /** Known, and nothing follows from it. */
  | { readonly kind: 'ignored' }
  /** No event of that name is known. */
  | { readonly kind: 'unknown' }
  | Interaction
  | { readonly kind: 'malformed'; readonly why: string; readonly pressId?: string }

type Members = Readonly<Record<string, unknown>>

/** Where the members of a message are, by its event. */
interface Shape {
  readonly kind: ChatKind
  /** The chat's id, and the sender's. */
  chatId(d: Members, author: Members): unknown
  readonly senderId: string
  /** True when the event alone says that the bot is spoken to. */
  readonly addressed: boolean
  /** People's `&`, `<` and `>` come escaped. */
  readonly escaped: boolean
}

const GROUP = {
  kind: 'group',
  chatId: d => d['group_openid'],
  senderId: 'member_openid',
  escaped: false,
} as const satisfies Partial<Shape>
const CHANNEL = {
  kind: 'channel',
  chatId: d => d['channel_id'],
  senderId: 'id',
  escaped: true,
} as const satisfies Partial<Shape>

const MESSAGE_EVENTS: Readonly<Record<string, Shape>> = {
  C2C_MESSAGE_CREATE: {
    kind: 'c2c',
    chatId: (_, author) => author['user_openid'],
    senderId: 'user_openid',
    addressed: true,
    escaped: false,
  },
  GROUP_AT_MESSAGE_CREATE: { ...GROUP, addressed: true },
  GROUP_MESSAGE_CREATE: { ...GROUP, addressed: false },
  AT_MESSAGE_CREATE: { ...CHANNEL, addressed: true },
  MESSAGE_CREATE: { ...CHANNEL, addressed: false },
  // A direct session has a guild of its own, by which it is written to.
  DIRECT_MESSAGE_CREATE: { kind: 'dm', chatId: d => d['guild_id'], senderId: 'id', addressed: true, escaped: true },
}

/** Whether what waited for it is shown now. */
const AUDIT_EVENTS: Readonly<Record<string, boolean>> = { MESSAGE_AUDIT_PASS: true, MESSAGE_AUDIT_REJECT: false }

const LONGEST_NAME = 100

/** `self`: the bot's id as READY gave it, where it is known. */
export function parseDispatch(account: AccountId, frame: Frame, self: { readonly id?: string }): Parsed {
  const { t: type = '' } = frame
  if (Object.hasOwn(MESSAGE_EVENTS, type)) return parseMessage(account, frame, self.id, MESSAGE_EVENTS[type])
  if (Object.hasOwn(CHAT_EVENTS, type)) return parseChatEvent(account, frame)
  if (Object.hasOwn(AUDIT_EVENTS, type)) return parseAudit(frame, AUDIT_EVENTS[type] === true)
  if (type === 'INTERACTION_CREATE') return readInteraction(account, frame)
  return { kind: IGNORED_EVENTS.has(type) ? 'ignored' : 'unknown' }
}

function parseChatEvent(account: AccountId, { t: type = '', d, id: eventId }: Frame): Parsed {
  const event = CHAT_EVENTS[type]
  const id = event && idOf(record(d)[event.id])
  if (!event || id === undefined) return malformed(`no ${event?.id}`)
  const chat = { account, kind: event.kind, id }
  const facts = [{ chat, facts: event.facts }]
  if (!event.welcomes || eventId === undefined) return { kind: 'facts', facts }
  return { kind: 'facts', facts, welcome: { id: eventId, chat, reply: { via: 'event_id', id: eventId } } }
}

function parseAudit({ d }: Frame, passed: boolean): Parsed {
  const { audit_id: auditId, message_id: messageId } = record(d)
  const id = idOf(auditId)
  if (id === undefined) return malformed('no audit_id')
  const platformId = idOf(messageId)
  return { kind: 'audit', audit: { id, passed, ...(platformId === undefined ? {} : { platformId }) } }
}

function parseMessage(account: AccountId, frame: Frame, self: string | undefined, shape: Shape | undefined): Parsed {
  const { d } = frame
  if (!shape || !isRecord(d)) return malformed('no message')
  const id = idOf(d['id'])
  if (id === undefined) return malformed('no id')
  const { author } = d
  if (!isRecord(author)) return malformed('no author')
  const chatId = idOf(shape.chatId(d, author))
  if (chatId === undefined) return malformed(shape.kind === 'c2c' ? 'no user_openid' : 'no chat')
  const senderId = idOf(author[shape.senderId])
  if (senderId === undefined) return malformed(`no ${shape.senderId}`)
  if (!hasContent(d)) return malformed('no content')
  const mentions = readMentions(d['mentions'], self)
  const name = oneLine(words(record(d['member'])['nick']) ?? words(author['username']) ?? '', LONGEST_NAME)
  return {
    kind: 'message',
    message: {
      id,
      chat: { account, kind: shape.kind, id: chatId },
      sender: { id: senderId, ...(name === '' ? {} : { name }), isBot: author['bot'] === true },
      text: textOf(d, mentions, shape.escaped),
      ...quoteNames(d, id, shape.kind),
      attachments: [...readAttachments(d['attachments']), ...readQuotedAttachments(d['msg_elements'])],
      addressed: shape.addressed || mentions.self,
      reply: { via: 'msg_id', id },
      ...sentAt(d['timestamp']),
      raw: rawOf(frame, d),
    },
  }
}

function sentAt(timestamp: unknown): Pick<Inbound, 'sentAtMs'> {
  const sentAtMs = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return Number.isFinite(sentAtMs) ? { sentAtMs } : {}
}

/** A picture or a card may come without any text; nothing at all is no message. */
function hasContent(d: Members): boolean {
  if (typeof d['content'] === 'string') return true
  const isBare = d['content'] === undefined || d['content'] === null
  return (
    isBare && (records(d['attachments']).length > 0 || isRecord(d['ark_data']) || records(d['msg_elements']).length > 0)
  )
}

function textOf(d: Members, mentions: Mentions, escaped: boolean): string {
  const content = readable(words(d['content']) ?? '', mentions, escaped)
  const said = [content, ...describeCard(d['ark_data'], content)].filter(line => line !== '').join('\n')
  const quote = describeQuote(d, mentions, escaped)
  return [said, quote].filter(part => part !== '').join('\n\n')
}

/** The frame as it came, but for the one secret in it: the group's token, which is the platform's business alone. */
function rawOf({ op, s, t, id }: Frame, d: Members): Json {
  const scene = record(d['message_scene'])
  const { ext } = scene
  const clean = Array.isArray(ext)
    ? {
        ...d,
        message_scene: { ...scene, ext: ext.filter(one => typeof one !== 'string' || !one.startsWith('auth_token=')) },
      }
    : d
  const raw: Record<string, unknown> = { op, ...(s === undefined ? {} : { s }), t: t ?? null, id: id ?? null, d: clean }
  // Everything in a frame came out of a JSON parser.
  return raw as Json
}

function malformed(why: string): Parsed {
  return { kind: 'malformed', why }
}
