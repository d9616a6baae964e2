import { isRecord, parseJson } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import { readForm } from '../files/form.ts'
import { type HostedFiles, typeOfBytes } from '../files/hosted.ts'
import type { Call } from '../rest/http.ts'
import { rfc3339 } from '../time.ts'
import type { World } from '../world.ts'
import type { Channel, ShownMessage } from './chats.ts'
import type { Picture } from './send-body.ts'

const DIRECT = '@'

/** Guild channels: one guild per bot, text channels by name; `@Alice` is the direct session with Alice. */
export function channelNamed(bot: Bot, name: string): Channel {
  const known = bot.channels.get(name) ?? bot.chats.get(name)
  if (known?.kind === 'channel') return known
  const channel: Channel = {
    kind: 'channel',
    name,
    direct: name.startsWith(DIRECT),
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

/** The guild's id of somebody, made up when they are first heard of. */
export function speakerId(world: World, channel: Channel, name: string): string {
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

/** `d` of AT_MESSAGE_CREATE, MESSAGE_CREATE and DIRECT_MESSAGE_CREATE. */
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
    ...placeOf(channel),
    ...(channel.direct ? { direct_message: true, src_guild_id: channel.guildId } : {}),
    content: `${said.mention ? `<@!${bot.id}> ` : ''}${escaped(said.text)}`,
    author: { id: speakerId(world, channel, said.person), username: said.person, avatar, bot: said.asBot },
    member: { joined_at: rfc3339(world.now()), nick: said.person, roles: ['1'] },
    ...(said.mention ? { mentions: [mention] } : {}),
    seq: channel.messages,
    seq_in_channel: String(channel.messages),
  }
}

/** A direct session is written to by its guild; its channel leads nowhere. */
export function placeOf({ direct, openid, guildId }: Channel): object {
  return direct ? { channel_id: `7${openid}`, guild_id: openid } : { channel_id: openid, guild_id: guildId }
}

/** The Message object that a send to a channel answers with. */
export function channelMessage(bot: Bot, channel: Channel, shown: ShownMessage): object {
  channel.messages += 1
  return {
    id: shown.id,
    ...placeOf(channel),
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

/** In a form these are texts of JSON. */
const OBJECTS = new Set(['markdown', 'keyboard', 'ark', 'embed', 'message_reference'])

/** A channel's body in the words of the other sends: its kind of message follows from its members. Undefined for a broken form. */
export function readChannelSend({ body, headers, bytes }: Call): Readonly<Record<string, unknown>> | undefined {
  if (bytes === undefined) return isRecord(body) ? inOtherWords(body) : undefined
  const form = readForm(String(headers['content-type'] ?? ''), bytes)
  if (form === undefined) return undefined
  const fields = Object.entries(form.fields).map(([name, text]) => [name, OBJECTS.has(name) ? parseJson(text) : text])
  return inOtherWords({ ...Object.fromEntries(fields), file_image: form.files['file_image'] })
}

function inOtherWords(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const type = isRecord(raw['markdown']) ? 2 : raw['ark'] ? 3 : raw['embed'] ? 4 : 0
  const { content: given } = raw
  const content = typeof given === 'string' ? unescaped(given) : given
  return { ...raw, msg_type: type, ...(type === 2 ? { content: '' } : content === undefined ? {} : { content }) }
}

/** What is shown of a picture that came as a file, or by its address. */
export function pictureShown(hosted: HostedFiles, { name, source }: Picture): object {
  const url =
    'url' in source
      ? source.url
      : hosted.add({ name, mediaType: typeOfBytes(source.bytes) ?? 'application/octet-stream', bytes: source.bytes })
  return { name, file_type: 1, url }
}
