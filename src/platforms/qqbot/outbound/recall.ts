/** Takes a message back. The platform allows it for two minutes. */
import type { AdapterWorld, ChatAddress, ChatKind, PlatformAdapter, RecallOutcome } from '../../platform.ts'
import { describeAnswer } from '../rest/answer.ts'
import { type Api, type ApiReply, isTokenRefusal } from '../rest/api.ts'
import type { TokenSource } from '../rest/token.ts'
import { folderOf } from './body.ts'

const TOO_LATE = new Set([40064004, 306011])
/** Failed on the platform's side: fetching, recalling, the channel, the service. */
const BUSY = new Set([50065001, 306003, 306005, 306006])
const TOO_MANY = 429
const SERVER_ERROR = 500
/** In guilds a recalled message leaves a line behind, unless it is told not to. */
const QUERIES: Readonly<Record<ChatKind, string>> = {
  c2c: '',
  group: '',
  channel: '?hidetip=true',
  dm: '?hidetip=true',
}

export function createRecall(
  world: Pick<AdapterWorld, 'log'>,
  api: Api,
  token: Pick<TokenSource, 'drop'>,
): NonNullable<PlatformAdapter['recall']> {
  return async (chat, platformId, signal) => {
    const reply = await api.call({ method: 'DELETE', path: pathOf(chat, platformId) }, signal)
    const outcome = judge(reply)
    if (outcome.kind === 'token_refused' && reply.kind === 'answered') token.drop(reply.token)
    if (outcome.kind !== 'recalled') world.log.info('a message was not taken back', { message: platformId, ...outcome })
    return outcome
  }
}

function pathOf(chat: ChatAddress, platformId: string): string {
  return `${folderOf(chat)}/messages/${encodeURIComponent(platformId)}${QUERIES[chat.kind]}`
}

function judge(reply: ApiReply): RecallOutcome {
  if (reply.kind === 'not_sent') return { kind: 'not_sent', message: reply.message }
  if (reply.kind === 'unanswered') return { kind: 'unknown', message: reply.message }
  const { status, code, traceId } = reply
  const detail = {
    status,
    ...(code === undefined ? {} : { code: String(code) }),
    ...(traceId === undefined ? {} : { traceId }),
  }
  // The body of a success is empty, or an empty object.
  if (status >= 200 && status < 300 && code === undefined) return { kind: 'recalled', ...detail }
  const message = describeAnswer(reply)
  if (code !== undefined && TOO_LATE.has(code)) return { kind: 'too_late', ...detail, message }
  if (isTokenRefusal(reply)) return { kind: 'token_refused', ...detail, message }
  const busy = code === undefined ? status === TOO_MANY || status >= SERVER_ERROR : BUSY.has(code)
  return { kind: busy ? 'busy' : 'refused', ...detail, message }
}
