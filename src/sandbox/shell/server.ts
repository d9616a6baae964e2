import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Cancel, Clock } from '../../lib/clock.ts'
import type { Platform } from '../model/platform.ts'
import type { HttpPlan, PlatformRequest } from '../model/rest/http.ts'
import type { Effect, HostMode } from '../model/world.ts'
import { createCallbackSender } from './callbacks.ts'
import { createGatewaySockets } from './gateway-sockets.ts'

/** Answers a request that is not the platform's; false when it is nobody's. */
export type Aside = (request: IncomingMessage, response: ServerResponse) => boolean

export interface ServerShell {
  /** Where the platform answers, and the control address that stays up when the host is down. */
  readonly port: number
  readonly controlPort: number
  carry(effect: Effect): void
  stop(): Promise<void>
}

export interface ServerDeps {
  readonly clock: Clock
  readonly host: string
  readonly port: number
  readonly controlPort: number
  /** Control interface and page; asked for every path that the platform does not know. */
  readonly aside: Aside
}

const KEEP_ALIVE_MS = 75_000
const RELISTEN_MS = 50
/** Where parts of files are put. */
const PARTS = '/cos/'
const FORM = 'multipart/form-data'
const THAW_MS = 20

interface Held {
  readonly resume: () => void
  readonly socket: Duplex
}

/** The platform over real sockets, on a port that can refuse, reset and freeze. */
export async function startServer(platform: Platform, deps: ServerDeps): Promise<ServerShell> {
  const { clock } = deps
  const sockets = createGatewaySockets(platform.gateway)
  const callbacks = createCallbackSender()
  const connections = new Set<Socket>()
  /** Connections that carried control traffic are spared when the host goes down. */
  const spared = new WeakSet<Duplex>()
  const held: Held[] = []
  const delays = new Set<Cancel>()
  let mode: HostMode = 'up'
  let stopped = false

  const later = (delayMs: number, task: () => void): void => {
    if (delayMs <= 0) {
      task()
      return
    }
    const cancel = clock.after(delayMs, () => {
      delays.delete(cancel)
      task()
    })
    delays.add(cancel)
  }

  const reset = (socket: Duplex): void => {
    if ('resetAndDestroy' in socket && typeof socket.resetAndDestroy === 'function') socket.resetAndDestroy()
    else socket.destroy()
  }

  const carryOut = (plan: HttpPlan, request: PlatformRequest, raw: IncomingMessage, response: ServerResponse): void => {
    if (plan.outcome === 'silence') return
    if (plan.outcome === 'hold') {
      held.push({ socket: raw.socket, resume: () => serve(request, raw, response) })
      return
    }
    later(plan.delayMs, () => {
      if (plan.outcome !== 'answer') return reset(raw.socket)
      if (response.destroyed) return
      const body = plan.bytes ?? plan.body
      response.writeHead(plan.status, { ...plan.headers, 'content-length': Buffer.byteLength(body) })
      response.end(body)
    })
  }

  const serve = (request: PlatformRequest, raw: IncomingMessage, response: ServerResponse): void =>
    carryOut(platform.rest.handle(request), request, raw, response)

  const onRequest = (raw: IncomingMessage, response: ServerResponse): void => {
    const { method = 'GET', url = '/', headers } = raw
    if (!platform.rest.knows(url) && deps.aside(raw, response)) {
      spared.add(raw.socket)
      return
    }
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
      serve({ method, path: url, headers, body: '' }, raw, response)
      return
    }
    const chunks: Buffer[] = []
    raw.on('data', (chunk: Buffer) => chunks.push(chunk))
    raw.on('end', () => {
      // Bytes, whatever they look like.
      if (url.startsWith(PARTS) || headers['content-type']?.startsWith(FORM)) {
        serve({ method, path: url, headers, body: '', bytes: Buffer.concat(chunks) }, raw, response)
        return
      }
      const [first] = chunks
      const body = chunks.length === 1 && first ? first.toString() : Buffer.concat(chunks).toString()
      serve({ method, path: url, headers, body }, raw, response)
    })
  }

  const onUpgrade = (raw: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const request = { method: raw.method ?? 'GET', path: raw.url ?? '/', headers: raw.headers, body: '' }
    const plan = platform.rest.upgrade(request)
    if (!plan) {
      sockets.accept(raw, socket, head)
      return
    }
    if (plan.outcome === 'silence') return
    if (plan.outcome === 'hold') {
      held.push({ socket, resume: () => onUpgrade(raw, socket, head) })
      return
    }
    later(plan.delayMs, () => {
      if (plan.outcome !== 'answer') return reset(socket)
      if (plan.status === 101) return sockets.accept(raw, socket, head)
      const lines = Object.entries(plan.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const length = `content-length: ${Buffer.byteLength(plan.body)}\r\nconnection: close\r\n`
      socket.end(`HTTP/1.1 ${plan.status} -\r\n${lines.join('')}${length}\r\n${plan.body}`)
    })
  }

  const http = createHttpServer({ keepAliveTimeout: KEEP_ALIVE_MS }, onRequest)
  http.on('upgrade', onUpgrade)
  http.on('clientError', (_, socket) => socket.destroy())

  const adopt = (socket: Socket): void => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    // Resets are part of the game; 'close' follows and tells whoever needs to know.
    socket.on('error', () => {})
    http.emit('connection', socket)
  }

  const listen = (port: number, onConnection: (socket: Socket) => void): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createTcpServer({ noDelay: true }, onConnection)
      server.once('error', reject)
      server.listen({ host: deps.host, port }, () => resolve(server))
    })

  let front: Server | undefined = await listen(deps.port, adopt)
  const openControl = async (): Promise<Server> => {
    try {
      return await listen(deps.controlPort, socket => {
        spared.add(socket)
        adopt(socket)
      })
    } catch (thrown) {
      front?.close()
      throw thrown
    }
  }
  const control = await openControl()
  const portOf = (server: Server): number => (server.address() as AddressInfo).port
  const port = portOf(front)

  const reopen = (): void => {
    if (stopped || front || mode === 'refuse') return
    listen(port, adopt).then(
      server => {
        if (stopped || front || mode === 'refuse') server.close()
        else front = server
      },
      () => later(RELISTEN_MS, reopen),
    )
  }

  const applyMode = (next: HostMode): void => {
    mode = next
    if (mode === 'refuse') {
      front?.close()
      front = undefined
    } else reopen()
    if (mode === 'refuse' || mode === 'reset') for (const socket of connections) if (!spared.has(socket)) reset(socket)
    if (mode !== 'freeze') {
      // What the thawed links still have to say (that they are gone, mostly) comes before what waited at the door.
      const waiting = held.splice(0)
      later(THAW_MS, () => {
        for (const { socket, resume } of waiting) if (!stopped && !socket.destroyed) resume()
      })
    }
  }

  return {
    port,
    controlPort: portOf(control),
    carry(effect) {
      if (effect.kind === 'host') applyMode(effect.mode)
      else if (effect.kind === 'callback') callbacks.send(effect.post)
      else sockets.carry(effect)
    },
    async stop() {
      stopped = true
      for (const cancel of delays) cancel()
      sockets.stop()
      callbacks.stop()
      const closed = [front, control].map(server => server && new Promise(resolve => server.close(resolve)))
      for (const socket of connections) socket.destroy()
      http.close()
      await Promise.all(closed)
    },
  }
}
