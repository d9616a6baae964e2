/** One try of one post: the right address, the right body, and what the answer means. No retries here. */
import type {
  AdapterWorld,
  Outgoing,
  OutgoingMedia,
  PlatformAdapter,
  SendDetail,
  SendOutcome,
  StreamPlace,
} from '../../platform.ts'
import { idOf, record } from '../inbound/read-json.ts'
import { describeAnswer } from '../rest/answer.ts'
import { type Api, type ApiReply, isTokenRefusal } from '../rest/api.ts'
import type { TokenSource } from '../rest/token.ts'
import { bodyOf, folderOf, frameOf, isGuild, typingOf } from './body.ts'
import { isKnown, outcomeOfCode } from './error-codes.ts'
import { mediaRefused } from './upload-answer.ts'
import type { Uploaded, Uploads } from './uploads.ts'

const LONGEST_MESSAGE = 200
const ACCEPTED_LATER = 202
const TOO_LARGE = 413
const TOO_MANY = 429
const SERVER_ERROR = 500
const FILE_UNKNOWN = '304080'
/** The message that is quoted, or its name; 40034024 may as well mean the one that is answered, and comes again then. */
const QUOTE_REFUSALS = new Set([40034024, 50045, 50046, 50047, 50048, 50049, 50050, 50051])

/** Not granted to this bot, for a stream. */
const NO_STREAMS = 11253

type Answered = Extract<ApiReply, { readonly kind: 'answered' }>

export function createSender(
  world: Pick<AdapterWorld, 'observe'>,
  api: Api,
  token: Pick<TokenSource, 'drop'>,
  uploads?: Uploads,
): Required<Pick<PlatformAdapter, 'send' | 'typing'>> {
  const note = (reply: ApiReply, outcome: SendOutcome): SendOutcome => {
    if (outcome.kind === 'accepted') world.observe({ kind: 'send_accepted' })
    if (reply.kind !== 'answered') return outcome
    if (outcome.kind === 'token_refused') token.drop(reply.token)
    if (isNew(reply, outcome)) {
      const { status, code, message } = reply
      const sample = message === undefined ? {} : { sample: cut(message) }
      world.observe({
        kind: 'unknown',
        what: 'error_code',
        name: code === undefined ? `http_${status}` : String(code),
        ...sample,
      })
    }
    return outcome
  }
  const post = async (outgoing: Outgoing, file: Uploaded | undefined, signal: AbortSignal): Promise<SendOutcome> => {
    const shown = file?.kind === 'ready' ? file.fileInfo : undefined
    const call = { method: 'POST', path: `${folderOf(outgoing.chat)}/messages`, body: bodyOf(outgoing, shown) } as const
    const reply = await api.call(call, signal)
    const judged = judgeExtras(judgeReply(reply, outgoing), reply, outgoing)
    const outcome = note(reply, { ...judged, ...detailOf(reply, judged.kind === 'accepted') })
    if (outcome.kind !== 'refused' || outgoing.extras?.media === undefined) return outcome
    if (outcome.code === FILE_UNKNOWN && file?.kind === 'ready' && file.fromCache) {
      uploads?.forget(file.fileInfo)
      return { ...outcome, kind: 'busy', retryAfterMs: 0 }
    }
    // The words alone may pass.
    return mediaRefused(detailOf(reply, false))
  }

  let streamsRefused = false
  const noteStreams = (refused: boolean): void => {
    if (refused === streamsRefused) return
    streamsRefused = refused
    const message = refused ? 'not granted to this bot; answers come as whole messages' : null
    world.observe({ kind: 'limited', what: 'streaming', message })
  }
  const frame = async (outgoing: Outgoing, stream: StreamPlace, signal: AbortSignal): Promise<SendOutcome> => {
    const path = `${folderOf(outgoing.chat)}/stream_messages`
    const reply = await api.call({ method: 'POST', path, body: frameOf(outgoing, stream) }, signal)
    const judged = judgeStream(judgeReply(reply, outgoing))
    const code = reply.kind === 'answered' ? reply.code : undefined
    if (code === NO_STREAMS || judged.kind === 'accepted') noteStreams(code === NO_STREAMS)
    return note(reply, { ...judged, ...detailOf(reply, judged.kind === 'accepted') })
  }

  const typing: PlatformAdapter['typing'] = async (chat, target, signal) => {
    const call = { method: 'POST', path: `${folderOf(chat)}/messages`, body: typingOf(target) } as const
    const reply = await api.call(call, signal)
    const judged = judgeReply(reply, { chat, text: '', form: 'plain', reply: target })
    const outcome = { ...judged, ...detailOf(reply, judged.kind === 'accepted') }
    if (outcome.kind === 'token_refused' && reply.kind === 'answered') token.drop(reply.token)
    return outcome
  }

  const send: PlatformAdapter['send'] = async (outgoing, signal) => {
    const { chat, extras } = outgoing
    if (extras?.stream !== undefined) return frame(outgoing, extras.stream, signal)
    if (extras?.media === undefined) return post(outgoing, undefined, signal)
    if (!uploads) return mediaRefused({ code: 'no_media', message: 'files are not set up' })
    if (isGuild(chat.kind)) return inGuild(extras.media) ? post(outgoing, undefined, signal) : notInGuilds
    const file = await uploads.upload(chat, folderOf(chat), extras.media, signal)
    if (file.kind === 'ready') return post(outgoing, file, signal)
    return file.reply ? note(file.reply, file.outcome) : file.outcome
  }
  return { send, typing }
}

