import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import { describeError } from '../errors.ts'
import { describeNetworkCause } from './cause.ts'
import type { Dial, Socket, SocketEvents, SocketOptions } from './network.ts'
import type { HttpProxy } from './proxy.ts'

/** The promise of `close`: gone by then, whatever the peer and `ws` do. */
const GOODBYE_MS = 2_000
/** After a close frame, theirs or ours, the connection itself is given this long. Some platforms never hang up. */
const HANG_UP_MS = 500
/** No close frame came. */
const ABNORMAL = 1006
const TOO_LARGE = 1009

/** Real WebSockets. */
export function createDial(clock: Clock, proxy?: HttpProxy): Dial {
  const agents = proxy && {
    'ws:': new HttpAgent({ proxyEnv: proxy.env }),
    'wss:': new HttpsAgent({ proxyEnv: proxy.env }),
  }
  const agentFor = (url: string): { agent?: HttpAgent } => {
    const agent = url.startsWith('wss:') ? agents?.['wss:'] : agents?.['ws:']
    return agent === undefined ? {} : { agent }
  }
  return (options, events) => {
    const ended = once(events)
    let ws: WebSocket
    try {
      const settings = {
        ...(options.headers === undefined ? {} : { headers: options.headers }),
        perMessageDeflate: false,
        maxPayload: options.maxMessageBytes,
        followRedirects: false,
        closeTimeout: HANG_UP_MS,
        ...agentFor(options.url),
      }
      ws = new WebSocket(options.url, settings)
    } catch (thrown) {
      // The caller gets its socket first, then hears that it is gone.
      queueMicrotask(() => ended.close(ABNORMAL, describeError(thrown)))
      return { send: () => false, close: () => {}, terminate: () => {} }
    }
    const asked = proxy?.askedFor(new URL(options.url))
    return connect(ws, options, events, ended, {
      clock,
      through: asked === undefined ? '' : `through the proxy ${asked}: `,
    })
  }
}

/** Everything after the end is dropped, and the end comes once. */
function once(events: SocketEvents): { readonly over: boolean; close(code: number, reason: string): void } {
  let over = false
  return {
    get over() {
      return over
    },
    close(code, reason) {
      if (over) return
      over = true
      events.closed(code, reason)
    },
  }
}

function connect(
  ws: WebSocket,
  options: SocketOptions,
  events: SocketEvents,
  ended: ReturnType<typeof once>,
  { clock, through }: { readonly clock: Clock; readonly through: string },
): Socket {
  let failure = ''
  let leaving = false
  let opened = false
  /** How it ends by our own doing, whatever `ws` makes of that. */
  let fate: { readonly code: number; readonly reason: string } | undefined

  const destroy = (code: number, reason: string): void => {
    cancelBound()
    leaving = true
    fate ??= { code, reason }
    ws.terminate()
    // An open socket would be told of its end only once the system is done with it.
    queueMicrotask(end)
  }
  const end = (): void => ended.close(fate?.code ?? ABNORMAL, fate?.reason ?? failure)
  // `ws` bounds each step of the handshake by silence only; a slow drip would keep it open for ever.
  let cancelBound = clock.after(options.handshakeTimeoutMs, () =>
    destroy(ABNORMAL, `no connection within ${options.handshakeTimeoutMs} ms`),
  )
  /** From now on the peer has 2 s to agree that this is over. */
  const leave = (reason: string): void => {
    if (leaving) return
    leaving = true
    cancelBound()
    cancelBound = clock.after(GOODBYE_MS, () => destroy(ABNORMAL, reason))
  }

  ws.on('open', () => {
    if (leaving) return
    opened = true
    cancelBound()
    events.opened()
  })
  ws.on('message', (data, isBinary) => {
    if (ended.over) return
    const bytes = Buffer.isBuffer(data) ? data : data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.concat(data)
    if (isBinary) events.binary(bytes.length)
    else events.text(bytes.toString())
  })
  // A broken frame or one that is too large: `ws` says goodbye with the right code, and may wait long for an answer.
  ws.on('error', error => {
    failure = `${opened ? '' : through}${describeNetworkCause(error)}`
    if (tooLarge(error)) fate ??= { code: TOO_LARGE, reason: failure }
    leave(failure)
  })
  ws.on('close', (code, reason) => {
    cancelBound()
    fate ??= { code, reason: reason.toString() || failure }
    end()
  })

  return {
    send(text) {
      if (leaving || ws.readyState !== WebSocket.OPEN) return false
      ws.send(text)
      return true
    },
    close(code, reason) {
      if (ended.over || leaving) return
      leave('the peer did not answer the goodbye')
      try {
        ws.close(code, reason)
      } catch (thrown) {
        destroy(ABNORMAL, describeError(thrown))
      }
    },
    terminate() {
      if (!ended.over) destroy(ABNORMAL, 'terminated')
    },
  }
}

function tooLarge(error: Error): boolean {
  return 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
}
