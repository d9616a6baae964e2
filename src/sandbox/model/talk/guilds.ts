import { isRecord } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import { rfc3339 } from '../time.ts'
import type { World } from '../world.ts'
import type { Channel, ShownMessage } from './chats.ts'

/** Guild channels: one guild per bot, text channels by name. */
export function channelNamed(bot: Bot, name: string): Channel {
  const known = bot.channels.get(name) ?? bot.chats.get(name)
  if (known?.kind === 'channel') return known
  const channel: Channel = {
    kind: 'channel',
    name,
    openid: String(1_000_000 + bot.channels.size),
    guildId: bot.guildId,
    speakers: new Map(),
    proactive: true,
    messages: 0,
    shown: [],
    typingUntilMs: 0,
  }
  bot.channels.set(name, channel)
  bot.chats.set(channel.openid, channel)
  return channel
}

function speakerId(world: World, channel: Channel, name: string): string {
  const known = channel.speakers.get(name) ?? world.ids.decimal()
  channel.speakers.set(name, known)
  return known
}

/** What people write is escaped in guild events. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** And what a bot writes is unescaped before people see it. */
function unescaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }
  return text.replaceAll(/&(?:amp|lt|gt);/g, entity => signs[entity] ?? entity)
}

/** `d` of AT_MESSAGE_CREATE and MESSAGE_CREATE. */
export function channelBody(
  world: World,
  bot: Bot,
  channel: Channel,
  said: { readonly person: string; readonly text: string; readonly mention: boolean; readonly asBot: boolean },
  common: { readonly id: unknown; readonly timestamp: string },
): Record<string, unknown> {
  channel.messages += 1
  const avatar = 'https://q.qlogo.cn/sandbox/0'
  const mention = { id: bot.id, username: bot.name, avatar, bot: true }
  return {
    ...common,
    channel_id: channel.openid,
    guild_id: channel.guildId,
    content: `${said.mention ? `<@!${bot.id}> ` : ''}${escaped(said.text)}`,
    author: { id: speakerId(world, channel, said.person), username: said.person, avatar, bot: said.asBot },
    member: { joined_at: rfc3339(world.now()), nick: said.person, roles: ['1'] },
    ...(said.mention ? { mentions: [mention] } : {}),
    seq: channel.messages,
    seq_in_channel: String(channel.messages),
  }
}

/** The Message object that a send to a channel answers with. */
export function channelMessage(bot: Bot, channel: Channel, shown: ShownMessage): object {
  channel.messages += 1
  return {
    id: shown.id,
    channel_id: channel.openid,
    guild_id: channel.guildId,
    content: shown.text,
    timestamp: rfc3339(shown.atMs),
    tts: false,
    mention_everyone: false,
    author: { id: bot.id, username: bot.name, avatar: '', bot: true },
    embeds: [],
    pinned: false,
    type: 0,
    flags: 0,
    seq_in_channel: String(channel.messages),
  }
}

/** A channel's body in the words of the other sends: its kind of message follows from its members. */
export function readChannelSend(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const type = isRecord(raw['markdown']) ? 2 : raw['ark'] ? 3 : raw['embed'] ? 4 : 0
  const given = typeof raw['image'] === 'string' ? (raw['content'] ?? raw['image']) : raw['content']
  const content = typeof given === 'string' ? unescaped(given) : given
  return { ...raw, msg_type: type, ...(type === 2 ? { content: '' } : content === undefined ? {} : { content }) }
}