/** The platform fetches a picture for a guild itself, as a part of the message. */
function inGuild({ kind, source }: OutgoingMedia): boolean {
  return kind === 'image' && 'url' in source
}

const notInGuilds = mediaRefused({ code: 'guild_file', message: 'a guild takes pictures by their address alone' })

function judgeReply(reply: ApiReply, { chat, reply: target }: Outgoing): SendOutcome {
  if (reply.kind === 'not_sent') return { kind: 'not_sent' }
  if (reply.kind === 'unanswered') return { kind: 'unknown' }
  const proactive = target === undefined
  return isGood(reply) ? judgeSuccess(reply, proactive, isGuild(chat.kind)) : judgeFailure(reply, proactive)
}

/** What was refused for something that went with the words says so, and the words go on without it. */
function judgeExtras(judged: SendOutcome, reply: ApiReply, { extras }: Outgoing): SendOutcome {
  const code = reply.kind === 'answered' ? reply.code : undefined
  if (extras?.quote !== undefined && code !== undefined && QUOTE_REFUSALS.has(code))
    return { kind: 'form_refused', part: 'quote' }
  return judged.kind === 'refused' && extras?.keyboard !== undefined && extras.media === undefined
    ? { kind: 'form_refused', part: 'keyboard' }
    : judged
}

/** Whatever is wrong with a frame, the words may pass as a message of their own. */
function judgeStream(judged: SendOutcome): SendOutcome {
  return judged.kind === 'refused' || judged.kind === 'form_refused' ? { kind: 'form_refused', part: 'stream' } : judged
}

function judgeSuccess(reply: Answered, proactive: boolean, guild: boolean): SendOutcome {
  const platformId = idOf(reply.json?.['id'])
  if (platformId !== undefined) {
    // Guild messages are quoted by their id.
    const quoteId = guild ? platformId : idOf(record(reply.json?.['ext_info'])['ref_idx'])
    return { kind: 'accepted', platformId, ...(quoteId === undefined ? {} : { quoteId }) }
  }
  if (reply.code !== undefined) return judgeCode(reply, reply.code, proactive)
  return reply.status === ACCEPTED_LATER ? underAudit(reply) : { kind: 'unknown' }
}

function judgeFailure(reply: Answered, proactive: boolean): SendOutcome {
  const { status, code, json } = reply
  // What the table knows says more than any status: 500 is also how the platform refuses for good.
  if (code !== undefined && isKnown(code)) return judgeCode(reply, code, proactive)
  if (isTokenRefusal(reply)) return { kind: 'token_refused' }
  // The edge refuses a body that is too large, in HTML.
  if (status === TOO_LARGE) return { kind: 'form_refused', part: 'length' }
  if (status === TOO_MANY || status >= SERVER_ERROR || json === undefined) return busy(reply)
  return { kind: 'refused', known: false }
}

function judgeCode(reply: Answered, code: number, proactive: boolean): SendOutcome {
  const outcome = outcomeOfCode(code, proactive)
  if (outcome.kind === 'busy') return busy(reply)
  return outcome.kind === 'accepted' ? underAudit(reply) : outcome
}

function busy({ retryAfterMs }: Answered): SendOutcome {
  return { kind: 'busy', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

function underAudit({ json }: Answered): SendOutcome {
  const auditId = idOf(record(record(json?.['data'])['message_audit'])['audit_id'])
  return { kind: 'accepted', ...(auditId === undefined ? {} : { auditId }) }
}

/** Worth telling a person: no table has it, whatever its status made of it. */
function isNew({ code }: Answered, outcome: SendOutcome): boolean {
  return code === undefined ? outcome.kind === 'refused' : outcome.kind !== 'accepted' && !isKnown(code)
}

function detailOf(reply: ApiReply, accepted: boolean): SendDetail {
  if (reply.kind === 'unanswered') return { message: cut(reply.message) }
  if (reply.kind === 'not_sent')
    return { message: cut(reply.message), ...(reply.failure === undefined ? {} : { code: reply.failure.code }) }
  const { status, code, traceId, message = accepted ? undefined : describeAnswer(reply) } = reply
  return {
    status,
    ...(code === undefined ? {} : { code: String(code) }),
    ...(traceId === undefined ? {} : { traceId }),
    ...(message === undefined ? {} : { message: cut(message) }),
  }
}

function isGood({ status }: Answered): boolean {
  return status >= 200 && status < 300
}

function cut(text: string): string {
  return [...text].slice(0, LONGEST_MESSAGE).join('')
}
