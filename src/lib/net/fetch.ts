/** The `fetch` that a library wants, by the way that all other calls take. */
import { Agent as HttpAgent, type IncomingMessage, request as requestOverHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https'
import { Readable } from 'node:stream'
import { describeNetworkCause } from './cause.ts'
import { NetworkError } from './network.ts'
import type { HttpProxy } from './proxy.ts'

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

const WITHOUT_BODY = new Set([204, 205, 304])

/**
 * Follows no redirect, and takes no body but text. Node's own `fetch` asks the proxy of the environment only where the whole
 * process is started for it, and never one that is named.
 */
export function fetchThrough(proxy: HttpProxy): Fetch {
  const plain = new HttpAgent({ proxyEnv: proxy.env })
  const secure = new HttpsAgent({ proxyEnv: proxy.env })

  return (given, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (body != null && typeof body !== 'string') return reject(new TypeError('only text can be sent'))
      const url = new URL(given)
      const tls = url.protocol === 'https:'
      const asked = proxy.askedFor(url)
      const where = asked === undefined ? url.host : `${url.host} through the proxy ${asked}`
      const outgoing = (tls ? requestOverHttps : requestOverHttp)(url, {
        agent: tls ? secure : plain,
        method,
        headers: Object.fromEntries(new Headers(headers)),
        ...(signal ? { signal } : {}),
      })
      outgoing.on('error', cause => {
        if (signal?.aborted) return reject(signal.reason)
        const message = `${where}: ${describeNetworkCause(cause)}`
        reject(new NetworkError('network_failed', message, { written: true, cause }))
      })
      outgoing.on('response', incoming => resolve(responseOf(incoming)))
      outgoing.end(body ?? undefined)
    })
}

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 502, headers } = incoming
  const named = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  )
  if (!WITHOUT_BODY.has(status))
    return new Response(Readable.toWeb(incoming) as ReadableStream, { status, headers: named })
  incoming.resume()
  return new Response(null, { status, headers: named })
}
