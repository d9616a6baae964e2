/** What an answer to a post means for the message. Pure. */
import type { Outgoing, SendDetail, SendOutcome } from '../../platform.ts'
import { idOf, record } from '../inbound/read-json.ts'
import { describeAnswer } from '../rest/answer.ts'
import { type ApiReply, isTokenRefusal } from '../rest/api.ts'
import { isGuild } from './body.ts'
import { isKnown, outcomeOfCode } from './error-codes.ts'

type Answered = Extract<ApiReply, { readonly kind: 'answered' }>

const LONGEST_MESSAGE = 200
const ACCEPTED_LATER = 202
const TOO_LARGE = 413
const TOO_MANY = 429
const SERVER_ERROR = 500
/** The message that is quoted, or its name; 40034024 may as well mean the one that is answered, and comes again then. */
const QUOTE_REFUSALS = new Set([40034024, 50045, 50046, 50047, 50048, 50049, 50050, 50051])

/** With status, code and message of the answer. */
export function judgePost(reply: ApiReply, outgoing: Outgoing): SendOutcome {
  return detailed(reply, judgeExtras(judgeReply(reply, outgoing), reply, outgoing))
}

export function judgeFrame(reply: ApiReply, outgoing: Outgoing): SendOutcome {
  return detailed(reply, judgeStream(judgeReply(reply, outgoing)))
}

export function judgeTyping(reply: ApiReply, outgoing: Outgoing): SendOutcome {
  return detailed(reply, judgeReply(reply, outgoing))
}

/** Worth telling a person: no table has it, whatever its status made of it. */
export function isNew({ code }: Answered, outcome: SendOutcome): boolean {
  return code === undefined ? outcome.kind === 'refused' : outcome.kind !== 'accepted' && !isKnown(code)
}

/** A line of what the platform said. */
export function cut(text: string): string {
  return [...text].slice(0, LONGEST_MESSAGE).join('')
}

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

function detailed(reply: ApiReply, judged: SendOutcome): SendOutcome {
  return { ...judged, ...detailOf(reply, judged.kind === 'accepted') }
}

export function detailOf(reply: ApiReply, accepted: boolean): SendDetail {
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
