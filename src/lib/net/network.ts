/** The door to the network, as adapters see it. Its neighbours here open real sockets behind it, a simulation has a net of its own. */
import { HeraldError } from '../errors.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Bound on the whole exchange, body included. */
  readonly timeoutMs: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** As text, whatever it claims to be: a platform's edge answers HTML where JSON was promised. Cut at 1 MiB. */
  readonly body: string
}

/**
 * No answer came. `written` tells whether the request may have reached the other side: false is a certain "no" (DNS,
 * connect, TLS), true means that nobody knows.
 */
export class NetworkError extends HeraldError {
  override readonly name = 'NetworkError'
  readonly written: boolean
  constructor(code: string, message: string, options: { written: boolean; cause?: unknown }) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause })
    this.written = options.written
  }
}

/** Resolves with any answer, whatever its status. Rejects with `NetworkError`, also when `signal` aborts. */
export type RequestHttp = (request: HttpRequest, signal?: AbortSignal) => Promise<HttpResponse>

export interface SocketOptions {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Bound on DNS, connect, TLS and upgrade together. */
  readonly handshakeTimeoutMs: number
  /** A larger message closes the socket with 1009. */
  readonly maxMessageBytes: number
}

/** What a socket tells. After `closed` nothing follows; `closed` comes exactly once, also for a dial that failed. */
export interface SocketEvents {
  opened(): void
  text(data: string): void
  /** A binary message; its content is of no use to any adapter yet. */
  binary(sizeBytes: number): void
  /** `code` is 1006 where no close frame came; `reason` is then the network error's text, if there was one. */
  closed(code: number, reason: string): void
}

export interface Socket {
  /** Queues a text message; false when the socket is not open. */
  send(text: string): boolean
  /** Says goodbye with a close frame; `closed` follows, at the latest when the peer has not answered for 2 s. */
  close(code: number, reason?: string): void
  /** Gone now, without a word to the peer; `closed` follows at once. */
  terminate(): void
}

export type Dial = (options: SocketOptions, events: SocketEvents) => Socket
