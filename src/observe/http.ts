/** The gateway's reading side over HTTP: livez, readyz, status, metrics. Nothing here changes anything. */
import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { StatusDocument } from '../gateway/status-document.ts'
import { describeError, HeraldError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { refusal } from './host-guard.ts'
import { readinessOf } from './readiness.ts'

export interface HttpParts {
  /** Computed now. */
  status(): StatusDocument
  /** Prometheus text, computed now. */
  metrics(): string
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

/** Rejects with `PortTakenError`, or a `HeraldError` (`http_unusable`) where the address cannot be listened on. */
export async function serveHttp({ host, port, parts, log }: HttpOptions): Promise<HttpServer> {
  const app = routes(parts, host, log)
  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: host,
    overrideGlobalObjects: false,
    createServer,
    serverOptions: {
      maxHeaderSize: LARGEST_HEADERS_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
    },
  })
  if (!('closeAllConnections' in server)) throw new HeraldError('http_unusable', 'not an HTTP/1 server')
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

function routes(parts: HttpParts, host: string, log: Logger): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    const header = (name: string): string | undefined => c.req.header(name)
    const why = refusal({ host: header('host'), origin: header('origin'), site: header('sec-fetch-site') }, host)
    if (why !== undefined) c.res = c.json({ error: why }, 403)
    else await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value)
    // Nobody reads a body here: the connection goes with it, however long it is.
    if (header('content-length') !== undefined || header('transfer-encoding') !== undefined)
      c.header('connection', 'close')
  })
  const answers: Readonly<Record<string, (c: Context) => Response>> = {
    '/livez': c => c.json({ live: true }),
    '/readyz': c => {
      const readiness = readinessOf(parts.status())
      return c.json({ ...readiness }, readiness.ready ? 200 : 503)
    },
    '/status': c => c.json(parts.status()),
    '/metrics': c => c.body(parts.metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  }
  for (const [path, answer] of Object.entries(answers)) {
    app.get(path, answer)
    app.all(path, c => c.json({ error: `${c.req.method} is not possible here; use GET` }, 405, { allow: 'GET, HEAD' }))
  }
  app.notFound(c => c.json({ error: `nothing here; there are ${Object.keys(answers).join(', ')}` }, 404))
  app.onError((error, c) => {
    log.error('http request failed', { path: c.req.path, error })
    return c.json({ error: 'the gateway failed to answer; its log says why' }, 500)
  })
  return app
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
