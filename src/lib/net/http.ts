import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestOverHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { describeError } from '../errors.ts'
import { describeNetworkCause, errnoOf } from './cause.ts'
import { type HttpRequest, type HttpResponse, NetworkError, type RequestHttp } from './network.ts'
import type { HttpProxy } from './proxy.ts'

const LONGEST_BODY_BYTES = 1024 * 1024
/** Idle connections are closed before the other side, or something in between, forgets them. */
const IDLE_CONNECTION_MS = 20_000
/** To one host at a time. More at once would be slower: opening a connection costs both sides more than several requests. */
const MOST_CONNECTIONS = 64

/** Real HTTP with connections kept alive. Straight on node:http, which costs less per call than `fetch`. */
export function createRequest(clock: Clock, proxy?: HttpProxy): RequestHttp {
  const settings = {
    keepAlive: true,
    timeout: IDLE_CONNECTION_MS,
    maxSockets: MOST_CONNECTIONS,
    ...(proxy === undefined ? {} : { proxyEnv: proxy.env }),
  }
  const plain = new HttpAgent(settings)
  const secure = new HttpsAgent(settings)

  return (request, signal) => {
    if (signal?.aborted) return Promise.reject(aborted(signal, false))
    let url: URL
    try {
      url = new URL(request.url)
    } catch (cause) {
      return Promise.reject(new NetworkError('url_invalid', 'the address is not a URL', { written: false, cause }))
    }
    if (url.protocol === 'https:') return exchange(url, request, secure, { clock, proxy }, signal)
    if (url.protocol === 'http:') return exchange(url, request, plain, { clock, proxy }, signal)
    return Promise.reject(new NetworkError('url_invalid', `${url.protocol} is not HTTP`, { written: false }))
  }
}

function exchange(
  url: URL,
  request: HttpRequest,
  agent: HttpAgent | HttpsAgent,
  { clock, proxy }: { readonly clock: Clock; readonly proxy: HttpProxy | undefined },
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    // From the moment the connection stands nobody knows how much of the request has reached the other side.
    let written = false
    const { host } = url
    const secure = url.protocol === 'https:'

    const settle = (): void => {
      cancelTimeout()
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (error: NetworkError): void => {
      settle()
      reject(error)
      outgoing.destroy()
    }
    const onAbort = (): void => {
      if (signal) fail(aborted(signal, written))
    }
    const cancelTimeout = clock.after(request.timeoutMs, () =>
      fail(new NetworkError('timeout', `${host} did not answer within ${request.timeoutMs} ms`, { written })),
    )
    let outgoing: ReturnType<typeof requestOverHttp>
    try {
      outgoing = (secure ? requestOverHttps : requestOverHttp)(optionsFor(url, request, agent))
    } catch (cause) {
      cancelTimeout()
      const message = `the request to ${host} cannot be made: ${describeError(cause)}`
      return reject(new NetworkError('request_invalid', message, { written: false, cause }))
    }
    signal?.addEventListener('abort', onAbort)
    outgoing.on('socket', (socket: Socket) => {
      if (!socket.connecting) written = true
      else socket.once(secure ? 'secureConnect' : 'connect', () => (written = true))
    })
    outgoing.on('upgrade', (_incoming, socket) => {
      socket.destroy()
      fail(new NetworkError('not_http', `${host} left HTTP for another protocol`, { written: true }))
    })
    outgoing.on('error', cause => fail(failure(wayTo(url, proxy, written), cause, written)))
    outgoing.on('response', incoming =>
      readBody(
        incoming,
        body => {
          settle()
          resolve({ status: incoming.statusCode ?? 0, headers: plainHeaders(incoming), body })
        },
        cause => fail(failure(host, cause, true)),
      ),
    )
    outgoing.end(request.body)
  })
}

function optionsFor(url: URL, request: HttpRequest, agent: HttpAgent): RequestOptions {
  const length = request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }
  return {
    agent,
    method: request.method,
    hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port,
    path: url.pathname + url.search,
    headers: { ...request.headers, ...length },
  }
}

function readBody(incoming: IncomingMessage, done: (body: string) => void, broken: (cause: Error) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  const finish = (): void => {
    const [only] = chunks
    const whole = chunks.length === 1 && only ? only : Buffer.concat(chunks)
    done(whole.toString('utf8', 0, LONGEST_BODY_BYTES))
  }
  incoming.on('data', (chunk: Buffer) => {
    if (size >= LONGEST_BODY_BYTES) return
    chunks.push(chunk)
    size += chunk.length
    if (size < LONGEST_BODY_BYTES) return
    // The rest would have to be read before the connection could serve again; it is cheaper to drop it.
    finish()
    incoming.destroy()
  })
  incoming.on('end', () => {
    if (size < LONGEST_BODY_BYTES) finish()
  })
  incoming.on('error', cause => {
    if (size < LONGEST_BODY_BYTES) broken(cause)
  })
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ')
  return headers
}

function aborted(signal: AbortSignal, written: boolean): NetworkError {
  return new NetworkError('aborted', 'the request was called off', { written, cause: signal.reason })
}

const CODES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'dns_failed',
  EAI_AGAIN: 'dns_failed',
  ECONNREFUSED: 'connect_refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'connect_timeout',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  ERR_PROXY_TUNNEL: 'proxy_failed',
}

/** Who may be to blame: while nothing is written, that is the proxy where there is one. */
function wayTo(url: URL, proxy: HttpProxy | undefined, written: boolean): string {
  const asked = written ? undefined : proxy?.askedFor(url)
  return asked === undefined ? url.host : `${url.host} through the proxy ${asked}`
}

function failure(host: string, cause: Error, written: boolean): NetworkError {
  const errno = errnoOf(cause)
  const tls = /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(errno)
  const code = CODES[errno] ?? (tls ? 'tls_failed' : errno.startsWith('HPE_') ? 'not_http' : 'network_failed')
  return new NetworkError(code, `${host}: ${describeNetworkCause(cause)}`, { written, cause })
}
