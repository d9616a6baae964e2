/** WebSockets without a network: `Dial` on the gateway's side, the model's links on the platform's. */
import type { Clock } from '../../../src/lib/clock.ts'
import type { Dial, Socket, SocketEvents, SocketOptions } from '../../../src/lib/net/network.ts'
import type { Platform } from '../../../src/sandbox/model/platform.ts'
import type { HttpPlan } from '../../../src/sandbox/model/rest/http.ts'
import type { Effect } from '../../../src/sandbox/model/world.ts'
import type { Dice } from '../dice.ts'
import type { Incarnation } from '../machine/incarnation.ts'
import type { Timeline } from '../timeline.ts'
import { createLane, type Lane } from './lane.ts'
import type { Sky } from './weather.ts'

const ABNORMAL = 1006
const TOO_LARGE = 1009
const GOODBYE_MS = 2_000

/** A connection as those who watch know it. */
export interface Wire {
  readonly process: Incarnation
  /** The platform's number for it, once it was accepted. */
  readonly link: number | undefined
}

export interface SocketWatch {
  dialled(wire: Wire, openNow: number): void
  /** A text has reached a live process on a socket that it still holds. */
  heard(wire: Wire, text: string): void
  /** The process has this socket no more, or hears that it is gone. */
  lost(wire: Wire): void
  /** A process has put a text on its way. */
  sent(wire: Wire, text: string): void
  /** A text has reached the platform. */
  said(wire: Wire, text: string): void
}

export interface Sockets {
  dialFor(process: Incarnation): Dial
  carry(effect: Exclude<Effect, { kind: 'host' }>): void
  /** The platform's host has changed: what waits at its door is asked again. */
  hostChanged(): void
  /** Both ends of every connection are told that it is over. */
  cutAll(): void
  /** Nothing passes on the present connections any more, and nobody is told. */
  halfOpenAll(): void
  openOf(process: Incarnation): number
  /** The system closes what a dead process held. */
  died(process: Incarnation): void
}

interface Connection extends Wire {
  readonly events: SocketEvents
  readonly options: SocketOptions
  readonly up: Lane
  readonly down: Lane
  /** As the process sees it. */
  client: 'connecting' | 'open' | 'closed'
  link: number | undefined
  serverGone: boolean
  dead: boolean
  reading: boolean
  /** Half a frame came: whatever follows is taken for the rest of it. */
  jammed: boolean
  cancelBound: () => void
}

export interface SocketsDeps {
  readonly clock: Clock
  readonly dice: Dice
  readonly sky: Sky
  readonly timeline: Timeline
  readonly watch: SocketWatch
  platform(): Platform
}

