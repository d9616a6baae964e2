/** A challenge of our own, as the console sends them: only the holder of the bot's secret can answer it. */
import type { Clock } from '../../../lib/clock.ts'
import { isRecord, parseJson } from '../../../lib/json.ts'
import { type HttpResponse, NetworkError, type RequestHttp } from '../../../lib/net/network.ts'
import type { WebhookAddress } from './listeners.ts'
import { type SigningKeys, signatureOf } from './signature.ts'

export type CallbackProbe =
  | { readonly kind: 'right' }
  /** `unreachable`: nobody answered, which may be so for this machine alone. */
  | { readonly kind: 'unreachable' | 'wrong'; readonly why: string; readonly hint: string }

export const CHALLENGE_MS = 10_000

/** Whether what is posted to an address of the outside comes to `webhook` as it was sent. Never throws but for the signal. */
export async function challenge(
  keys: SigningKeys,
  webhook: WebhookAddress,
  url: string,
  token: string,
  { clock, request }: { readonly clock: Clock; readonly request: RequestHttp },
  signal: AbortSignal,
): Promise<CallbackProbe> {
  const stamp = String(Math.floor(clock.nowMs() / 1000))
  const body = JSON.stringify({ op: 13, d: { plain_token: token, event_ts: stamp } })
  const headers = {
    'content-type': 'application/json',
    'x-signature-timestamp': stamp,
    'x-signature-ed25519': signatureOf(keys, stamp, body),
  }
  try {
    const response = await request({ method: 'POST', url, headers, body, timeoutMs: CHALLENGE_MS }, signal)
    const answer = parseJson(response.body)
    const isRight =
      response.status === 200 &&
      isRecord(answer) &&
      answer['plain_token'] === token &&
      answer['signature'] === signatureOf(keys, stamp, token)
    return isRight ? { kind: 'right' } : { kind: 'wrong', ...faultOf(response, webhook) }
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof NetworkError)) throw thrown
    return {
      kind: 'unreachable',
      why: thrown.message,
      hint: 'start the reverse proxy and open its port; where this machine cannot reach its own outside address, try it from another one',
    }
  }
}

function faultOf({ status, body }: HttpResponse, { host, port, path }: WebhookAddress): { why: string; hint: string } {
  const why = `it answers with HTTP ${status}, and not as Herald does`
  if (status === 401)
    return {
      why: `it answers with HTTP 401: the signature of the challenge did not fit`,
      hint: 'the reverse proxy has to pass on the body and the headers X-Signature-… as they came; a gateway that still runs with another secret has to be started anew',
    }
  if (status === 404 && body.includes('nothing here'))
    return { why, hint: `the reverse proxy has to pass it on to the path ${path}` }
  if (status >= 500) return { why, hint: `the reverse proxy has to pass it on to http://${host}:${port}${path}` }
  return { why, hint: `something else answers there; it has to be passed on to http://${host}:${port}${path}` }
}
