/** Watches the wire, and checks while it goes on what has to hold at every moment. */

import type { Journal } from '../../../src/journal/journal.ts'
import type { Clock } from '../../../src/lib/clock.ts'
import { isRecord, parseJson } from '../../../src/lib/json.ts'
import type { Platform } from '../../../src/sandbox/model/platform.ts'
import type { Incarnation } from '../machine/incarnation.ts'
import type { SocketWatch, Wire } from '../network/sockets.ts'
import type { Fates } from './fates.ts'
import type { Ledger } from './ledger.ts'
import { createSpan } from './span.ts'
import type { Violations } from './violations.ts'

/** The last proof of life that reached the process on a socket that it holds. On the clock of the process. */
export interface LinkProof {
  readonly atMs: number
  readonly intervalMs: number
}

export interface Witness extends SocketWatch {
  proofsOf(process: Incarnation): readonly LinkProof[]
  readonly identifies: number
  /** The clock by which the budget is counted was set. */
  wallJumped(byMs: number): void
}

export interface WitnessDeps {
  readonly violations: Violations
  readonly ledger: Ledger
  readonly fates: Fates
  readonly clock: Clock
  platform(): Platform
  store(): Journal
  /** Connections that the bot has. */
  readonly shards: number
  /** Which life of the account the present process is in. */
  lifeNow(): number | undefined
}

/** The gateway counts from when it wrote one down, and a slow disk makes it send that one later. */
const TEN_MINUTES_MS = 600_000 - 30_000
const DAY_MS = 86_400_000
const MOST_IN_TEN_MINUTES = 20
const MOST_IN_A_DAY = 1_000
/** With every favour and every loss after a proven minute, no process dials more often than this. */
const MOST_DIALS_IN_A_MINUTE = 20
/** As the platform of a bot with several connections wants it. */
const ONE_START_IN_MS = 5_000
const MINUTE_MS = 60_000
/** Op 7 is no question. */
const LEAVES_WITHIN_MS = 1_000
/** As the settings of the gateway have it, for a HELLO that names none or nonsense. */
const DEFAULT_INTERVAL_MS = 45_000
const INTERVALS_MS = [100, 120_000] as const

interface Heard {
  intervalMs: number
  proofAtMs: number | undefined
  /** The session that this socket is about, as far as both sides have said so. */
  session: string | undefined
}

interface Held {
  /** By the sockets that it holds. */
  readonly wires: Map<Wire, Heard>
  /** Sessions that the platform does not know, as it said, and in which life of the account. */
  readonly dismissed: Map<string, number | undefined>
  readonly dialsMs: number[]
}

