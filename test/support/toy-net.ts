/** A network in memory behind the real contract: a peer that answers `beat` with `ack`, and a ledger of what is open. */
import type { Clock } from '../../src/lib/clock.ts'
import { type Dial, NetworkError, type RequestHttp, type SocketEvents } from '../../src/lib/net/network.ts'

const DIAL_MS = 20
const ANSWER_MS = 5

export interface ToySocket {
  readonly open: boolean
  /** Speaks to the adapter as the peer would; also after the adapter's side is gone, as a half-closed connection does. */
  say(text: string): void
}

export interface ToyNet {
  readonly dial: Dial
  readonly request: RequestHttp
  readonly sockets: readonly ToySocket[]
  readonly live: number
  /** The most sockets that were ever open at the same time. */
  readonly mostLive: number
  /** While true the peer takes beats and answers none. */
  deaf: boolean
}

export function createToyNet(clock: Clock): ToyNet {
  const sockets: (ToySocket & { open: boolean })[] = []
  let mostLive = 0
  const live = (): number => sockets.filter(socket => socket.open).length

  const net: ToyNet = {
    sockets,
    deaf: false,
    get live() {
      return live()
    },
    get mostLive() {
      return mostLive
    },
    dial(_options, events: SocketEvents) {
      const socket = { open: true, say: (text: string) => events.text(text) }
      sockets.push(socket)
      mostLive = Math.max(mostLive, live())
      clock.after(DIAL_MS, () => socket.open && events.opened())
      const end = (code: number, reason: string): void => {
        if (!socket.open) return
        socket.open = false
        events.closed(code, reason)
      }
      return {
        send(text) {
          if (text === 'beat' && !net.deaf) clock.after(ANSWER_MS, () => socket.open && events.text('ack'))
          return socket.open
        },
        close: (code, reason) => end(code, reason ?? ''),
        terminate: () => end(1006, 'terminated'),
      }
    },
    request: (_request, signal) =>
      new Promise((_resolve, reject) => {
        const callOff = (): void => reject(new NetworkError('aborted', 'called off', { written: true }))
        if (signal?.aborted) callOff()
        else signal?.addEventListener('abort', callOff)
      }),
  }
  return net
}
