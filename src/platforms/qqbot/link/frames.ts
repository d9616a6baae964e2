/** The frames of the QQ gateway: reading what comes, writing what goes. Pure. */
import { isRecord, parseJson } from '../../../lib/json.ts'
import type { Shard } from '../../platform.ts'

/** Opcodes, as the platform numbers them. */
export const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  ack: 11,
} as const

export interface Frame {
  readonly op: number
  readonly d: unknown
  /** Sequence number and name of a dispatched event, and its own id. */
  readonly s?: number
  readonly t?: string
  readonly id?: string
}

/** A frame, or in one word why it is none. */
export function parseFrame(text: string): Frame | 'not_json' | 'not_an_object' | 'no_opcode' {
  const json = parseJson(text)
  if (json === undefined) return 'not_json'
  if (!isRecord(json)) return 'not_an_object'
  const { op, s, t, id } = json
  if (typeof op !== 'number') return 'no_opcode'
  return {
    op,
    d: json['d'],
    ...(typeof s === 'number' && Number.isSafeInteger(s) && s >= 0 ? { s } : {}),
    ...(typeof t === 'string' ? { t } : {}),
    ...(typeof id === 'string' ? { id } : {}),
  }
}

export function helloInterval(d: unknown): number | undefined {
  const interval = isRecord(d) ? d['heartbeat_interval'] : undefined
  return typeof interval === 'number' ? interval : undefined
}

/** What READY tells of the new session and of the bot itself. */
export function readReady(d: unknown): { readonly session?: string; readonly self?: string } {
  if (!isRecord(d)) return {}
  const { session_id: session, user } = d
  const self = isRecord(user) ? user['id'] : undefined
  return {
    ...(typeof session === 'string' && session !== '' ? { session } : {}),
    ...(typeof self === 'string' && self !== '' ? { self } : {}),
  }
}

export function identifyFrame(token: string, intents: number, { index, count }: Shard): string {
  const properties = { $os: 'linux', $browser: 'herald', $device: 'herald' }
  return JSON.stringify({ op: OP.identify, d: { token: `QQBot ${token}`, intents, shard: [index, count], properties } })
}

export function resumeFrame(token: string, session: string, seq: number): string {
  return JSON.stringify({ op: OP.resume, d: { token: `QQBot ${token}`, session_id: session, seq } })
}

/** `seq`: the last event that is on disk; null where there is none. */
export function heartbeatFrame(seq: number | null): string {
  return JSON.stringify({ op: OP.heartbeat, d: seq })
}