export function createWitness(deps: WitnessDeps): Witness {
  const { violations, ledger, fates, clock } = deps
  const held = new WeakMap<Incarnation, Held>()
  const alone = deps.shards === 1
  const lately = createSpan(TEN_MINUTES_MS)
  const today = createSpan(DAY_MS)
  let identifiedAtMs = Number.NEGATIVE_INFINITY
  let identifies = 0
  let wallJumpedAtMs = Number.NEGATIVE_INFINITY

  const by = (process: Incarnation): Held => {
    const known = held.get(process)
    if (known) return known
    const fresh: Held = { wires: new Map(), dismissed: new Map(), dialsMs: [] }
    held.set(process, fresh)
    return fresh
  }
  const on = (wire: Wire): Heard => {
    const { wires } = by(wire.process)
    const known = wires.get(wire)
    if (known) return known
    const fresh: Heard = { intervalMs: DEFAULT_INTERVAL_MS, proofAtMs: undefined, session: undefined }
    wires.set(wire, fresh)
    return fresh
  }

  const countIdentify = (): void => {
    const nowMs = clock.monotonicMs()
    const sinceMs = nowMs - identifiedAtMs
    identifiedAtMs = nowMs
    if (!alone && sinceMs < ONE_START_IN_MS && nowMs - wallJumpedAtMs > ONE_START_IN_MS)
      violations.add('unpaced', `two IDENTIFYs within ${Math.round(sinceMs)} ms`)
    identifies += 1
    for (const [span, most, within] of [
      [lately, MOST_IN_TEN_MINUTES * deps.shards, '10 minutes'],
      [today, MOST_IN_A_DAY, 'a day'],
    ] as const) {
      span.add(nowMs)
      const count = span.count(nowMs)
      if (count > most) violations.add('identify budget', `${count} IDENTIFYs within ${within}`)
    }
  }

  const countDial = (process: Incarnation): void => {
    const { dialsMs } = by(process)
    const nowMs = process.clock.monotonicMs()
    dialsMs.push(nowMs)
    while ((dialsMs[0] ?? nowMs) <= nowMs - MINUTE_MS) dialsMs.shift()
    if (dialsMs.length > MOST_DIALS_IN_A_MINUTE * deps.shards)
      violations.add('hammered', `process #${process.number} has dialled ${dialsMs.length} times within a minute`)
  }

  /** A new life may read the cursor before it is gone from a slow disk; the same life knows better. */
  const resumes = (wire: Wire, session: string): void => {
    const { process } = wire
    const { dismissed } = by(process)
    on(wire).session = session
    if (dismissed.has(session) && dismissed.get(session) === deps.lifeNow())
      violations.add('session kept', `process #${process.number} resumes ${session}, which it was told is gone`)
  }

  const holds = (wire: Wire): boolean => wire.process.alive && by(wire.process).wires.has(wire)
  const askedAway = (wire: Wire): void => {
    const { process, link } = wire
    clock.after(LEAVES_WITHIN_MS, () => {
      if (holds(wire) && !process.stopped)
        violations.add('op 7 ignored', `process #${process.number} was asked away, and stays on link ${link}`)
    })
  }
  /** Whoever begins anew has given up what the same connection had before. */
  const begins = (shard: unknown): void => {
    for (const session of deps.platform().bot().sessions.values())
      if (Array.isArray(shard) && session.shard[0] === shard[0]) ledger.giveUp(session.id)
  }

  /** What the gateway says it has, by heartbeat or RESUME, must be on disk by now. */
  const acknowledged = (sessionId: string, seq: number): void => {
    const log = ledger.session(sessionId)
    if (!log || log.disordered) return
    for (let entry = log.sent[log.checked]; entry && entry.s <= seq; entry = log.sent[log.checked]) {
      log.checked += 1
      const { spoken } = entry
      deps
        .store()
        .trace(spoken.id)
        .then(
          record => {
            if (!record?.inbox)
              violations.add('lost', `<#${spoken.tag}> ${spoken.id} was acknowledged (s ${seq}) and is not on disk`)
          },
          () => {},
        )
    }
  }

  return {
    get identifies() {
      return identifies
    },
    wallJumped(byMs) {
      fates.wallJumped(byMs)
      wallJumpedAtMs = clock.monotonicMs()
      for (const span of [lately, today]) span.jumped(wallJumpedAtMs, byMs)
    },
    dialled(wire, openNow) {
      const { process } = wire
      on(wire)
      countDial(process)
      if (openNow > deps.shards) violations.add('two sockets', `process #${process.number} holds ${openNow} sockets`)
    },
    lost(wire) {
      by(wire.process).wires.delete(wire)
    },
    heard(wire, text) {
      const { process } = wire
      const link = on(wire)
      if (text.startsWith('{"op":11')) {
        if (link.proofAtMs === undefined) return
        link.proofAtMs = process.clock.monotonicMs()
        if (alone) fates.proven()
      } else if (text.startsWith('{"op":10')) {
        if (alone) fates.greeted()
        const frame = parseJson(text)
        const told = isRecord(frame) && isRecord(frame['d']) ? frame['d']['heartbeat_interval'] : undefined
        const usable = typeof told === 'number' && Number.isFinite(told) && told > 0
        link.intervalMs = usable ? Math.min(Math.max(told, INTERVALS_MS[0]), INTERVALS_MS[1]) : DEFAULT_INTERVAL_MS
      } else if (text.includes('"t":"READY"') || text.includes('"t":"RESUMED"')) {
        link.proofAtMs = process.clock.monotonicMs()
        const session = deps.platform().gateway.links.get(wire.link ?? -1)?.session
        if (session) {
          link.session = session.id
          ledger.live(session.id, clock.monotonicMs())
          if (alone) fates.live(session.id)
        }
      } else if (text.startsWith('{"op":7')) {
        askedAway(wire)
      } else if (text.startsWith('{"op":9') && link.session !== undefined) {
        const frame = parseJson(text)
        if (isRecord(frame) && frame['d'] === false) by(process).dismissed.set(link.session, deps.lifeNow())
      }
    },
    sent(wire, text) {
      if (text.startsWith('{"op":2,')) countIdentify()
      if (!text.startsWith('{"op":6,')) return
      const session = /"session_id":"([^"]*)"/.exec(text)?.[1] ?? ''
      if (alone) fates.resuming(session)
      resumes(wire, session)
    },
    said(wire, text) {
      const { process, link } = wire
      const frame = parseJson(text)
      if (!isRecord(frame) || link === undefined) return
      const { op, d } = frame
      if (op === 1 && typeof d === 'number') {
        const session = deps.platform().gateway.links.get(link)?.session
        if (!session) return
        if (alone) fates.known(session.id)
        acknowledged(session.id, d)
      }
      // What was on its way on a connection that is gone says nothing about the present one.
      if (op === 2 && holds(wire)) {
        if (alone) fates.identified(process.number)
        else if (isRecord(d)) begins(d['shard'])
      }
      if (op === 6 && isRecord(d) && typeof d['session_id'] === 'string' && typeof d['seq'] === 'number') {
        if (alone) fates.resumeArrived(link, d['session_id'])
        acknowledged(d['session_id'], d['seq'])
      }
    },
    proofsOf(process) {
      return [...by(process).wires.values()].flatMap(({ proofAtMs, intervalMs }) =>
        proofAtMs === undefined ? [] : [{ atMs: proofAtMs, intervalMs }],
      )
    },
  }
}
