/**
 * What the platform has said of its sessions, so that whoever gives one up for a new one can be asked why: what a session
 * still had to tell is lost with it.
 */
import { isRecord, parseJson } from '../../../src/lib/json.ts'
import { closeRule } from '../../../src/platforms/qqbot/link/close-codes.ts'
import type { Platform } from '../../../src/sandbox/model/platform.ts'
import type { Effect } from '../../../src/sandbox/model/world.ts'
import type { Ledger } from './ledger.ts'
import type { Violations } from './violations.ts'

export interface Fates {
  /** HELLO has reached the gateway: if it has a session, it tries to resume it, whether that is still sent or not. */
  greeted(): void
  /** The gateway has put RESUME on its way. */
  resuming(sessionId: string): void
  /** RESUME has reached the platform on this link. */
  resumeArrived(link: number, sessionId: string): void
  /** The gateway has shown that it has the session on disk. */
  known(sessionId: string): void
  /** An IDENTIFY has reached the platform, from the process of that number. */
  identified(processNumber: number): void
  live(sessionId: string): void
  /** An ACK has reached the gateway. */
  proven(): void
  /** The platform says something on a link, or goes. */
  told(effect: Exclude<Effect, { kind: 'host' }>): void
  wallJumped(byMs: number): void
}

export interface FatesDeps {
  readonly ledger: Ledger
  readonly violations: Violations
  nowMs(): number
  platform(): Platform
}

interface Fate {
  /** The gateway was given a reason to begin anew. */
  dismissed: boolean
  /** The gateway has named it, so it was on disk. */
  known: boolean
  resumes: number
  liveSinceMs: number
  provenAtMs: number
}

/** So many RESUMEs in vain, and the gateway may try something else. */
const RESUMES_IN_VAIN = 2
/** A link that lived so long has proven itself. */
const PROVEN_MS = 120_000
/** A new process resumes no older session. */
const OLDEST_RESUMED_MS = 25 * 60_000
const LARGE_JUMP_MS = 4 * 60_000
const WALL_MEMORY_MS = 60 * 60_000

export function createFates(deps: FatesDeps): Fates {
  const { violations } = deps
  const fates = new Map<string, Fate>()
  const resumedOn = new Map<number, string>()
  /** The session that the gateway is about. */
  let present: string | undefined
  let wallJumpedAtMs = Number.NEGATIVE_INFINITY

  const of = (id: string): Fate => {
    const fate = fates.get(id) ?? {
      dismissed: false,
      known: false,
      resumes: 0,
      liveSinceMs: 0,
      provenAtMs: 0,
    }
    fates.set(id, fate)
    return fate
  }
  /** Said on a link that has not named a session, it is about the one that the gateway would have named. */
  const dismiss = (link: number): void => {
    const id = deps.platform().gateway.links.get(link)?.session?.id ?? resumedOn.get(link) ?? present
    if (id !== undefined) of(id).dismissed = true
  }
  const tried = (fate: Fate): void => {
    if (fate.liveSinceMs > 0 && fate.provenAtMs - fate.liveSinceMs > PROVEN_MS) fate.resumes = 0
    fate.liveSinceMs = 0
    fate.resumes += 1
  }

  const reasonAgainst = (fate: Fate, detachedAtMs: number | undefined): boolean => {
    if (fate.dismissed || !fate.known || fate.resumes >= RESUMES_IN_VAIN) return true
    // A new life tells the age of a session by the wall clock.
    if (deps.nowMs() - wallJumpedAtMs < WALL_MEMORY_MS) return true
    // A process counts from the last proof; of a link that is half open, or a platform that is frozen, the platform hears later.
    const unheardMs = Math.max(
      deps.nowMs() - fate.provenAtMs,
      detachedAtMs === undefined ? 0 : deps.platform().world.now() - detachedAtMs,
    )
    return unheardMs > OLDEST_RESUMED_MS
  }

  return {
    greeted() {
      if (present !== undefined) tried(of(present))
    },
    resuming(sessionId) {
      of(sessionId).known = true
      if (sessionId !== present) tried(of(sessionId))
      present = sessionId
    },
    resumeArrived(link, sessionId) {
      resumedOn.set(link, sessionId)
      if (!deps.platform().bot().sessions.has(sessionId)) of(sessionId).dismissed = true
    },
    known(sessionId) {
      of(sessionId).known = true
    },
    identified(processNumber) {
      for (const session of deps.platform().bot().sessions.values()) {
        const fate = of(session.id)
        const detachedAtMs = session.link === undefined ? session.detachedAtMs : undefined
        if (!reasonAgainst(fate, detachedAtMs))
          violations.add(
            'session given up',
            `process #${processNumber} identifies although ${session.id} could be resumed`,
          )
        fate.dismissed = true
        deps.ledger.giveUp(session.id)
      }
      for (const id of fates.keys()) if (!deps.platform().bot().sessions.has(id)) fates.delete(id)
    },
    live(sessionId) {
      present = sessionId
      of(sessionId).liveSinceMs = deps.nowMs()
    },
    proven() {
      if (present !== undefined) of(present).provenAtMs = deps.nowMs()
    },
    told(effect) {
      if (effect.kind === 'close') {
        // These alone leave the session as it is.
        const { action } = closeRule(effect.code ?? 1005)
        if (action !== 'resume' && action !== 'slow') dismiss(effect.link)
      } else if (effect.kind === 'text' && effect.text.startsWith('{"op":9')) {
        const frame = parseJson(effect.text)
        if (!isRecord(frame) || frame['d'] !== true) dismiss(effect.link)
      }
    },
    wallJumped(byMs) {
      if (Math.abs(byMs) > LARGE_JUMP_MS) wallJumpedAtMs = deps.nowMs()
    },
  }
}
