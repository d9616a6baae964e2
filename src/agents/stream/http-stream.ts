import { Agent as HttpAgent, type IncomingMessage, request as requestOverHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https'
import { StringDecoder } from 'node:string_decoder'
import { describeNetworkCause } from '../../lib/net/cause.ts'
import { NetworkError } from '../../lib/net/network.ts'
import type { HttpProxy } from '../../lib/net/proxy.ts'

export interface StreamRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface StreamResponse {
  readonly status: number
  /** Names in lower case. */
  header(name: string): string | undefined
  /**
   * The body as it arrives, never cut inside a character. To be read once; leaving the loop early closes the connection.
   * Throws `NetworkError` when the connection ends before the body does.
   */
  readonly text: AsyncIterable<string>
}

/**
 * A POST whose answer is read while it is being written. Resolves with the head of any answer, whatever its status; rejects
 * with `NetworkError` when none came. `signal` is its only bound: once that aborts, the connection is gone, and the call
 * or the loop over its text throws the signal's reason.
 */
export type StreamPost = (request: StreamRequest, signal: AbortSignal) => Promise<StreamResponse>

/** Idle connections are closed before the other side, or something in between, forgets them. */
const IDLE_CONNECTION_MS = 20_000

export function createStreamPost(proxy?: HttpProxy): StreamPost {
  const settings = {
    keepAlive: true,
    timeout: IDLE_CONNECTION_MS,
    ...(proxy === undefined ? {} : { proxyEnv: proxy.env }),
  }
  const plain = new HttpAgent(settings)
  const secure = new HttpsAgent(settings)

  return ({ url, headers, body }, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const fail = (cause: Error): void => reject(signal.aborted ? signal.reason : brokenBy(url, cause))
      const tls = url.protocol === 'https:'
      const options = {
        agent: tls ? secure : plain,
        method: 'POST',
        hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
        port: url.port,
        path: url.pathname + url.search,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal,
      }
      try {
        const outgoing = (tls ? requestOverHttps : requestOverHttp)(options)
        outgoing.on('error', fail)
        outgoing.on('upgrade', (_incoming, socket) => {
          socket.destroy()
          fail(new Error('it left HTTP for another protocol'))
        })
        outgoing.on('response', incoming => resolve(toResponse(url, incoming, signal)))
        outgoing.end(body)
      } catch (thrown) {
        fail(thrown instanceof Error ? thrown : new Error('the request cannot be made'))
      }
    })
}

function toResponse(url: URL, incoming: IncomingMessage, signal: AbortSignal): StreamResponse {
  return {
    status: incoming.statusCode ?? 0,
    header(name) {
      const value = incoming.headers[name]
      return typeof value === 'string' ? value : value?.join(', ')
    },
    text: readText(url, incoming, signal),
  }
}

async function* readText(url: URL, incoming: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  try {
    for await (const chunk of incoming) yield decoder.write(chunk)
  } catch (cause) {
    throw signal.aborted ? signal.reason : brokenBy(url, cause instanceof Error ? cause : new Error('unknown'))
  }
  if (!incoming.complete) throw brokenBy(url, new Error('the connection ended before the answer did'))
  yield decoder.end()
}

function brokenBy(url: URL, cause: Error): NetworkError {
  return new NetworkError('network_failed', `${url.host}: ${describeNetworkCause(cause)}`, { written: true, cause })
}
