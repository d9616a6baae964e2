/** The HTTP servers that callbacks come in by: one for each address, shared by the accounts whose paths differ. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { describeError, HeraldError } from '../../../lib/errors.ts'
import type { Logger } from '../../../lib/log.ts'
import type { CallbackAnswer } from './callback.ts'

export interface WebhookAddress {
  readonly host: string
  readonly port: number
  /** Begins with a slash. */
  readonly path: string
}

export interface Posted {
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Never rejects. */
export type OnPost = (posted: Posted) => Promise<CallbackAnswer>

export interface WebhookListeners {
  /** Rejects with a `HeraldError` where the address cannot be listened on. The answer gives it free, at once. */
  listen(address: WebhookAddress, onPost: OnPost): Promise<() => void>
}

/** Larger than any event of the platform. */
const LARGEST_BODY_BYTES = 1024 * 1024
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
}
/** Each may hold a whole body before anybody knows who sent it. */
const MOST_CONNECTIONS = 64

interface Listener {
  readonly server: Server
  readonly ready: Promise<void>
  readonly paths: Map<string, OnPost>
}

export function createWebhookListeners(log: Logger): WebhookListeners {
  const listeners = new Map<string, Listener>()

  const open = (host: string, port: number): Listener => {
    const paths = new Map<string, OnPost>()
    const server = createServer(LIMITS, (request, response) => {
      serve(request, response, paths, server).catch((thrown: unknown) => {
        log.error('a callback could not be answered', { error: describeError(thrown) })
        response.destroy()
      })
    })
    server.maxConnections = MOST_CONNECTIONS
    return { server, ready: ready(server, host, port), paths }
  }

  return {
    async listen({ host, port, path }, onPost) {
      const name = `${host}:${port}`
      const listener = listeners.get(name) ?? open(host, port)
      listeners.set(name, listener)
      const { paths, server } = listener
      if (paths.has(path)) throw unusable(`${name}${path}`, 'another account has this path')
      paths.set(path, onPost)
      const release = (): void => {
        if (paths.get(path) !== onPost) return
        paths.delete(path)
        if (paths.size > 0) return
        if (listeners.get(name) === listener) listeners.delete(name)
        // What is being answered is answered; nothing else comes in.
        server.close()
        server.closeIdleConnections()
      }
      try {
        await listener.ready
      } catch (thrown) {
        release()
        throw unusable(name, describeError(thrown))
      }
      return release
    },
  }
}

function unusable(where: string, why: string): HeraldError {
  return new HeraldError('webhook_unusable', `cannot listen on ${where}: ${why}`, {
    hint: 'check webhook.host, webhook.port and webhook.path of the account',
  })
}

function ready(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, host.replace(/^\[(.*)\]$/, '$1'), resolve)
  })
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  paths: ReadonlyMap<string, OnPost>,
  server: Server,
): Promise<void> {
  const onPost = paths.get((request.url ?? '').split('?', 1)[0] ?? '')
  if (onPost === undefined) return end(request, response, server, { status: 404, body: { error: 'nothing here' } })
  if (request.method !== 'POST') return end(request, response, server, { status: 405, body: { error: 'use POST' } })
  const body = await readBody(request)
  if (body === 'cut') return
  end(request, response, server, body === 'too_large' ? TOO_LARGE : await onPost({ headers: request.headers, body }))
}

const TOO_LARGE: CallbackAnswer = { status: 413, body: { error: 'too large' } }

function end(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  { status, body }: CallbackAnswer,
): void {
  const text = JSON.stringify(body)
  // A connection that outlived its server would keep the next events from the next one.
  const last = request.complete && server.listening ? {} : { connection: 'close' }
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...last,
  })
  response.end(text)
}

/** `cut`: the other side went away. */
function readBody(request: IncomingMessage): Promise<Buffer | 'too_large' | 'cut'> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY_BYTES) return Promise.resolve('too_large')
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length
      if (sizeBytes <= LARGEST_BODY_BYTES) chunks.push(chunk)
      else resolve('too_large')
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => resolve('cut'))
    request.on('close', () => resolve('cut'))
  })
}
