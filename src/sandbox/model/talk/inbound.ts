import { isRecord } from '../../../lib/json.ts'
import { addSource, type Bot } from '../access/bots.ts'
import { createRecentMap } from '../bounded.ts'
import type { Gateway } from '../link/gateway.ts'
import type { ChatName } from '../record.ts'
import { rfc3339 } from '../time.ts'
import type { World } from '../world.ts'
import { type Chat, type Group, type Member, type Person, type ShownMessage, show } from './chats.ts'
import { channelBody, channelNamed } from './guilds.ts'
import { chatName, groupNamed, memberNamed, personNamed } from './people.ts'

/** Something that a person writes. */
export interface Say {
  readonly appId?: string | undefined
  /** Who writes; made up on the spot when nobody of that name (or openid) is known. */
  readonly person: string
  /** Where; a private chat without one. */
  readonly group?: string | undefined
  /** In a guild channel instead; in the guild's direct session with somebody when it begins with `@`. */
  readonly channel?: string | undefined
  readonly text?: string | undefined
  /** In a group: whether the bot is mentioned (default yes). */
  readonly mention?: boolean | undefined
  /** Other members who are mentioned, by name. */
  readonly mentionOthers?: readonly string[] | undefined
  readonly mentionAll?: boolean | undefined
  /** Which events a group message raises; by default as the group's mode says. */
  readonly events?: 'at' | 'message' | 'both' | 'none' | undefined
  /** Delivers an earlier message once more, under the same message id. */
  readonly again?: string | undefined
  readonly id?: unknown
  /** Written that long ago, by its timestamp. */
  readonly ageMs?: number | undefined
  readonly attachments?: readonly unknown[] | undefined
  /** The `ref_idx` of the message that is quoted. */
  readonly quote?: string | undefined
  /** The writer is a bot. */
  readonly asBot?: boolean | undefined
  /** Members to leave out, such as `content` or `author.user_openid`. */
  readonly omit?: readonly string[] | undefined
  /** Members to lay over `d`. */
  readonly patch?: Readonly<Record<string, unknown>> | undefined
  /** The whole `d` instead. */
  readonly d?: unknown
}

export interface Said {
  readonly id: string
  readonly refIdx: string
  /** Types of the events that were dispatched. */
  readonly events: readonly string[]
  readonly chat: ChatName
}

interface Spoken {
  readonly types: readonly string[]
  readonly bodies: readonly unknown[]
  readonly said: Said
}

/** People's messages of one platform, and their redelivery. */
export interface Inbox {
  say(bot: Bot, say: Say): Said
}

const REDELIVERABLE = 5_000

export function createInbox(world: World, gateway: Gateway): Inbox {
  const earlier = createRecentMap<string, Spoken>(REDELIVERABLE)

  const dispatch = (bot: Bot, spoken: Spoken): Said => {
    for (const [at, type] of spoken.types.entries())
      gateway.dispatch(bot, type, spoken.bodies[at], world.ids.eventId(type))
    return spoken.said
  }

  return {
    say(bot, say) {
      if (say.again !== undefined) {
        const spoken = earlier.get(say.again)
        if (!spoken) throw new Error(`no message ${say.again} to deliver again`)
        return dispatch(bot, spoken)
      }
      const spoken = speak(world, bot, say)
      earlier.set(spoken.said.id, spoken)
      return dispatch(bot, spoken)
    },
  }
}

/** Where something is said, and as which events the bot hears it. */
interface Scene {
  readonly chat: Chat
  /** The writer's name there. */
  readonly name: string
  readonly types: readonly string[]
  body(type: string, common: { readonly id: unknown; readonly timestamp: string }, shown: ShownMessage): object
}

