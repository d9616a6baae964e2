import { isRecord } from '../../../lib/json.ts'
import type { Bot, SentMessage } from '../access/bots.ts'
import type { FileStore } from '../files/files.ts'
import type { HostedFiles } from '../files/hosted.ts'
import type { Gateway } from '../link/gateway.ts'
import { type Refusal, refuse } from '../rest/errors.ts'
import { type Call, emptyReply, type Reply, type Route, route } from '../rest/http.ts'
import { rfc3339 } from '../time.ts'
import type { World } from '../world.ts'
import { type Chat, type ShownMessage, show } from './chats.ts'
import { channelMessage, pictureShown, readChannelSend } from './guilds.ts'
import { chatName } from './people.ts'
import { readSend, type SendBody, visibleText } from './send-body.ts'
import { chargeSend, checkSend, type Draft } from './send-checks.ts'

const FORMS: Readonly<Record<number, ShownMessage['form']>> = {
  0: 'text',
  2: 'markdown',
  3: 'ark',
  4: 'embed',
  7: 'media',
}

/** What a path says of the chat that it leads to. */
type Scene = Chat['kind'] | 'dm'

/** The chat that a path names, for the bot that calls. */
export function chatOf(bot: Bot, scene: Scene, openid: string): Chat | undefined {
  const chat = bot.chats.get(openid)
  return chat && sceneOf(chat) === scene ? chat : undefined
}

function sceneOf(chat: Chat): Scene {
  return chat.kind === 'channel' && chat.direct ? 'dm' : chat.kind
}

/** A wrong or foreign openid: HTTP 500 in a private chat, not-in-the-group in a group. */
export function unknownChat(scene: Scene): Refusal {
  return refuse(scene === 'group' ? 40034101 : 11255)
}

function countPost(bot: Bot, body: SendBody): void {
  bot.counters.sends += 1
  const source = bot.sources.get(body.msgId ?? body.eventId ?? '')
  if (source) source.posts += 1
}

function tooFast(world: World, bot: Bot): boolean {
  const limit = world.options.sendsPerSecond
  if (!limit) return false
  if (bot.sendRate.count(world.now()) >= limit) return true
  bot.sendRate.add(world.now())
  return false
}

export function shownFrom(world: World, draft: Draft, files: FileStore): ShownMessage {
  const { bot, body } = draft
  const quoted = body.quoteRef === undefined ? undefined : bot.quotables.find(body.quoteRef)
  const file = body.fileInfo === undefined ? undefined : files.find(body.fileInfo)
  const answers = body.msgId ?? body.eventId
  return {
    id: world.ids.messageId(),
    atMs: world.now(),
    from: 'bot',
    name: bot.name,
    text: visibleText(body),
    form: FORMS[body.type] ?? 'text',
    refIdx: world.ids.refIdx(),
    recalled: false,
    ...(answers === undefined ? {} : { answers, seq: body.seq }),
    ...(body.quoteRef === undefined ? {} : { quote: { refIdx: body.quoteRef, text: quoted?.text ?? '' } }),
    ...(body.keyboard === undefined ? {} : { keyboard: body.keyboard }),
    ...(file ? { attachments: [{ name: file.name, file_type: file.fileType, url: file.url }] } : {}),
  }
}

/** Puts a bot's message before the people's eyes. */
export function deliver(world: World, bot: Bot, chat: Chat, shown: ShownMessage): void {
  show(chat, shown)
  chat.typingUntilMs = 0
  bot.quotables.add(shown)
  const sent: SentMessage = { chat, atMs: shown.atMs, shown }
  bot.sent.set(shown.id, sent)
  bot.counters.sendsAccepted += 1
  world.record.add({ kind: 'message', appId: bot.appId, chat: chatName(chat), message: shown })
}

export function timestampOf(world: World, atMs: number): string | number {
  return world.options.sendTimestamp === 'unix' ? Math.floor(atMs / 1000) : rfc3339(atMs)
}

