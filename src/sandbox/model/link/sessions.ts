/** A gateway session: it outlives its socket for a while, so that what came meanwhile can be replayed. */
export interface Session {
  readonly id: string
  readonly appId: string
  readonly intents: number
  readonly shard: readonly [number, number]
  /** The `s` of the last dispatch. */
  seq: number
  /** The link it is bound to. */
  link: number | undefined
  detachedAtMs: number
  readonly events: SentEvent[]
  /** Where the kept part of `events` begins. */
  first: number
  /** The greatest `s` that has been dropped from the replay buffer. */
  evictedSeq: number
  /** An event that a fault holds back until the next one has gone. */
  heldBack: string | undefined
}

export interface SentEvent {
  readonly s: number
  readonly atMs: number
  readonly text: string
}

export function createSession(
  id: string,
  appId: string,
  intents: number,
  shard: readonly [number, number],
  link: number,
): Session {
  return {
    id,
    appId,
    intents,
    shard,
    seq: 0,
    link,
    detachedAtMs: 0,
    events: [],
    first: 0,
    evictedSeq: 0,
    heldBack: undefined,
  }
}

/** Keeps an event for replay; what is too old or too much goes. */
export function keepEvent(session: Session, event: SentEvent, limit: number, retentionMs: number): void {
  const { events } = session
  events.push(event)
  for (let oldest = events[session.first]; oldest; oldest = events[session.first]) {
    if (events.length - session.first <= limit && oldest.atMs > event.atMs - retentionMs) break
    session.evictedSeq = Math.max(session.evictedSeq, oldest.s)
    session.first += 1
  }
  if (session.first > 1024 && session.first * 2 > events.length) {
    events.splice(0, session.first)
    session.first = 0
  }
}

/** What came after `seq`, oldest first; undefined when part of it is no longer kept or `seq` was never reached. */
export function eventsAfter(session: Session, seq: number): SentEvent[] | undefined {
  if (seq > session.seq || seq < session.evictedSeq) return undefined
  return session.events.slice(session.first).filter(event => event.s > seq)
}

export function hasExpired(session: Session, nowMs: number, retentionMs: number): boolean {
  return session.link === undefined && nowMs - session.detachedAtMs > retentionMs
}
