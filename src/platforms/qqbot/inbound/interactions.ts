/** Reads INTERACTION_CREATE: a press on a button, or on an entry of the menu. Pure. */
import type { AccountId, ChatAddress, Click } from '../../platform.ts'
import type { Frame } from '../link/frames.ts'
import { idOf, record, words } from './read-json.ts'

export type Interaction =
  | { readonly kind: 'click'; readonly click: Click }
  /** Feedback, settings, permissions: the platform expects no answer. */
  | { readonly kind: 'ignored' }
  /** `pressId`: the one who pressed waits for an answer all the same. */
  | { readonly kind: 'malformed'; readonly why: string; readonly pressId?: string }

type Members = Readonly<Record<string, unknown>>

const BUTTON = 11
const MENU = 12
/** Far more than we ever put into one. */
const LONGEST_DATA = 1024

export function readInteraction(account: AccountId, { id: eventId, d }: Frame): Interaction {
  const given = record(d)
  const data = record(given['data'])
  const type = given['type'] ?? data['type']
  if (type !== BUTTON && type !== MENU) return { kind: 'ignored' }
  const id = idOf(given['id'])
  if (id === undefined) return { kind: 'malformed', why: 'no id' }
  const malformed = (why: string): Interaction => ({ kind: 'malformed', why, pressId: id })
  const resolved = record(data['resolved'])
  const place = placeOf(account, given, resolved)
  if (!place) return malformed('no chat or sender')
  if (eventId === undefined) return malformed('no event id')
  const carried = type === BUTTON ? resolved['button_data'] : resolved['feature_id']
  const said = words(carried)
  if (said === undefined) return malformed('no data')
  if (said.length > LONGEST_DATA) return malformed('data too long')
  const click: Click = { id, ...place, data: said, reply: { via: 'event_id', id: eventId } }
  // The documents do not list it among the events that may be replied to in a guild.
  return { kind: 'click', click: place.chat.kind === 'channel' ? { ...click, unanswerable: true } : click }
}

function placeOf(
  account: AccountId,
  d: Members,
  resolved: Members,
): { readonly chat: ChatAddress; readonly senderId: string } | undefined {
  const at = (kind: ChatAddress['kind'], chat: unknown, sender: unknown) => {
    const [id, senderId] = [idOf(chat), idOf(sender)]
    return id === undefined || senderId === undefined ? undefined : { chat: { account, kind, id }, senderId }
  }
  // Which of these is there says more than `scene` and `chat_type`, which may be missing.
  if (d['group_openid'] !== undefined) return at('group', d['group_openid'], d['group_member_openid'])
  if (d['channel_id'] !== undefined) return at('channel', d['channel_id'], resolved['user_id'] ?? d['user_id'])
  return at('c2c', d['user_openid'], d['user_openid'])
}