export function messageRoutes(files: FileStore, hosted: HostedFiles, gateway: Gateway): readonly Route[] {
  /** Takes a message for a human check: shown only when it passes, and the verdict comes as an event. */
  const holdForAudit = (world: World, draft: Draft, shown: ShownMessage): Reply | undefined => {
    const fault = world.faults.take('audit', draft.bot.appId)
    if (!fault) return undefined
    const auditId = world.ids.uuid()
    const { verdict = 'pass', verdictAfterMs = 1_000 } = fault
    const { bot, chat } = draft
    const tell = (): void => {
      if (verdict === 'pass') deliver(world, bot, chat, shown)
      const type = verdict === 'pass' ? 'MESSAGE_AUDIT_PASS' : 'MESSAGE_AUDIT_REJECT'
      const d = {
        audit_id: auditId,
        audit_time: rfc3339(world.now()),
        create_time: rfc3339(shown.atMs),
        ...auditPlace(chat),
        ...(verdict === 'pass' ? { message_id: shown.id } : {}),
      }
      gateway.dispatch(bot, type, d, world.ids.eventId(type))
    }
    if (verdict !== 'none') world.agenda.at(world.now() + verdictAfterMs, tell)
    const { code, message } = refuse(draft.source ? 304024 : 304023)
    return { ok: { code, message, data: { message_audit: { audit_id: auditId } } }, status: 202 }
  }

  const send =
    (scene: Scene) =>
    (call: Call): Reply => {
      const { world, bot, params } = call
      const raw = scene === 'channel' || scene === 'dm' ? readChannelSend(call) : call.body
      if (!bot || !isRecord(raw)) return { refusal: refuse(12002) }
      const body = readSend(raw)
      countPost(bot, body)
      if (tooFast(world, bot)) return { refusal: refuse(100017) }
      const chat = chatOf(bot, scene, params[0] ?? '')
      if (!chat) return { refusal: unknownChat(scene) }
      const draft: Draft = { bot, chat, body }
      const refusal = checkSend(world, draft, files)
      if (refusal) return { refusal }
      chargeSend(world, draft)
      if (body.type === 6) return typing(world, draft)
      const pictures = body.picture ? { attachments: [pictureShown(hosted, body.picture)] } : {}
      const shown = { ...shownFrom(world, draft, files), ...pictures }
      const held = holdForAudit(world, draft, shown)
      if (held) return held
      deliver(world, bot, chat, shown)
      if (chat.kind === 'channel') return { ok: channelMessage(bot, chat, shown) }
      return { ok: { id: shown.id, timestamp: timestampOf(world, shown.atMs), ext_info: { ref_idx: shown.refIdx } } }
    }

  return [
    route('send', 'POST /v2/users/*/messages', send('c2c')),
    route('send', 'POST /v2/groups/*/messages', send('group')),
    route('send', 'POST /channels/*/messages', send('channel')),
    route('send', 'POST /dms/*/messages', send('dm')),
    route('recall', 'DELETE /channels/*/messages/*', recall('channel')),
    route('recall', 'DELETE /dms/*/messages/*', recall('dm')),
    route('recall', 'DELETE /v2/users/*/messages/*', recall('c2c')),
    route('recall', 'DELETE /v2/groups/*/messages/*', recall('group')),
  ]
}

function auditPlace(chat: Chat): object {
  if (chat.kind === 'channel') return { guild_id: chat.guildId, channel_id: chat.openid }
  return chat.kind === 'group' ? { group_openid: chat.openid } : { user_openid: chat.openid }
}

function typing(world: World, { bot, chat, body }: Draft): Reply {
  chat.typingUntilMs = world.now() + (body.inputSeconds ?? 0) * 1000
  world.record.add({ kind: 'typing', appId: bot.appId, chat: chatName(chat), untilMs: chat.typingUntilMs })
  return { ok: { id: world.ids.messageId(), timestamp: timestampOf(world, world.now()) } }
}

function recall(scene: Scene): (call: Call) => Reply {
  return ({ world, bot, params }) => {
    const [openid = '', id = ''] = params
    if (!bot || !chatOf(bot, scene, openid)) return { refusal: unknownChat(scene) }
    const sent = bot.sent.get(id)
    if (!sent || sent.chat.openid !== openid) return { refusal: refuse(40061002) }
    if (world.now() - sent.atMs > world.options.recallWindowMs) return { refusal: refuse(40064004) }
    sent.shown.recalled = true
    world.record.add({ kind: 'message_changed', appId: bot.appId, chat: chatName(sent.chat), message: sent.shown })
    return emptyReply(world)
  }
}