function sceneFor(world: World, bot: Bot, say: Say): Scene {
  if (say.channel !== undefined) {
    const chat = channelNamed(bot, say.channel)
    const mention = !chat.direct && say.mention !== false
    const heardAs = chat.direct ? 'DIRECT_MESSAGE_CREATE' : mention ? 'AT_MESSAGE_CREATE' : 'MESSAGE_CREATE'
    const said = { person: say.person, text: say.text ?? '', mention, asBot: say.asBot ?? false }
    return {
      chat,
      name: say.person,
      types: say.events === 'none' ? [] : [heardAs],
      body: (_, common) => channelBody(world, bot, chat, said, common),
    }
  }
  if (say.group !== undefined) {
    const chat = groupNamed(world, bot, say.group)
    const author = memberNamed(world, chat, say.person)
    return {
      chat,
      name: author.name,
      types: groupEventTypes(world, chat, say),
      body: (type, common, shown) =>
        groupBody(world, bot, chat, author, say, type, {
          ...common,
          ...elementsOf(bot, shown),
          ...sceneOf(shown, true),
        }),
    }
  }
  const chat = personNamed(world, bot, say.person)
  return {
    chat,
    name: chat.name,
    types: ['C2C_MESSAGE_CREATE'],
    body: (_, common, shown) =>
      privateBody(world, chat, say, { ...common, ...elementsOf(bot, shown), ...sceneOf(shown, false) }),
  }
}

function speak(world: World, bot: Bot, say: Say): Spoken {
  const id = typeof say.id === 'string' ? say.id : world.ids.messageId()
  const refIdx = world.ids.refIdx()
  const { chat, name, types, body } = sceneFor(world, bot, say)
  const attachments = say.attachments?.length ? { attachments: say.attachments } : {}
  const shown: ShownMessage = {
    id,
    atMs: world.now(),
    from: 'person',
    name,
    text: say.text ?? '',
    form: say.attachments?.length ? 'media' : 'text',
    refIdx,
    recalled: false,
    ...attachments,
    ...quoteOf(bot, say.quote),
  }
  show(chat, shown)
  bot.quotables.add(shown)
  world.record.add({ kind: 'message', appId: bot.appId, chat: chatName(chat), message: shown })

  const writtenAtMs = world.now() - (say.ageMs ?? 0)
  const common = { id: say.id ?? id, timestamp: rfc3339(writtenAtMs), ...inEvents(world, attachments) }
  const bodies = types.map(type => say.d ?? shaped({ ...body(type, common, shown) }, say))
  addSource(bot, { id, via: 'msg_id', eventType: types[0] ?? 'none', chat, atMs: writtenAtMs })
  return { types, bodies, said: { id, refIdx, events: types, chat: chatName(chat) } }
}

