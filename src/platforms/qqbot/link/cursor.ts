import { isRecord, type Json } from '../../../lib/json.ts'
import type { Shard } from '../../platform.ts'

/** Where a session stands: what is kept on disk with the events, and what RESUME and heartbeats are told. */
export interface SessionCursor {
  readonly session: string
  /** The last event of it that is kept. */
  readonly seq: number
  /** The bot's own id, by which mentions of it are known. */
  readonly self?: string
  /** When the session was last known to be alive (epoch milliseconds). */
  readonly aliveAtMs: number
  /** Which connection of how many it was begun as; absent for the only one. */
  readonly shard?: readonly [index: number, count: number]
}

/** Whether that connection may resume it: another count of them is another world. */
export function belongsTo({ shard: [index, count] = [0, 1] }: SessionCursor, shard: Shard): boolean {
  return index === shard.index && count === shard.count
}

export function parseCursor(json: Json | undefined): SessionCursor | undefined {
  if (!isRecord(json)) return undefined
  const { session, seq, self, aliveAtMs, shard } = json
  if (typeof session !== 'string' || typeof seq !== 'number' || typeof aliveAtMs !== 'number') return undefined
  const [index, count] = Array.isArray(shard) ? shard : []
  return {
    session,
    seq,
    aliveAtMs,
    ...(typeof self === 'string' ? { self } : {}),
    ...(typeof index === 'number' && typeof count === 'number' ? { shard: [index, count] } : {}),
  }
}

/**
 * Follows the session. `received` runs ahead with every event, `durable` follows once it is on disk; the platform is told
 * the durable one only.
 */
export interface CursorTrack {
  readonly durable: SessionCursor | undefined
  /** What RESUME names: a session that is not on disk yet goes on from where it began. */
  readonly resumable: Pick<SessionCursor, 'session' | 'seq'> | undefined
  readonly self: string | undefined
  /** A new session began. */
  begin(session: string, self: string | undefined, seq: number, nowMs: number): Json
  /** An event came; the answer is to be kept with it. Undefined while there is no session. */
  receive(seq: number | undefined, nowMs: number): Json | undefined
  /** What `begin` or `receive` gave out is on disk. */
  kept(cursor: Json): void
  /** The session is no good any more. */
  forget(): void
}

/** Of the only connection, where no other is named. */
export function createCursorTrack(
  saved: SessionCursor | undefined,
  { index, count }: Shard = { index: 0, count: 1 },
): CursorTrack {
  let received = saved
  let durable = saved
  /** Of a session that is not on disk yet. */
  let begun: SessionCursor | undefined
  let self = saved?.self

  const write = (cursor: SessionCursor): Json => {
    received = cursor
    const { shard, ...rest } = cursor
    return { ...rest, ...(shard === undefined ? {} : { shard: [...shard] }) }
  }
  return {
    get durable() {
      return durable
    },
    get resumable() {
      return durable ?? begun
    },
    get self() {
      return self
    },
    begin(session, ownId, seq, nowMs) {
      self = ownId ?? self
      durable = undefined
      begun = {
        session,
        seq,
        aliveAtMs: nowMs,
        ...(self === undefined ? {} : { self }),
        ...(count === 1 ? {} : { shard: [index, count] }),
      }
      return write(begun)
    },
    receive(seq, nowMs) {
      if (received === undefined) return undefined
      // Events may come out of order or twice: the cursor only moves forward.
      return write({ ...received, seq: Math.max(received.seq, seq ?? 0), aliveAtMs: nowMs })
    },
    kept(json) {
      const cursor = parseCursor(json)
      if (cursor === undefined || cursor.session !== received?.session) return
      if (durable === undefined || cursor.seq >= durable.seq) durable = cursor
    },
    forget() {
      received = undefined
      durable = undefined
      begun = undefined
    },
  }
}
