/** Tells the platform that a press was heard: until then the button turns and turns. */
import { sleep } from '../../../lib/clock.ts'
import type { AdapterWorld, ClickVerdict } from '../../platform.ts'
import { type Api, type ApiReply, isTokenRefusal } from '../rest/api.ts'
import type { TokenSource } from '../rest/token.ts'

/** `heard`: the verdict takes too long to wait for it. */
export type PressAnswer = ClickVerdict | 'heard'

/** What the one who pressed is shown. */
const CODES: Readonly<Record<PressAnswer, number>> = {
  accepted: 0,
  heard: 0,
  stale: 1,
  unknown: 1,
  repeated: 3,
  foreign: 4,
}
const TRY_MS = 1_500
const PAUSE_MS = 100
const TRIES = 2
const SERVER_ERROR = 500

export interface Acks {
  /** Never rejects. Gives up after the second try: what the press decides does not hang on it. */
  acknowledge(id: string, answer: Promise<PressAnswer>): Promise<void>
}

export function createAcks(
  world: Pick<AdapterWorld, 'clock' | 'log'>,
  api: Api,
  token: Pick<TokenSource, 'drop'>,
): Acks {
  /** True when trying once more may help. */
  const failed = (reply: ApiReply): boolean => {
    if (reply.kind !== 'answered') return true
    if (isTokenRefusal(reply)) {
      token.drop(reply.token)
      return true
    }
    // Other refusals are final: it was acknowledged before, or is too old.
    return reply.status >= SERVER_ERROR || reply.status === 429
  }

  return {
    async acknowledge(id, answer) {
      const body = { code: CODES[await answer] }
      const call = { method: 'PUT', path: `/interactions/${encodeURIComponent(id)}`, body } as const
      for (let left = TRIES; left > 0; left--) {
        if (left < TRIES) await sleep(world.clock, PAUSE_MS)
        const reply = await api.call({ ...call, timeoutMs: TRY_MS })
        if (!failed(reply)) return
      }
      world.log.warn('the platform could not be told that a button was pressed', { press: id })
    },
  }
}
