import type { Bot, ReplySource } from '../access/bots.ts'
import { createRateWindow, type RateWindow } from '../bounded.ts'
import type { FaultOf } from '../faults/fault-specs.ts'
import type { FileStore } from '../files/files.ts'
import { fitsFileType } from '../files/hosted.ts'
import { messageOfCode, type Refusal, refuse } from '../rest/errors.ts'
import type { World } from '../world.ts'
import type { Chat } from './chats.ts'
import { hostOfLink, keyboardTooBig, linksIn, type SendBody, visibleText } from './send-body.ts'

/** A send that passed authorization, on its way through the checks. */
export interface Draft {
  readonly bot: Bot
  readonly chat: Chat
  readonly body: SendBody
  /** The first frame of a message that grows, which may begin with nothing. */
  readonly stream?: boolean
  /** Found by the checks; absent for a proactive message. */
  source?: ReplySource
}

const PICTURE = 1

type Check = (world: World, draft: Draft, files: FileStore) => Refusal | undefined

const EVENTS_TO_ANSWER = {
  c2c: new Set(['INTERACTION_CREATE', 'C2C_MSG_RECEIVE', 'FRIEND_ADD']),
  group: new Set(['INTERACTION_CREATE', 'GROUP_ADD_ROBOT', 'GROUP_MSG_RECEIVE', 'GROUP_MEMBER_ADD']),
  channel: new Set(['INTERACTION_CREATE', 'GUILD_MEMBER_ADD', 'MESSAGE_REACTION_ADD']),
}

const isProactive = ({ body }: Draft): boolean => body.msgId === undefined && body.eventId === undefined

const relation: Check = (_, { chat }) => {
  if (chat.kind === 'group') {
    if (!chat.botIn) return refuse(40034101)
    return chat.muted ? refuse(40054002) : undefined
  }
  if (chat.kind === 'channel') return undefined
  if (!chat.friend) return refuse(40054004)
  return chat.blocked ? refuse(40054013) : undefined
}

const typeAndContent: Check = (world, { bot, chat, body }, files) => {
  if (!world.options.messageTypes[chat.kind].includes(body.type)) return refuse(340069)
  const { picture } = body
  if (picture && chat.kind !== 'channel') return refuse(22006)
  if (picture && 'bytes' in picture.source && !fitsFileType(PICTURE, picture.source.bytes)) return refuse(50035)
  if (body.type === 0 && !picture && (body.content === undefined || body.markdown)) return refuse(22006)
  if (body.type === 2 && (!body.markdown || body.content?.trim())) return refuse(22006)
  if (body.type === 3 && body.ark === undefined) return refuse(22006)
  if (body.type === 6 && (body.inputSeconds === undefined || !body.msgId)) return refuse(22006)
  if (body.type !== 7) return undefined
  if (body.fileInfo === undefined) return refuse(22006)
  return files.usable(body.fileInfo, bot.appId, chat, world.now()) ? undefined : refuse(304080)
}

const answered: Check = (world, draft) => {
  const { bot, chat, body } = draft
  const { windowMs } = world.options.passive[chat.kind]
  if (body.msgId !== undefined) {
    const source = bot.sources.get(body.msgId)
    if (source?.via !== 'msg_id' || source.chat !== chat) return refuse(40034024)
    draft.source = source
    return world.now() - source.atMs > windowMs ? refuse(40034005) : undefined
  }
  if (body.eventId === undefined) return undefined
  const source = bot.sources.get(body.eventId)
  if (source?.via !== 'event_id') return refuse(40034025)
  if (source.chat !== chat || !EVENTS_TO_ANSWER[chat.kind].has(source.eventType)) return refuse(40034027)
  draft.source = source
  return world.now() - source.atMs > windowMs ? refuse(40034026) : undefined
}

const quota: Check = (world, { chat, source }) =>
  source && source.places >= world.options.passive[chat.kind].places ? refuse(40034128) : undefined

/** Guilds know no numbers: any reply there may repeat another. */
const unusedSeq: Check = (_, { chat, body, source }) =>
  chat.kind !== 'channel' && source?.seqs.includes(body.seq) ? refuse(40054005) : undefined

