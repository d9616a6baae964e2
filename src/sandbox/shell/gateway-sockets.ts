import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Gateway } from '../model/link/gateway.ts'
import type { Effect } from '../model/world.ts'

/** Carries the model's frames over real WebSockets. */
export interface GatewaySockets {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
  carry(effect: Exclude<Effect, { kind: 'host' }>): void
  stop(): void
}

interface Open {
  readonly ws: WebSocket
  readonly socket: Duplex
}

/** Codes that the WebSocket library sends as they are; any other goes out as bytes of our own. */
function isOrdinaryCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
}

function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, 123)
  const head = Buffer.from([0x88, text.length + 2, code >> 8, code & 0xff])
  return Buffer.concat([head, text])
}

export function createGatewaySockets(gateway: Gateway): GatewaySockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
  const open = new Map<number, Open>()

  const adopt = (ws: WebSocket, socket: Duplex): void => {
    let link = 0
    ws.on('message', (data, isBinary) => gateway.received(link, isBinary ? undefined : data.toString()))
    ws.on('close', (code, reason) => {
      open.delete(link)
      gateway.closed(link, code, reason.toString())
    })
    // A broken peer is told of by 'close' right after; without a listener it would end the process.
    ws.on('error', () => {})
    gateway.opened(id => {
      link = id
      open.set(id, { ws, socket })
    })
  }

  const close = ({ ws, socket }: Open, code: number | undefined, reason: string): void => {
    if (code === undefined) {
      ws.close()
      return
    }
    if (isOrdinaryCode(code)) {
      ws.close(code, reason)
      return
    }
    socket.write(closeFrame(code, reason))
    socket.end()
  }

  return {
    accept(request, socket, head) {
      server.handleUpgrade(request, socket, head, ws => adopt(ws, socket))
    },
    carry(effect) {
      if (effect.kind === 'callback') return
      const target = open.get(effect.link)
      if (!target) return
      switch (effect.kind) {
        case 'text':
          return target.ws.send(effect.text)
        case 'bytes':
          if (effect.framing === 'message') target.ws.send(effect.bytes)
          else target.socket.write(effect.bytes)
          return
        case 'close':
          return close(target, effect.code, effect.reason)
        case 'destroy':
          return target.ws.terminate()
        case 'reading':
          return effect.on ? target.ws.resume() : target.ws.pause()
      }
    },
    stop() {
      for (const { ws } of open.values()) ws.terminate()
      server.close()
    },
  }
}