/** Older payloads leave the scheme of an address out. */
function inEvents(world: World, { attachments = [] }: Pick<ShownMessage, 'attachments'>): object {
  if (attachments.length === 0) return {}
  const bare = (one: unknown): unknown =>
    isRecord(one) && typeof one['url'] === 'string' ? { ...one, url: one['url'].replace(/^https?:\/\//, '') } : one
  return { attachments: world.options.attachmentScheme === 'none' ? attachments.map(bare) : attachments }
}

function quoteOf(bot: Bot, ref: string | undefined): Pick<ShownMessage, 'quote'> {
  if (ref === undefined) return {}
  return { quote: { refIdx: ref, text: bot.quotables.find(ref)?.text ?? '' } }
}

function elementsOf(bot: Bot, shown: ShownMessage): object {
  if (!shown.quote) return { message_type: 0 }
  const quoted = bot.quotables.find(shown.quote.refIdx)
  // What a bot has sent stands in other words, and is not passed on.
  const files = quoted?.from === 'person' && quoted.attachments ? { attachments: quoted.attachments } : {}
  return {
    message_type: 103,
    msg_elements: [{ msg_idx: shown.quote.refIdx, message_type: 103, content: shown.quote.text, ...files }],
  }
}

function sceneOf(shown: ShownMessage, inGroup: boolean): object {
  const ext = [`msg_idx=${shown.refIdx}`]
  if (shown.quote) ext.unshift(`ref_msg_idx=${shown.quote.refIdx}`)
  if (inGroup) ext.push('auth_token=QUJDRA==')
  return { message_scene: { source: 'default', ext } }
}

function groupEventTypes(world: World, group: Group, say: Say): string[] {
  if (!group.botIn || say.events === 'none') return []
  const at = 'GROUP_AT_MESSAGE_CREATE'
  const full = 'GROUP_MESSAGE_CREATE'
  if (say.events === 'both') return [at, full]
  if (say.events) return [say.events === 'at' ? at : full]
  const mentioned = say.mention !== false
  if (!group.fullMode) return mentioned ? [at] : []
  return mentioned && world.options.fullModeEvents === 'both' ? [at, full] : [full]
}

function privateBody(world: World, person: Person, say: Say, common: object): Record<string, unknown> {
  const decimal = world.options.authorId === 'decimal'
  return {
    ...common,
    author: {
      id: decimal ? person.decimalId : person.openid,
      user_openid: person.openid,
      union_openid: '',
      username: '',
      bot: say.asBot ?? false,
    },
    content: say.text ?? '',
  }
}

interface Mention {
  readonly member?: Member
  readonly markup: string
  readonly entry: object
}

function mentionsOf(world: World, group: Group, say: Say): Mention[] {
  const single = (member: Member, isYou: boolean): Mention => ({
    member,
    markup: `<@${member.openid}> `,
    entry: {
      id: member.openid,
      username: member.name,
      bot: member.bot,
      member_openid: member.openid,
      scope: 'single',
      is_you: isYou,
      member_role: member.role,
    },
  })
  const mentions: Mention[] = []
  if (say.mentionAll) mentions.push({ markup: '<@all> ', entry: { username: '全体成员', scope: 'all', is_you: true } })
  if (say.mention !== false) mentions.push(single(group.self, true))
  for (const name of say.mentionOthers ?? []) mentions.push(single(memberNamed(world, group, name), false))
  return mentions
}

function groupBody(
  world: World,
  bot: Bot,
  group: Group,
  author: Member,
  say: Say,
  type: string,
  common: object,
): Record<string, unknown> {
  const text = say.text ?? ''
  const { atSpaces, fullModeMention, authorId } = world.options
  const mentions = mentionsOf(world, group, say)
  const isAt = type === 'GROUP_AT_MESSAGE_CREATE'
  const stripsSelf = isAt || fullModeMention === 'stripped'
  const listed = isAt ? mentions.filter(mention => mention.member !== group.self) : mentions
  const inline = mentions.filter(mention => !stripsSelf || mention.member !== group.self)
  const written = inline.map(mention => mention.markup).join('') + text
  const spaced = atSpaces === 'none' ? written : ` ${written}${atSpaces === 'both' ? ' ' : ''}`
  const strippedFull = stripsSelf && say.mention !== false ? ` ${written}` : written || ' '
  const person = authorId === 'decimal' ? personNamed(world, bot, author.name).decimalId : author.openid
  return {
    ...common,
    author: {
      id: person,
      member_openid: author.openid,
      member_role: author.role,
      username: author.name,
      bot: say.asBot ?? author.bot,
      union_openid: '',
    },
    content: isAt ? spaced : strippedFull,
    group_id: group.openid,
    group_openid: group.openid,
    ...(listed.length ? { mentions: listed.map(mention => mention.entry) } : {}),
  }
}

/** Leaves out and lays over what the caller asked for; dots lead into nested objects. */
function shaped(d: Record<string, unknown>, say: Say): Record<string, unknown> {
  const result = say.patch ? { ...d, ...say.patch } : d
  for (const path of say.omit ?? []) {
    const [outer = '', inner] = path.split('.')
    if (inner === undefined) {
      delete result[outer]
      continue
    }
    const nested = result[outer]
    if (typeof nested !== 'object' || nested === null) continue
    result[outer] = Object.fromEntries(Object.entries(nested).filter(([key]) => key !== inner))
  }
  return result
}
