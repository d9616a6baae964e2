/**
 * A chat completions server on a real socket that does what a test tells it. Unscripted requests are answered with
 * `you said: <the last message>`, streamed. Scripts are used up in order, one a request:
 *
 *     const server = await startOpenAiServer()
 *     server.script(exchange => exchange.json(503, { error: { message: 'overloaded' } }))
 *     server.script(async exchange => {
 *       exchange.delta('half an ans')
 *       exchange.die()
 *     })
 *
 * A script that returns without an end leaves the request open; the test can keep the exchange and go on with it later.
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { isRecord, parseJson } from '../../src/lib/json.ts'

export interface ChatRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  /** Counts the connections of the server: requests with the same number shared one. */
  readonly connection: number
}

/** One request and its answer. The verbs for events begin a 200 of server-sent events where nothing was begun yet. */
export interface Exchange {
  readonly request: ChatRequest
  delta(text: string): void
  /** Reasoning, which is not for the chat. */
  think(text: string): void
  finish(reason?: string): void
  usage(inputTokens: number, outputTokens: number): void
  /** Any object as one event. */
  event(chunk: unknown): void
  /** Bytes as they are. */
  raw(bytes: string | Buffer): void
  /** `[DONE]`, and the end of the answer. */
  done(): void
  /** The end of the answer without a word. */
  end(): void
  /** A whole answer that is not a stream; `body` is sent as it is when it is text. */
  reply(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void
  /** Cuts the connection. */
  die(): void
  /** Resolves when the answer is over, or the client has gone. */
  readonly closed: Promise<void>
}

export type Script = (exchange: Exchange) => void | Promise<void>

export interface OpenAiServer {
  /** For `OPENAI_BASE_URL`. */
  readonly baseUrl: string
  readonly requests: readonly ChatRequest[]
  /** Scripts for the next requests that have none yet. */
  script(...scripts: readonly Script[]): void
  /** Resolves with request number `count` (from 1), which may have come already. */
  received(count: number): Promise<ChatRequest>
  stop(): Promise<void>
}

export interface OpenAiServerOptions {
  /** What unscripted requests are answered with. */
  readonly reply?: (request: ChatRequest) => string
  /** Where another one listened before. */
  readonly port?: number
}

export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const reply = options.reply ?? (({ messages }) => `you said: ${messages.at(-1)?.content ?? ''}`)
  const requests: ChatRequest[] = []
  const scripts: Script[] = []
  const waiting: { readonly count: number; resolve(request: ChatRequest): void }[] = []
  const connections = new WeakMap<object, number>()
  let opened = 0

  const standard: Script = exchange => {
    for (const piece of reply(exchange.request).match(/[\s\S]{1,8}/gu) ?? []) exchange.delta(piece)
    exchange.finish()
    exchange.usage(10, 5)
    exchange.done()
  }

  const server = createServer((incoming, outgoing) => {
    const body: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => body.push(chunk))
    incoming.on('end', () => {
      const request = toRequest(incoming, Buffer.concat(body).toString(), connections.get(incoming.socket) ?? 0)
      requests.push(request)
      for (const one of waiting) if (one.count === requests.length) one.resolve(request)
      const script = scripts.shift() ?? standard
      Promise.resolve(script(createExchange(request, outgoing))).catch(() => outgoing.destroy())
    })
  })
  server.on('connection', socket => {
    opened += 1
    connections.set(socket, opened)
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    script(...added) {
      scripts.push(...added)
    },
    received(count) {
      const known = requests[count - 1]
      return known ? Promise.resolve(known) : new Promise(resolve => waiting.push({ count, resolve }))
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function toRequest(incoming: IncomingMessage, text: string, connection: number): ChatRequest {
  const parsed = parseJson(text)
  const body = isRecord(parsed) ? parsed : {}
  const messages = Array.isArray(body['messages']) ? body['messages'].filter(isRecord) : []
  return {
    path: incoming.url ?? '',
    headers: incoming.headers,
    body,
    messages: messages.map(({ role, content }) => ({ role: String(role), content: String(content) })),
    connection,
  }
}

function createExchange(request: ChatRequest, outgoing: ServerResponse): Exchange {
  const raw = (bytes: string | Buffer): void => {
    if (!outgoing.headersSent) outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
    outgoing.write(bytes)
  }
  const event = (chunk: unknown): void => raw(`data: ${JSON.stringify(chunk)}\n\n`)
  const choice = (delta: Record<string, string>, reason: string | null): void =>
    event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })
  return {
    request,
    delta: content => choice({ content }, null),
    think: text => choice({ reasoning_content: text }, null),
    finish: (reason = 'stop') => choice({}, reason),
    usage: (inputTokens, outputTokens) =>
      event({ choices: [], usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens } }),
    event,
    raw,
    done() {
      raw('data: [DONE]\n\n')
      outgoing.end()
    },
    end: () => outgoing.end(),
    reply(status, body, headers = { 'content-type': 'application/json' }) {
      outgoing.writeHead(status, headers)
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body))
    },
    die: () => outgoing.socket?.destroy(),
    closed: new Promise(resolve => outgoing.once('close', resolve)),
  }
}
