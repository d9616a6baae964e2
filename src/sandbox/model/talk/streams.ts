import { isRecord } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import { createRecentMap } from '../bounded.ts'
import type { FileStore } from '../files/files.ts'
import { refuse } from '../rest/errors.ts'
import { type Call, type Reply, type Route, route } from '../rest/http.ts'
import type { World } from '../world.ts'
import type { Chat, ShownMessage } from './chats.ts'
import { chatName } from './people.ts'
import { chatOf, deliver, shownFrom, timestampOf, unknownChat } from './routes-messages.ts'
import { readSend } from './send-body.ts'
import { chargeSend, checkSend, type Draft, refusalOf } from './send-checks.ts'

interface Stream {
  readonly id: string
  readonly appId: string
  readonly chat: Chat
  readonly shown: ShownMessage
  index: number
  finished: boolean
  lastAtMs: number
}

interface Frame {
  readonly mode: 'append' | 'replace'
  readonly finished: boolean
  readonly index: number
  readonly text: string
  readonly streamId: string | undefined
}

const STREAMS_KEPT = 5_000
/** Ended, or further than the frame. */
const ENDED = 40006

function readFrame(body: Readonly<Record<string, unknown>>): Frame {
  const { input_mode: mode, input_state: state, index, content_raw: text, stream_msg_id: streamId } = body
  return {
    mode: mode === 'replace' ? 'replace' : 'append',
    finished: state === 10,
    index: typeof index === 'number' ? index : 0,
    text: typeof text === 'string' ? text : '',
    streamId: typeof streamId === 'string' && streamId ? streamId : undefined,
  }
}

/** Messages that grow while they are written, in private chats. All frames together are one reply. */
export function streamRoutes(files: FileStore): readonly Route[] {
  const byId = createRecentMap<string, Stream>(STREAMS_KEPT)

  const receipt = (world: World, stream: Stream): Reply => ({
    ok: {
      id: stream.id,
      timestamp: timestampOf(world, world.now()),
      ext_info: { ref_idx: stream.shown.refIdx },
      remain_msg_len: Math.max(0, world.options.textLimit - stream.shown.text.length),
    },
  })

  const begin = (world: World, bot: Bot, chat: Chat, frame: Frame, raw: Readonly<Record<string, unknown>>): Reply => {
    const body = readSend({ ...raw, msg_type: 0, content: frame.text })
    bot.counters.sends += 1
    const source = bot.sources.get(body.msgId ?? body.eventId ?? '')
    if (source) source.posts += 1
    const draft: Draft = { bot, chat, body, stream: true }
    const refusal = world.options.streams ? checkSend(world, draft, files) : refuse(11253)
    if (refusal) return { refusal }
    chargeSend(world, draft)
    const id = world.ids.uuid()
    const shown: ShownMessage = {
      ...shownFrom(world, draft, files),
      id,
      text: frame.text,
      form: 'stream',
      growing: !frame.finished,
    }
    const { index, finished } = frame
    const stream = { id, appId: bot.appId, chat, shown, index, finished, lastAtMs: world.now() }
    byId.set(id, stream)
    deliver(world, bot, chat, shown)
    return receipt(world, stream)
  }

  /** Whoever says that a stream has ended takes nothing more for it. */
  const end = (world: World, bot: Bot, stream: Stream): void => {
    const { chat, shown } = stream
    stream.finished = true
    shown.growing = false
    world.record.add({ kind: 'message_changed', appId: bot.appId, chat: chatName(chat), message: shown })
  }

  const grow = (world: World, bot: Bot, stream: Stream, frame: Frame): Reply => {
    const fault = world.faults.take('send', bot.appId, spec => spec.when === 'stream_frame')
    if (fault) {
      if (fault.code === ENDED) end(world, bot, stream)
      return { refusal: refusalOf(fault) }
    }
    if (world.now() - stream.lastAtMs < world.options.streamPaceMs) return { refusal: refuse(50002) }
    if (frame.index <= stream.index || stream.finished) return { refusal: refuse(ENDED) }
    const { shown } = stream
    if (frame.mode === 'replace' && !frame.text.startsWith(shown.text)) return { refusal: refuse(40007) }
    const text = frame.mode === 'replace' ? frame.text : shown.text + frame.text
    if ([...text].length > world.options.textLimit) return { refusal: refuse(40054007) }
    stream.index = frame.index
    stream.lastAtMs = world.now()
    stream.finished = frame.finished
    shown.text = text
    shown.growing = !frame.finished
    world.record.add({ kind: 'message_changed', appId: bot.appId, chat: chatName(stream.chat), message: shown })
    return receipt(world, stream)
  }

  const handle = ({ world, bot, params, body }: Call): Reply => {
    if (!bot || !isRecord(body)) return { refusal: refuse(12002) }
    const chat = chatOf(bot, 'c2c', params[0] ?? '')
    if (!chat) return { refusal: unknownChat('c2c') }
    const frame = readFrame(body)
    if (frame.streamId === undefined) return begin(world, bot, chat, frame, body)
    const stream = byId.get(frame.streamId)
    if (!stream || stream.appId !== bot.appId || stream.chat !== chat) return { refusal: refuse(40034024) }
    return grow(world, bot, stream, frame)
  }

  return [route('stream', 'POST /v2/users/*/stream_messages', handle)]
}
