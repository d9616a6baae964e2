import { isRecord, parseJson } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import { type Claim, claimIdentity, refuseIdentity, refuseSession } from '../access/identity.ts'
import { wantsEvent } from '../access/intents.ts'
import type { FaultOf, GatewayMoment, MutedFrame } from '../faults/fault-specs.ts'
import { cutForLog } from '../record.ts'
import type { World } from '../world.ts'
import { callBack } from './callbacks.ts'
import { dispatchTo, hears } from './dispatch.ts'
import { type GatewayFault, strikeLink } from './gateway-faults.ts'
import { createLinks, type Link, type Links } from './links.ts'
import { createSession, eventsAfter, hasExpired, type Session } from './sessions.ts'

/** The WebSocket gateway as a machine: links come, frames come, time passes; frames and closes go out as effects. */
export interface Gateway {
  readonly links: Links
  /** A connection has been upgraded; it is told its number before anything is sent on it. */
  opened(register: (id: number) => void): void
  /** A text frame; undefined stands for a binary one. */
  received(id: number, text: string | undefined): void
  /** The connection has ended, whoever wanted it. */
  closed(id: number, code: number, reason: string): void
  /** Sends an event to every session of the bot that wants it. */
  dispatch(bot: Bot, type: string, d: unknown, id: string | undefined): void
  forgetSessions(bot: Bot): void
  /** Carries out a fault that strikes now, on all links that it concerns. */
  strikeNow(spec: GatewayFault): void
}

const OPS_OF_THE_SERVER = new Set([0, 7, 9, 10, 11, 12, 13])

