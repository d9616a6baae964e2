/** What `GET /gateway`, or `GET /gateway/bot`, was answered with: a URL, or why there is none. Pure. */
import { isRecord } from '../../../../lib/json.ts'
import { describeAnswer } from '../../rest/answer.ts'
import type { ApiReply } from '../../rest/api.ts'
import { paceOf, refusalOf } from '../../rest/refusals.ts'
import type { Failure } from '../session-types.ts'
import type { StartLimit } from './budget.ts'

/** Where to dial, and what else the platform says of connections. */
export interface Gateway {
  readonly url: string
  /** How many connections it recommends. */
  readonly shards?: number
  readonly starts?: StartLimit
}

export function gatewayOf(reply: ApiReply): Gateway | Failure {
  if (reply.kind === 'not_sent')
    return reply.failure ?? passing('qq_gateway_unreachable', `no gateway URL: ${reply.message}`)
  if (reply.kind === 'unanswered') return passing('qq_gateway_timeout', `no gateway URL: ${reply.message}`)
  const refusal = refusalOf(reply) ?? paceOf(reply, 'qq_gateway_busy', 'for a gateway URL')
  if (refusal !== undefined) return refusal
  const told = describeAnswer(reply)
  const wait = reply.retryAfterMs === undefined ? {} : { waitMs: reply.retryAfterMs }
  if (reply.json === undefined) return { ...passing('qq_gateway_unreadable', `no gateway URL: ${told}`), ...wait }
  if (reply.code !== undefined || reply.status >= 300)
    return { ...passing('qq_gateway_failed', `no gateway URL: ${told}`), ...wait }
  const { url: given, shards, session_start_limit: limit } = reply.json
  if (given === undefined || given === null || given === '')
    return passing('qq_gateway_url_missing', 'the platform answered GET /gateway without a URL')
  const url = webSocketUrl(given)
  if (url === undefined)
    return passing('qq_gateway_url_invalid', 'the platform answered GET /gateway with no WebSocket URL')
  return {
    url,
    ...(isCount(shards, 1) ? { shards } : {}),
    ...(isRecord(limit) ? { starts: startLimitOf(limit) } : {}),
  }
}

function startLimitOf(limit: Readonly<Record<string, unknown>>): StartLimit {
  const { remaining, reset_after: resetAfterMs, max_concurrency: atOnce } = limit
  return {
    ...(isCount(remaining, 0) ? { left: remaining } : {}),
    ...(isCount(resetAfterMs, 0) ? { resetAfterMs } : {}),
    ...(isCount(atOnce, 1) ? { atOnce } : {}),
  }
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}

function passing(code: string, message: string): Failure {
  return { verdict: 'passing', code, message }
}

/** A token that is refused, or a bot that is, will not be let in by another door. */
export function mayUseFormerUrl({ verdict, code }: Failure): boolean {
  return (
    ((verdict === 'passing' || verdict === 'busy') && code.startsWith('qq_gateway_')) || code === 'qq_address_refused'
  )
}

function webSocketUrl(given: unknown): string | undefined {
  if (typeof given !== 'string' || !URL.canParse(given)) return undefined
  const url = new URL(given)
  if (url.protocol !== 'wss:' && url.protocol !== 'ws:') return undefined
  // A WebSocket address has none, and a library refuses it.
  url.hash = ''
  return url.href
}
