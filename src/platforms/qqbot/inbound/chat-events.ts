/** Events that are no messages: what they tell of a chat, and which are known and of no use yet. Pure. */
import type { Json } from '../../../lib/json.ts'
import type { ChatKind } from '../../platform.ts'

export interface ChatEvent {
  readonly kind: ChatKind
  /** The member of `d` that names the chat. */
  readonly id: string
  readonly facts: { readonly [name: string]: Json }
  /** It may be answered with a first word. */
  readonly welcomes?: true
}

/** The names of the facts are those by which delivery decides whether a chat can be written to. */
export const CHAT_EVENTS: Readonly<Record<string, ChatEvent>> = {
  FRIEND_ADD: { kind: 'c2c', id: 'openid', facts: { gone: false }, welcomes: true },
  FRIEND_DEL: { kind: 'c2c', id: 'openid', facts: { gone: true } },
  C2C_MSG_RECEIVE: { kind: 'c2c', id: 'openid', facts: { proactive: 'granted' } },
  C2C_MSG_REJECT: { kind: 'c2c', id: 'openid', facts: { proactive: 'refused' } },
  GROUP_ADD_ROBOT: { kind: 'group', id: 'group_openid', facts: { gone: false }, welcomes: true },
  GROUP_DEL_ROBOT: { kind: 'group', id: 'group_openid', facts: { gone: true } },
  GROUP_MSG_RECEIVE: { kind: 'group', id: 'group_openid', facts: { proactive: 'granted' } },
  GROUP_MSG_REJECT: { kind: 'group', id: 'group_openid', facts: { proactive: 'refused' } },
}

/** Known to the platform's documents, and nothing follows from them. */
export const IGNORED_EVENTS: ReadonlySet<string> = new Set([
  'SUBSCRIBE_MESSAGE_STATUS',
  'GROUP_MEMBER_ADD',
  'GROUP_MEMBER_REMOVE',
  'GROUP_JOIN_REQUEST',
  'ENTER_AIO',
  'MESSAGE_DELETE',
  'PUBLIC_MESSAGE_DELETE',
  'DIRECT_MESSAGE_DELETE',
  'MESSAGE_REACTION_ADD',
  'MESSAGE_REACTION_REMOVE',
  'GUILD_CREATE',
  'GUILD_UPDATE',
  'GUILD_DELETE',
  'CHANNEL_CREATE',
  'CHANNEL_UPDATE',
  'CHANNEL_DELETE',
  'GUILD_MEMBER_ADD',
  'GUILD_MEMBER_UPDATE',
  'GUILD_MEMBER_REMOVE',
  'AUDIO_START',
  'AUDIO_FINISH',
  'AUDIO_ON_MIC',
  'AUDIO_OFF_MIC',
  'ON_MIC',
  'OFF_MIC',
  'AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER',
  'AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT',
  'OPEN_FORUM_THREAD_CREATE',
  'OPEN_FORUM_THREAD_UPDATE',
  'OPEN_FORUM_THREAD_DELETE',
  'OPEN_FORUM_POST_CREATE',
  'OPEN_FORUM_POST_DELETE',
  'OPEN_FORUM_REPLY_CREATE',
  'OPEN_FORUM_REPLY_DELETE',
  'FORUM_THREAD_CREATE',
  'FORUM_THREAD_UPDATE',
  'FORUM_THREAD_DELETE',
  'FORUM_POST_CREATE',
  'FORUM_POST_DELETE',
  'FORUM_REPLY_CREATE',
  'FORUM_REPLY_DELETE',
  'FORUM_PUBLISH_AUDIT_RESULT',
])
