/** The one place that makes REST calls: address, token, JSON in and out. No retries, and no opinion on codes but the token's. */
import type { Json } from '../../../lib/json.ts'
import { type HttpResponse, NetworkError } from '../../../lib/net/network.ts'
import type { AdapterWorld } from '../../platform.ts'
import { CallError } from '../link/failure.ts'
import type { Failure } from '../link/session-types.ts'
import type { ResolvedSettings } from '../settings.ts'
import { type Answer, readAnswer } from './answer.ts'
import type { Form } from './form.ts'
import { addressRefusal } from './own-address.ts'
import type { TokenSource } from './token.ts'

export type ApiReply =
  /** Any HTTP answer. */
  | ({ readonly kind: 'answered'; readonly token: string } & Answer)
  /** Certainly not written: DNS, connect, TLS, no token (`failure` says why). */
  | { readonly kind: 'not_sent'; readonly message: string; readonly failure?: Failure }
  /** Written, no answer. */
  | { readonly kind: 'unanswered'; readonly message: string }

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Begins with a slash. */
  readonly path: string
  readonly body?: Json | object
  /** Instead of `body`. */
  readonly form?: Form
  readonly timeoutMs?: number
}

export interface Api {
  /** One try; throws only on a bug. */
  call(call: ApiCall, signal?: AbortSignal): Promise<ApiReply>
}

export function createApi(
  settings: ResolvedSettings,
  world: Pick<AdapterWorld, 'clock' | 'request'>,
  tokens: TokenSource,
): Api {
  return {
    async call({ method, path, body, form, timeoutMs = settings.limits.restMs }, signal) {
      let token: string
      try {
        token = await tokens.get(signal)
      } catch (thrown) {
        if (thrown instanceof CallError) return { kind: 'not_sent', message: thrown.message, failure: thrown.failure }
        if (signal?.aborted) return { kind: 'not_sent', message: 'called off before it had a token' }
        throw thrown
      }
      let response: HttpResponse
      try {
        const content = form ?? jsonOf(body)
        response = await world.request(
          {
            method,
            url: settings.apiBase + path,
            headers: { authorization: `QQBot ${token}`, accept: 'application/json', ...typeOf(content) },
            ...(content === undefined ? {} : { body: content.body }),
            timeoutMs,
          },
          signal,
        )
      } catch (thrown) {
        if (!(thrown instanceof NetworkError)) throw thrown
        return { kind: thrown.written ? 'unanswered' : 'not_sent', message: thrown.message }
      }
      return { kind: 'answered', token, ...readAnswer(response, world.clock.nowMs()) }
    },
  }
}

function jsonOf(body: ApiCall['body']): { readonly contentType: string; readonly body: string } | undefined {
  return body === undefined ? undefined : { contentType: 'application/json', body: JSON.stringify(body) }
}

function typeOf(content: { readonly contentType: string } | undefined): Record<string, string> {
  return content === undefined ? {} : { 'content-type': content.contentType }
}

const TOKEN_CODES = new Set([11241, 11242, 11243, 11244])

/** The token is at fault: it is to be dropped, and another one may do. */
export function isTokenRefusal(reply: ApiReply): boolean {
  if (reply.kind !== 'answered') return false
  if (reply.code !== undefined && TOKEN_CODES.has(reply.code)) return true
  return reply.status === 401 && addressRefusal(reply) === undefined
}