export function createSockets(deps: SocketsDeps): Sockets {
  const { clock, dice, sky, timeline, watch } = deps
  const connections = new Set<Connection>()
  const byLink = new Map<number, Connection>()
  const atTheDoor = new Set<Connection>()

  const openOf = (process: Incarnation): number =>
    [...connections].filter(one => one.process === process && one.client !== 'closed').length

  const letGo = (connection: Connection): void => {
    if (connection.client !== 'closed' || (connection.link !== undefined && !connection.serverGone)) return
    connections.delete(connection)
    atTheDoor.delete(connection)
  }

  /** The process hears that its connection is over; once. */
  const tellClient = (connection: Connection, code: number, reason: string): void => {
    if (connection.client === 'closed') return
    connection.client = 'closed'
    connection.cancelBound()
    connection.down.drop()
    watch.lost(connection)
    timeline.note('wire', () => `${name(connection)} closed for the process: ${code} ${reason}`)
    connection.process.deliver(() => connection.events.closed(code, reason))
    letGo(connection)
  }
  const tellServer = (connection: Connection, code: number, reason: string): void => {
    if (connection.serverGone) return
    connection.serverGone = true
    connection.up.drop()
    if (connection.link !== undefined) {
      byLink.delete(connection.link)
      deps.platform().gateway.closed(connection.link, code, reason)
    }
    letGo(connection)
  }
  /** The process's side is gone; the platform learns of it when the packet arrives, and now and then much later. */
  const leave = (connection: Connection): void => {
    if (connection.client === 'closed') return
    connection.client = 'closed'
    connection.cancelBound()
    connection.down.drop()
    watch.lost(connection)
    timeline.note('wire', () => `${name(connection)} left by the process`)
    const goodbye = (): void => tellServer(connection, ABNORMAL, '')
    if (sky.lostGoodbyes > 0 || connection.dead) {
      sky.lostGoodbyes = Math.max(0, sky.lostGoodbyes - 1)
      clock.after(dice.between(20_000, 240_000), goodbye)
    } else {
      connection.up.send(goodbye)
    }
    letGo(connection)
  }

  const accept = (connection: Connection): void => {
    if (connection.client === 'closed') return
    atTheDoor.delete(connection)
    const plan = atTheGate(deps.platform(), connection.options)
    if (plan === undefined) open(connection)
    else if (plan === 'refuse') refuse(connection, 'connect ECONNREFUSED')
    else if (plan.outcome === 'hold') atTheDoor.add(connection)
    else if (plan.outcome !== 'silence') clock.after(plan.delayMs, () => carryOut(connection, plan))
  }
  const carryOut = (connection: Connection, plan: Exclude<HttpPlan, { outcome: 'hold' }>): void => {
    if (connection.client === 'closed') return
    if (plan.outcome !== 'answer') refuse(connection, 'read ECONNRESET')
    else if (plan.status === 101) open(connection)
    else refuse(connection, `Unexpected server response: ${plan.status}`)
  }
  const refuse = (connection: Connection, reason: string): void => {
    connection.serverGone = true
    connection.down.send(() => tellClient(connection, ABNORMAL, reason))
  }
  const open = (connection: Connection): void => {
    connection.down.send(() => {
      if (connection.client !== 'connecting') return
      connection.client = 'open'
      connection.cancelBound()
      connection.process.deliver(() => {
        if (connection.client === 'open') connection.events.opened()
      })
    })
    deps.platform().gateway.opened(link => {
      connection.link = link
      byLink.set(link, connection)
      timeline.note('wire', () => `${name(connection)} accepted`)
    })
  }

  const hear = (connection: Connection, text: string): void => {
    if (connection.client !== 'open' || connection.jammed) return
    if (text.length > connection.options.maxMessageBytes) {
      tellClient(connection, TOO_LARGE, 'Max payload size exceeded')
      connection.up.send(() => tellServer(connection, TOO_LARGE, ''))
      return
    }
    timeline.note('wire', () => `${name(connection)} ← ${text.slice(0, 300)}`)
    connection.process.deliver(() => {
      if (connection.client !== 'open') return
      watch.heard(connection, text)
      connection.events.text(text)
    })
  }
  const closeFrame = (connection: Connection, code: number | undefined, reason: string): void => {
    const [told, why] = toldBy(connection, code, reason)
    tellClient(connection, told, why)
    connection.up.send(() => tellServer(connection, told, reason))
  }

  const connect = (process: Incarnation, options: SocketOptions, events: SocketEvents): Socket => {
    const connection: Connection = {
      process,
      events,
      options,
      up: createLane(clock, sky.latencyMs, () => sky.weather === 'lost' || connection.dead || !connection.reading),
      down: createLane(clock, sky.latencyMs, () => sky.weather === 'lost' || connection.dead),
      client: 'connecting',
      link: undefined,
      serverGone: false,
      dead: false,
      reading: true,
      jammed: false,
      cancelBound: process.clock.after(options.handshakeTimeoutMs, () => {
        const late = `no connection within ${options.handshakeTimeoutMs} ms`
        tellClient(connection, ABNORMAL, late)
        connection.up.send(() => tellServer(connection, ABNORMAL, ''))
      }),
    }
    connections.add(connection)
    watch.dialled(connection, openOf(process))
    const { weather } = sky
    if (weather === 'refused' || weather === 'no_dns') {
      const reason = weather === 'refused' ? 'connect ECONNREFUSED' : 'getaddrinfo ENOTFOUND'
      refuse(connection, reason)
    } else {
      connection.up.send(() => accept(connection))
    }
    return {
      send(text) {
        if (!process.calls() || connection.client !== 'open') return false
        timeline.note('wire', () => `${name(connection)} → ${text.replace(/"token":"[^"]*"/, '"token":"…"')}`)
        watch.sent(connection, text)
        connection.up.send(() => {
          if (connection.link === undefined || connection.serverGone) return
          watch.said(connection, text)
          deps.platform().gateway.received(connection.link, text)
        })
        return true
      },
      close(code, reason = '') {
        if (!process.calls() || connection.client === 'closed') return
        connection.up.send(() => {
          tellServer(connection, code, reason)
          connection.down.send(() => tellClient(connection, code, reason))
        })
        process.clock.after(GOODBYE_MS, () => tellClient(connection, ABNORMAL, 'the peer did not answer the goodbye'))
      },
      terminate() {
        if (!process.calls() || connection.client === 'closed') return
        leave(connection)
        queueMicrotask(() => process.deliver(() => events.closed(ABNORMAL, 'terminated')))
      },
    }
  }

  sky.onChange(() => {
    for (const { up, down } of connections) for (const lane of [up, down]) lane.wake()
  })

  return {
    openOf,
    died(process) {
      for (const connection of [...connections]) if (connection.process === process) leave(connection)
    },
    dialFor: process => (options, events) => {
      if (!process.calls()) return NOBODY
      if (URL.canParse(options.url) && /^wss?:$/.test(new URL(options.url).protocol))
        return connect(process, options, events)
      queueMicrotask(() => process.deliver(() => events.closed(ABNORMAL, 'Invalid URL')))
      return NOBODY
    },
    carry(effect) {
      if (effect.kind === 'callback') return
      const connection = byLink.get(effect.link)
      if (!connection) return
      switch (effect.kind) {
        case 'text':
          connection.down.send(() => hear(connection, effect.text))
          break
        case 'bytes':
          connection.down.send(() => {
            if (effect.framing === 'raw') connection.jammed = true
            else connection.process.deliver(() => connection.events.binary(effect.bytes.length))
          })
          break
        case 'close':
          connection.down.send(() => closeFrame(connection, effect.code, effect.reason))
          break
        case 'destroy':
          tellServer(connection, ABNORMAL, '')
          connection.down.send(() => tellClient(connection, ABNORMAL, ''))
          break
        case 'reading':
          connection.reading = effect.on
          connection.up.wake()
          break
      }
    },
    hostChanged() {
      for (const connection of [...atTheDoor]) connection.up.send(() => accept(connection))
    },
    cutAll() {
      for (const connection of [...connections]) {
        tellServer(connection, ABNORMAL, '')
        tellClient(connection, ABNORMAL, 'read ECONNRESET')
      }
    },
    halfOpenAll() {
      for (const connection of connections) {
        if (connection.dead || connection.client === 'closed') continue
        connection.dead = true
        // The platform's side gives up by itself at some time.
        clock.after(dice.between(30_000, 600_000), () => tellServer(connection, ABNORMAL, ''))
      }
    },
  }

  function name(connection: Connection): string {
    return `#${connection.process.number}/${connection.link ?? '-'}`
  }
}

/** What becomes of an upgrade; undefined lets it through. */
function atTheGate(platform: Platform, options: SocketOptions): HttpPlan | 'refuse' | undefined {
  if (platform.hostMode === 'freeze') return { outcome: 'hold' }
  if (platform.hostMode === 'refuse') return 'refuse'
  const url = new URL(options.url)
  const headers = { host: url.host, ...options.headers }
  return platform.rest.upgrade({ method: 'GET', path: url.pathname + url.search, headers, body: '' })
}

/** What a WebSocket library makes of a close frame. */
function toldBy({ jammed }: Connection, code: number | undefined, reason: string): readonly [number, string] {
  if (jammed) return [ABNORMAL, '']
  if (code === undefined) return [1005, '']
  return isCloseCode(code) ? [code, reason] : [ABNORMAL, 'bad code']
}

const NOBODY: Socket = { send: () => false, close: () => {}, terminate: () => {} }

/** What a WebSocket library takes for a close code; any other breaks the connection. */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
}
