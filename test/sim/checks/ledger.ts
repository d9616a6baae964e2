/** What people wrote, and on which sessions the platform sent it out. */
import type { Bot } from '../../../src/sandbox/model/access/bots.ts'
import type { ChatName } from '../../../src/sandbox/model/record.ts'
import type { Mood } from '../people/agent.ts'

export interface Spoken {
  /** The number that its answer is known by. */
  readonly tag: number
  readonly id: string
  readonly chat: ChatName
  readonly mood: Mood
  readonly atMs: number
}

/** What a session of the platform has sent, in order, and how much of it the gateway has said it has. */
export interface SessionLog {
  readonly id: string
  readonly sent: { readonly s: number; readonly spoken: Spoken }[]
  /** Its numbers do not count up any more, or it was given up: nothing follows from it. */
  disordered: boolean
  /** Entries of `sent` before this one have been looked at. */
  checked: number
  /** READY or RESUMED reached the gateway. */
  liveAtMs: number
}

export interface Ledger {
  readonly all: readonly Spoken[]
  byTag(tag: number): Spoken | undefined
  nextTag(): number
  add(spoken: Spoken, bot: Bot): void
  session(id: string): SessionLog | undefined
  live(sessionId: string, nowMs: number): void
  /** From now on the numbers of the present sessions mean nothing. */
  disorder(bot: Bot): void
  /** Nobody will ask for the rest of it: what it had still to tell is lost, and nobody's fault. */
  giveUp(sessionId: string): void
  /** Sessions that the platform does not have any more are let go. */
  prune(bot: Bot): void
}

export function createLedger(): Ledger {
  const all: Spoken[] = []
  const byTag = new Map<number, Spoken>()
  const sessions = new Map<string, SessionLog>()
  let tags = 0
  const logOf = (id: string): SessionLog => {
    const log = sessions.get(id) ?? { id, sent: [], disordered: false, checked: 0, liveAtMs: 0 }
    sessions.set(id, log)
    return log
  }
  return {
    all,
    byTag: tag => byTag.get(tag),
    nextTag: () => ++tags,
    add(spoken, bot) {
      if (!byTag.has(spoken.tag)) {
        all.push(spoken)
        byTag.set(spoken.tag, spoken)
      }
      for (const session of bot.sessions.values()) {
        const last = session.events.at(-1)
        if (!last?.text.includes(JSON.stringify(spoken.id))) continue
        logOf(session.id).sent.push({ s: last.s, spoken })
      }
    },
    session: id => sessions.get(id),
    live(id, nowMs) {
      logOf(id).liveAtMs = nowMs
    },
    disorder(bot) {
      for (const id of bot.sessions.keys()) logOf(id).disordered = true
    },
    giveUp(id) {
      logOf(id).disordered = true
    },
    prune(bot) {
      for (const id of sessions.keys()) if (!bot.sessions.has(id)) sessions.delete(id)
    },
  }
}
