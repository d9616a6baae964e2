/** What one callback is, and what it is answered with. Pure but for the keys. */
import { isRecord, parseJson } from '../../../lib/json.ts'
import { idOf, record } from '../inbound/read-json.ts'
import { OP } from '../link/frames.ts'
import { isOwnToken, isSigned, type SigningKeys, signatureOf } from './signature.ts'

/** A callback as it came, its body whole. */
export interface Callback {
  readonly timestamp: string | undefined
  readonly signature: string | undefined
  readonly body: Buffer
}

export interface CallbackAnswer {
  readonly status: number
  readonly body: object
}

export type Reading =
  /** To be brought to disk; only then is it acknowledged. */
  | { readonly kind: 'event'; readonly text: string }
  /** `own`: the token of a challenge that a Herald has sent; anything else is the platform's. */
  | { readonly kind: 'answer'; readonly answer: CallbackAnswer; readonly own?: string }
  /** `why` is for the log: who sent it learns only that it was refused. */
  | { readonly kind: 'refused'; readonly answer: CallbackAnswer; readonly why: string }

/** Older ones are taken for replays. The platform names no bound; this one leaves room for clocks that differ. */
export const STAMP_WINDOW_MS = 5 * 60_000
const ACK_OP = 12
const VALIDATION_OP = 13

export const KEPT: CallbackAnswer = { status: 200, body: { op: ACK_OP, d: 0 } }
/** Not on disk: the platform is to deliver it again. */
export const NOT_KEPT: CallbackAnswer = { status: 503, body: { op: ACK_OP, d: 1 } }

const refused = (status: number, error: string, why: string): Reading => ({
  kind: 'refused',
  answer: { status, body: { error } },
  why,
})

export function readCallback(keys: SigningKeys, { timestamp, signature, body }: Callback, nowMs: number): Reading {
  if (timestamp === undefined || signature === undefined) return refused(401, 'not signed', 'not signed')
  if (!/^\d{1,12}$/.test(timestamp)) return refused(401, 'refused', 'its time stamp is none')
  if (!isSigned(keys, timestamp, body, signature)) return refused(401, 'refused', 'its signature is wrong')
  const ageMs = nowMs - Number(timestamp) * 1000
  if (Math.abs(ageMs) > STAMP_WINDOW_MS)
    return refused(401, 'refused', `it was signed ${Math.round(ageMs / 1000)} s ago: a replay, or a clock is wrong`)
  const text = body.toString('utf8')
  const json = parseJson(text)
  if (!isRecord(json) || typeof json['op'] !== 'number') return refused(400, 'no payload', 'it is no payload')
  switch (json['op']) {
    case VALIDATION_OP:
      return validation(keys, json['d'])
    case OP.heartbeat:
      return { kind: 'answer', answer: { status: 200, body: { op: OP.ack, d: json['d'] ?? null } } }
    case OP.dispatch:
      return { kind: 'event', text }
    default:
      return refused(400, 'unknown op', `op ${json['op']} is unknown`)
  }
}

/**
 * Answered only where the request itself is signed, and only for a token that is a word: else anybody could have us sign
 * whatever makes a callback.
 */
function validation(keys: SigningKeys, d: unknown): Reading {
  const { plain_token: token, event_ts: given } = record(d)
  const stamp = idOf(given)
  if (typeof token !== 'string' || stamp === undefined || !/^\w{1,256}$/.test(token) || !/^\d{1,20}$/.test(stamp))
    return refused(400, 'no challenge', 'its challenge cannot be read')
  return {
    kind: 'answer',
    answer: { status: 200, body: { plain_token: token, signature: signatureOf(keys, stamp, token) } },
    ...(isOwnToken(keys, token) ? { own: token } : {}),
  }
}
