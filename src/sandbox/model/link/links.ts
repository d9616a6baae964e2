import type { Bot } from '../access/bots.ts'
import { cutForLog } from '../record.ts'
import type { Effect, World } from '../world.ts'
import type { Session } from './sessions.ts'

/** One WebSocket, as the platform sees it. */
export interface Link {
  readonly id: number
  readonly openedAtMs: number
  phase: 'opened' | 'waiting' | 'live' | 'closing'
  bot: Bot | undefined
  session: Session | undefined
  lastBeatMs: number
  intervalMs: number
  /** Silent, TCP held: by the host as a whole, or this link alone. */
  frozenHost: boolean
  frozenSelf: boolean
  readonly heldOut: Effect[]
  readonly heldIn: (string | undefined)[]
  stopWatch: (() => void) | undefined
}

export interface Totals {
  openSockets: number
  maxSockets: number
  opened: number
}

/** The open links: what is written to them, how they freeze and how they end. */
export interface Links {
  readonly totals: Totals
  add(): Link
  get(id: number): Link | undefined
  all(): IterableIterator<Link>
  /** The bot a link belongs to is known from its first IDENTIFY or RESUME on. */
  claim(link: Link, bot: Bot): void
  bind(link: Link, session: Session): void
  write(link: Link, text: string): void
  emit(link: Link, effect: Effect): void
  /** Says goodbye. `code` undefined sends an empty close frame. */
  close(link: Link, code: number | undefined, reason: string, forget?: boolean): void
  destroy(link: Link): void
  freeze(link: Link, by: 'host' | 'self', on: boolean): void
  /** The connection has ended, whoever wanted it. */
  closed(id: number, code: number, reason: string): void
}

/** After these nobody can resume. */
function forgetsSession(code: number | undefined): boolean {
  if (code === undefined) return false
  return (code >= 4000 && code <= 4007) || (code >= 4010 && code <= 4014) || (code >= 4900 && code <= 4915)
}

export function createLinks(world: World, received: (link: Link, text: string | undefined) => void): Links {
  const open = new Map<number, Link>()
  const totals: Totals = { openSockets: 0, maxSockets: 0, opened: 0 }

  const note = (
    link: Link,
    state: 'opened' | 'closing' | 'closed',
    over: { code?: number; reason?: string } = {},
  ): void =>
    world.record.add({
      kind: 'connection',
      connection: link.id,
      state,
      ...(link.bot ? { appId: link.bot.appId } : {}),
      ...(link.session ? { sessionId: link.session.id } : {}),
      ...over,
    })

  const unbind = (link: Link, forget: boolean): void => {
    link.stopWatch?.()
    link.stopWatch = undefined
    if (!link.session || !link.bot) return
    if (link.phase === 'live') link.bot.counters.liveLinks -= 1
    if (link.session.link === link.id) {
      link.session.link = undefined
      link.session.detachedAtMs = world.now()
    }
    if (forget) link.bot.sessions.delete(link.session.id)
  }

  const emit = (link: Link, effect: Effect): void => {
    if (link.frozenHost || link.frozenSelf) link.heldOut.push(effect)
    else world.effect(effect)
  }

  return {
    totals,
    add() {
      totals.opened += 1
      totals.openSockets += 1
      totals.maxSockets = Math.max(totals.maxSockets, totals.openSockets)
      const link: Link = {
        id: totals.opened,
        openedAtMs: world.now(),
        phase: 'opened',
        bot: undefined,
        session: undefined,
        lastBeatMs: world.now(),
        intervalMs: 0,
        frozenHost: false,
        frozenSelf: false,
        heldOut: [],
        heldIn: [],
        stopWatch: undefined,
      }
      open.set(link.id, link)
      note(link, 'opened')
      return link
    },
    get: id => open.get(id),
    all: () => open.values(),
    claim(link, bot) {
      if (link.bot) return
      link.bot = bot
      bot.counters.openSockets += 1
      bot.counters.maxSockets = Math.max(bot.counters.maxSockets, bot.counters.openSockets)
    },
    bind(link, session) {
      if (!link.bot) return
      link.session = session
      link.phase = 'live'
      session.link = link.id
      link.bot.counters.liveLinks += 1
      link.bot.counters.maxLinks = Math.max(link.bot.counters.maxLinks, link.bot.counters.liveLinks)
    },
    write(link, text) {
      world.record.add({
        kind: 'frame',
        connection: link.id,
        direction: 'out',
        text: cutForLog(text),
        sizeBytes: text.length,
        ...(link.bot ? { appId: link.bot.appId } : {}),
      })
      emit(link, { kind: 'text', link: link.id, text })
    },
    emit,
    close(link, code, reason, forget = forgetsSession(code)) {
      if (link.phase === 'closing') return
      unbind(link, forget)
      link.phase = 'closing'
      note(link, 'closing', { reason, ...(code === undefined ? {} : { code }) })
      emit(link, { kind: 'close', link: link.id, reason, ...(code === undefined ? {} : { code }) })
    },
    destroy(link) {
      if (link.phase !== 'closing') unbind(link, false)
      link.phase = 'closing'
      link.heldOut.length = 0
      world.effect({ kind: 'destroy', link: link.id })
    },
    freeze(link, by, on) {
      const was = link.frozenHost || link.frozenSelf
      if (by === 'host') link.frozenHost = on
      else link.frozenSelf = on
      const is = link.frozenHost || link.frozenSelf
      if (was === is) return
      world.effect({ kind: 'reading', link: link.id, on: !is })
      if (is) return
      link.lastBeatMs = world.now()
      for (const effect of link.heldOut.splice(0)) world.effect(effect)
      for (const text of link.heldIn.splice(0)) received(link, text)
    },
    closed(id, code, reason) {
      const link = open.get(id)
      if (!link) return
      open.delete(id)
      totals.openSockets -= 1
      if (link.bot) link.bot.counters.openSockets -= 1
      if (link.phase !== 'closing') unbind(link, false)
      link.phase = 'closing'
      note(link, 'closed', { code, reason })
    },
  }
}
