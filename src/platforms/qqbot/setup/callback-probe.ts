/**
 * Whether what is posted to an address of the outside comes to Herald as it was sent: tried with a challenge of our own, which
 * only the holder of the bot's secret can answer. Where no gateway listens yet, this listens in its place for the moment.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { isRecord, parseJson } from '../../../lib/json.ts'
import { silentLogger } from '../../../lib/log.ts'
import { type HttpResponse, NetworkError, type RequestHttp } from '../../../lib/net/network.ts'
import { readCallback } from '../webhook/callback.ts'
import { createWebhookListeners, type WebhookAddress } from '../webhook/listeners.ts'
import { keysOf, type SigningKeys, signatureOf } from '../webhook/signature.ts'

export type CallbackProbe =
  | { readonly kind: 'right' }
  /** `unreachable`: nobody answered, which may be so for this machine alone. */
  | { readonly kind: 'unreachable' | 'wrong'; readonly why: string; readonly hint: string }

const CALL_MS = 10_000

/** Never throws but for the signal. */
export async function probeCallback(
  { clientSecret, webhook }: { readonly clientSecret: string; readonly webhook: WebhookAddress },
  url: string,
  { clock, request }: { readonly clock: Clock; readonly request: RequestHttp },
  signal: AbortSignal,
): Promise<CallbackProbe> {
  const keys = keysOf(clientSecret)
  const release = await listenMeanwhile(keys, webhook, clock)
  const challenge = { plain_token: randomBytes(10).toString('hex'), event_ts: stampAt(clock) }
  const body = JSON.stringify({ op: 13, d: challenge })
  const stamp = stampAt(clock)
  const headers = {
    'content-type': 'application/json',
    'x-signature-timestamp': stamp,
    'x-signature-ed25519': signatureOf(keys, stamp, body),
  }
  try {
    const response = await request({ method: 'POST', url, headers, body, timeoutMs: CALL_MS }, signal)
    const answer = parseJson(response.body)
    const isRight =
      response.status === 200 &&
      isRecord(answer) &&
      answer['plain_token'] === challenge.plain_token &&
      answer['signature'] === signatureOf(keys, challenge.event_ts, challenge.plain_token)
    return isRight ? { kind: 'right' } : { kind: 'wrong', ...faultOf(response, webhook) }
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof NetworkError)) throw thrown
    return {
      kind: 'unreachable',
      why: thrown.message,
      hint: 'start the reverse proxy and open its port; where this machine cannot reach its own outside address, try it from another one',
    }
  } finally {
    release()
  }
}

/** A port that is taken is, most likely, a gateway's, which answers for itself. */
async function listenMeanwhile(keys: SigningKeys, address: WebhookAddress, clock: Clock): Promise<() => void> {
  const listeners = createWebhookListeners(silentLogger)
  try {
    return await listeners.listen(address, async ({ headers, body }) => {
      const one = (name: string): string | undefined => {
        const value = headers[name]
        return typeof value === 'string' ? value : undefined
      }
      const callback = { timestamp: one('x-signature-timestamp'), signature: one('x-signature-ed25519'), body }
      const reading = readCallback(keys, callback, clock.nowMs())
      return reading.kind === 'event' ? { status: 503, body: {} } : reading.answer
    })
  } catch {
    return () => {}
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

function stampAt(clock: Clock): string {
  return String(Math.floor(clock.nowMs() / 1000))
}