export function createGateway(world: World): Gateway {
  const links = createLinks(world, (link, text) => receive(link, text))

  /** Whose link it is; before it has said so, the only bot's there is. */
  const appIdOf = (link: Link): string | undefined => {
    if (link.bot || world.bots.size > 1) return link.bot?.appId
    return world.bots.keys().next().value
  }

  /** Sends an answer now, late or never, as the faults say. */
  const answer = (link: Link, what: MutedFrame, send: () => void): void => {
    const appId = appIdOf(link)
    if (world.faults.take('mute', appId, fault => fault.what === what)) return
    const slow = world.faults.take('slow', appId, fault => fault.what === what)
    if (!slow) {
      send()
      return
    }
    world.agenda.at(world.now() + slow.delayMs, () => {
      if (link.phase !== 'closing') send()
    })
  }

  /** Lets a fault strike at this point; true when it takes the place of what would follow. */
  const strike = (link: Link, on: GatewayMoment): boolean => {
    const spec = world.faults.take('gateway', appIdOf(link), fault => fault.on === on)
    if (spec) strikeLink(world, links, link, spec)
    return spec !== undefined && spec.do !== 'raw'
  }

  const watchHeartbeats = (link: Link): void => {
    const { heartbeatTimeoutIntervals } = world.options
    if (!heartbeatTimeoutIntervals || link.intervalMs <= 0) return
    const patienceMs = link.intervalMs * heartbeatTimeoutIntervals
    const watch = (): void => {
      link.stopWatch = undefined
      if (link.phase === 'closing') return
      const frozen = link.frozenHost || link.frozenSelf
      const dueMs = frozen ? world.now() + patienceMs : link.lastBeatMs + patienceMs
      if (dueMs <= world.now()) links.close(link, 4009, 'Session timed out')
      else link.stopWatch = world.agenda.at(dueMs, watch)
    }
    watch()
  }

  const hello = (link: Link): void => {
    const fault = world.faults.take('heartbeat_interval', appIdOf(link))
    const interval = fault ? fault.value : world.options.heartbeatIntervalMs
    link.intervalMs = typeof interval === 'number' && Number.isFinite(interval) ? interval : 0
    link.phase = 'waiting'
    links.write(link, JSON.stringify({ op: 10, d: interval == null ? {} : { heartbeat_interval: interval } }))
    watchHeartbeats(link)
    strike(link, 'hello')
  }

  const ready = (link: Link, bot: Bot, claim: Claim): void => {
    if (link.phase === 'live') return
    if (world.options.sameShard === 'replace') closeOlder(bot, claim)
    const session = createSession(world.ids.uuid(), bot.appId, claim.intents, claim.shard, link.id)
    for (const old of bot.sessions.values())
      if (hasExpired(old, world.now(), world.options.sessionRetentionMs)) bot.sessions.delete(old.id)
    bot.sessions.set(session.id, session)
    links.bind(link, session)
    bot.counters.readies += 1
    session.seq = 1
    world.record.add({
      kind: 'connection',
      connection: link.id,
      appId: bot.appId,
      state: 'ready',
      sessionId: session.id,
    })
    links.write(
      link,
      JSON.stringify({
        op: 0,
        s: session.seq,
        t: 'READY',
        d: {
          version: 1,
          session_id: session.id,
          user: { id: bot.id, username: bot.name, bot: true, status: 1 },
          shard: world.options.readyShard === 'echo' ? claim.shard : [0, 0],
        },
      }),
    )
    strike(link, 'ready')
  }

  const closeOlder = (bot: Bot, claim: Claim): void => {
    for (const session of bot.sessions.values()) {
      const older = session.link === undefined ? undefined : links.get(session.link)
      if (older && session.shard[0] === claim.shard[0]) links.close(older, 4009, 'replaced by a new identify')
    }
  }

  const identify = (link: Link, d: unknown): void => {
    const claim = claimIdentity(world, d, 'identify')
    if (claim.bot) {
      links.claim(link, claim.bot)
      claim.bot.counters.identifies += 1
    }
    if (strike(link, 'identify')) return
    const refused = refuseIdentity(world, links, link, claim)
    if (refused || !claim.bot) return
    const { bot } = claim
    bot.starts.add(world.now())
    bot.recentStarts.add(world.now())
    answer(link, 'ready', () => ready(link, bot, claim))
  }

  const resumed = (link: Link, bot: Bot, session: Session, seq: number): void => {
    const missed = eventsAfter(session, seq)
    if (!missed) {
      refuseSession(world, links, link, 4007)
      return
    }
    const older = session.link === undefined ? undefined : links.get(session.link)
    if (older && older !== link) links.close(older, 4009, 'session resumed elsewhere')
    session.heldBack = undefined
    links.bind(link, session)
    bot.counters.resumeds += 1
    world.record.add({
      kind: 'connection',
      connection: link.id,
      appId: bot.appId,
      state: 'resumed',
      sessionId: session.id,
    })
    const replay = (): void => {
      for (const event of missed) links.write(link, event.text)
    }
    const tell = (): void => {
      session.seq += 1
      const d = world.options.resumedData === 'object' ? {} : ''
      links.write(link, JSON.stringify({ op: 0, s: session.seq, t: 'RESUMED', d }))
    }
    if (world.options.resumeOrder === 'replay_first') replay()
    answer(link, 'resumed', () => {
      tell()
      strike(link, 'resumed')
    })
    if (world.options.resumeOrder === 'resumed_first') replay()
  }

  const resume = (link: Link, d: unknown): void => {
    const claim = claimIdentity(world, d, 'resume')
    if (claim.bot) {
      links.claim(link, claim.bot)
      claim.bot.counters.resumes += 1
    }
    if (strike(link, 'resume')) return
    const { bot, sessionId, seq } = claim
    if (claim.closeCode !== undefined) {
      links.close(link, claim.closeCode, claim.problem ?? '')
      return
    }
    if (!bot || claim.problem) {
      refuseSession(world, links, link, 4004)
      return
    }
    const session = bot.sessions.get(sessionId)
    if (!session || hasExpired(session, world.now(), world.options.sessionRetentionMs)) {
      refuseSession(world, links, link, 4006)
      return
    }
    resumed(link, bot, session, seq)
  }

  const beat = (link: Link): void => {
    link.lastBeatMs = world.now()
    if (link.bot) link.bot.counters.heartbeats += 1
    if (strike(link, 'heartbeat')) return
    answer(link, 'ack', () => links.write(link, '{"op":11}'))
  }

  const act = (link: Link, frame: Readonly<Record<string, unknown>>): void => {
    const { op, d } = frame
    if (op === 1) {
      beat(link)
      return
    }
    const authenticated = link.phase === 'live'
    if (op === 2 || op === 6) {
      if (authenticated) {
        links.close(link, 4005, 'already authenticated', false)
        return
      }
      if (op === 2) identify(link, d)
      else resume(link, d)
      return
    }
    if (authenticated || typeof op !== 'number' || !OPS_OF_THE_SERVER.has(op)) {
      links.close(link, 4001, 'invalid opcode')
      return
    }
    links.close(link, 4003, 'not authenticated')
  }

  const receive = (link: Link, text: string | undefined): void => {
    if (link.phase === 'closing') return
    if (link.frozenHost || link.frozenSelf) {
      link.heldIn.push(text)
      return
    }
    const frame = text === undefined ? undefined : parseJson(text)
    world.record.add({
      kind: 'frame',
      connection: link.id,
      direction: 'in',
      text: text === undefined ? '(binary)' : cutForLog(maskTokenOf(frame, text)),
      sizeBytes: text?.length ?? 0,
      ...(link.bot ? { appId: link.bot.appId } : {}),
    })
    if (!isRecord(frame)) {
      links.close(link, 4002, 'invalid payload')
      return
    }
    act(link, frame)
  }

  return {
    links,
    opened(register) {
      const link = links.add()
      register(link.id)
      if (!strike(link, 'open')) answer(link, 'hello', () => hello(link))
    },
    received(id, text) {
      const link = links.get(id)
      if (link) receive(link, text)
    },
    closed: links.closed,
    dispatch(bot, type, d, id) {
      let reached = false
      const now = world.now()
      const text = JSON.stringify(d) ?? 'null'
      if (bot.webhook !== null) {
        const outer = id === undefined ? '' : `"id":${JSON.stringify(id)},`
        bot.counters.events += 1
        callBack(world, bot, bot.webhook, type, `{${outer}"op":0,"d":${text},"t":${JSON.stringify(type)}}`)
        return
      }
      for (const session of bot.sessions.values()) {
        if (hasExpired(session, now, world.options.sessionRetentionMs)) {
          bot.sessions.delete(session.id)
          continue
        }
        if (!hears(session.shard, d, world.options.chatShard) || !wantsEvent(session.intents, type)) continue
        const link = session.link === undefined ? undefined : links.get(session.link)
        const live = link?.phase === 'live' ? link : undefined
        dispatchTo(
          world,
          session,
          { type, id, d: text },
          live && (frame => answer(live, 'event', () => links.write(live, frame))),
        )
        reached = true
      }
      if (reached) bot.counters.events += 1
      else world.record.add({ kind: 'undelivered', appId: bot.appId, type, id: id ?? '' })
    },
    forgetSessions(bot) {
      bot.sessions.clear()
    },
    strikeNow(spec: FaultOf<'gateway'>) {
      for (const link of [...links.all()]) {
        if (link.phase === 'closing' || (spec.appId !== undefined && link.bot?.appId !== spec.appId)) continue
        strikeLink(world, links, link, spec)
      }
    },
  }
}

/** Tokens of IDENTIFY and RESUME stay out of the record whatever they are, also wrong ones. */
function maskTokenOf(frame: unknown, text: string): string {
  const token = isRecord(frame) && isRecord(frame['d']) ? frame['d']['token'] : undefined
  return typeof token === 'string' && token ? text.replaceAll(token, '[redacted]') : text
}