const isBlank = (body: SendBody): boolean =>
  body.picture === undefined &&
  (body.type === 0 || body.type === 2) &&
  !visibleText(body).trim() &&
  !body.markdown?.['custom_template_id']

const content: Check = (world, { bot, body, stream }) => {
  if (body.type === 6 || body.type === 7) return undefined
  const words = visibleText(body)
  if (!stream && isBlank(body)) return refuse(50006)
  if (body.type === 2 && !bot.markdown) return refuse(40034012)
  const { allowedHosts } = bot
  if (allowedHosts && linksIn(words).some(link => !allowedHosts.includes(hostOfLink(link)))) return refuse(304003)
  if ([...words].length > world.options.textLimit) return refuse(40054007)
  return keyboardTooBig(body.keyboard) ? refuse(40034029) : undefined
}

/** Refusals that a fault asks for, in the place where the platform would find them. */
const forced: Check = (world, draft) => {
  const { body } = draft
  const applies: Record<FaultOf<'send'>['when'], () => boolean> = {
    any: () => true,
    markdown: () => body.type === 2,
    link: () => linksIn(visibleText(body)).length > 0,
    keyboard: () => body.keyboard !== undefined,
    proactive: () => isProactive(draft),
    passive: () => !isProactive(draft),
    media: () => body.type === 7 || body.picture !== undefined,
    picture_url: () => body.picture !== undefined && 'url' in body.picture.source,
    typing: () => body.type === 6,
    stream: () => draft.stream === true,
    stream_frame: () => false,
  }
  const fault = world.faults.take('send', draft.bot.appId, spec => applies[spec.when]())
  return fault && refusalOf(fault)
}

export function refusalOf({ code, message = messageOfCode(code), status }: FaultOf<'send'>): Refusal {
  return { code, message, ...(status === undefined ? {} : { status }) }
}

function rateOf(bot: Bot, key: string, windowMs: number): RateWindow {
  const known = bot.proactiveRates.get(key)
  if (known) return known
  const rate = createRateWindow(windowMs)
  bot.proactiveRates.set(key, rate)
  return rate
}

const DAY_MS = 86_400_000

function proactiveWindows(bot: Bot, chat: Chat): { bot: RateWindow; chat: RateWindow; day: RateWindow } {
  return {
    bot: rateOf(bot, chat.kind, 60_000),
    chat: rateOf(bot, `${chat.openid} minute`, 60_000),
    day: rateOf(bot, `${chat.openid} day`, DAY_MS),
  }
}

const proactive: Check = (world, draft) => {
  if (!isProactive(draft)) return undefined
  const { bot, chat } = draft
  if (!bot.proactive) return refuse(40034102)
  if (!chat.proactive) return refuse(chat.kind === 'c2c' ? 40054013 : 40034102)
  const limits = world.options.proactive[chat.kind]
  const windows = proactiveWindows(bot, chat)
  const nowMs = world.now()
  const over =
    windows.bot.count(nowMs) >= limits.perBotPerMinute ||
    windows.chat.count(nowMs) >= limits.perChatPerMinute ||
    windows.day.count(nowMs) >= limits.perChatPerDay
  return over ? refuse(40034100) : undefined
}

const CHECKS: readonly Check[] = [relation, typeAndContent, answered, quota, unusedSeq, forced, content, proactive]

/** The first reason against a send, in the platform's order; `draft.source` is filled in on the way. */
export function checkSend(world: World, draft: Draft, files: FileStore): Refusal | undefined {
  for (const check of CHECKS) {
    const refusal = check(world, draft, files)
    if (refusal) return refusal
  }
  return undefined
}

/** Uses up what an accepted send uses up. */
export function chargeSend(world: World, draft: Draft): void {
  const { bot, chat, body, source } = draft
  if (source) {
    source.places += 1
    source.seqs.push(body.seq)
    return
  }
  const windows = proactiveWindows(bot, chat)
  for (const window of Object.values(windows)) window.add(world.now())
}
