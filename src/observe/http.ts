/** The gateway over HTTP: livez, readyz, status, metrics, and in front of them whoever else answers (the dashboard). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { StatusDocument } from '../gateway/status/status-document.ts'
import { describeError, HeraldError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { refusal } from './host-guard.ts'
import { readinessOf } from './readiness.ts'

export interface HttpParts {
  /** Computed now. */
  status(): StatusDocument
  /** Prometheus text, computed now. */
  metrics(): string
  /** Asked first, once the host and the origin are found right; false leaves the request to the others. */
  handle?(request: IncomingMessage, response: ServerResponse): boolean
}

export interface HttpOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly parts: HttpParts
  readonly log: Logger
}

export interface HttpServer {
  readonly port: number
  /** Cuts what is open. */
  close(): Promise<void>
}

/** Somebody else listens on the port. */
export class PortTakenError extends HeraldError {
  override readonly name = 'PortTakenError'
  constructor(host: string, port: number) {
    super('port_taken', `port ${port} on ${host} is taken`, {
      hint: 'choose another one in gateway.http.port, or 0 for any',
    })
  }
}

const LARGEST_HEADERS_BYTES = 16 * 1024
const HEADERS_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 5000
const MOST_CONNECTIONS = 128

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

const TIMES = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 1000,
}

/** Rejects with `PortTakenError`, or a `HeraldError` (`http_unusable`) where the address cannot be listened on. */
export async function serveHttp({ host, port, parts, log }: HttpOptions): Promise<HttpServer> {
  const answer = createAnswers(parts, log)
  const server = createServer({ maxHeaderSize: LARGEST_HEADERS_BYTES, ...TIMES }, (request, response) => {
    const refused = refusalOf(request, host)
    if (refused === undefined && parts.handle?.(request, response)) return
    const { status, headers, body } = refused ?? answer(request)
    response.writeHead(status, { ...SECURITY_HEADERS, ...headers, 'content-length': Buffer.byteLength(body) })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  server.maxConnections = MOST_CONNECTIONS
  await listen(server, host, port)
  server.on('error', error => log.warn('http server', { trouble: describeError(error) }))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const json = (value: object, status = 200, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
})

function refusalOf({ headers, headersDistinct }: IncomingMessage, host: string): Answer | undefined {
  // A body that nobody reads: the connection goes with it.
  const close = { connection: 'close' }
  // Of two names Node takes the first, something in between perhaps the other.
  if ((headersDistinct['host']?.length ?? 0) > 1) return json({ error: 'one host header, please' }, 400, close)
  const why = refusal({ host: headers.host, origin: headers.origin, site: one(headers['sec-fetch-site']) }, host)
  return why === undefined ? undefined : json({ error: why }, 403, close)
}

function createAnswers(parts: HttpParts, log: Logger): (request: IncomingMessage) => Answer {
  const pages: ReadonlyMap<string, () => Answer> = new Map([
    ['/livez', () => json({ live: true })],
    [
      '/readyz',
      () => {
        const readiness = readinessOf(parts.status())
        return json(readiness, readiness.ready ? 200 : 503)
      },
    ],
    ['/status', () => json(parts.status())],
    [
      '/metrics',
      () => ({
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        body: parts.metrics(),
      }),
    ],
  ])
  const find = ({ method = '', url = '' }: IncomingMessage): Answer => {
    const page = pages.get(url.split('?', 1)[0] ?? '')
    if (page === undefined) return json({ error: `nothing here; there are ${[...pages.keys()].join(', ')}` }, 404)
    if (method === 'GET' || method === 'HEAD') return page()
    return json({ error: `${method} is not possible here; use GET` }, 405, { allow: 'GET, HEAD' })
  }
  return request => {
    const { headers } = request
    // Nobody reads a body here: the connection goes with it, however long it is.
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
    const answer = attempt(() => find(request), request, log)
    return hasBody ? { ...answer, headers: { ...answer.headers, connection: 'close' } } : answer
  }
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'object' ? header[0] : header
}

function attempt(answer: () => Answer, { url }: IncomingMessage, log: Logger): Answer {
  try {
    return answer()
  } catch (error) {
    log.error('http request failed', { path: url, error })
    return json({ error: 'the gateway failed to answer; its log says why' }, 500)
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      const taken = 'code' in error && error.code === 'EADDRINUSE'
      const hint = 'check gateway.http.host and gateway.http.port'
      const unusable = (): HeraldError =>
        new HeraldError('http_unusable', `cannot listen on ${host}:${port}: ${describeError(error)}`, { hint })
      reject(taken ? new PortTakenError(host, port) : unusable())
    }
    server.once('error', failed)
    server.listen(port, bare(host), () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** Addresses of version 6 are written in brackets where a port may follow. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
