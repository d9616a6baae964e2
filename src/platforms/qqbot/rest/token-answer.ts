/** What the token endpoint says when it gives no token, and how long a token lives. Pure. */

import type { Failure } from '../link/session-types.ts'
import { type Answer, describeAnswer } from './answer.ts'
import { addressRefusal } from './own-address.ts'

/** The platform's longest; more is not believed. */
export const LONGEST_LIFE_MS = 7_200_000
/** For a token of unknown life. */
const UNKNOWN_LIFE_MS = 300_000

/** Failures come under HTTP 200, with one of these. */
const WRONG_CREDENTIALS = new Set([100016, 100007, 10004])
const TOO_MANY = new Set([100001, 100017])

export function tokenFailure(answer: Answer): Failure {
  const { code, status, retryAfterMs } = answer
  const told = describeAnswer(answer)
  if (code !== undefined && WRONG_CREDENTIALS.has(code))
    return {
      verdict: 'final',
      code: 'qq_credentials_rejected',
      message: `the platform rejects the app id or its secret (${told})`,
      hint: 'compare both with q.qq.com, then correct the settings; Herald reads them again when it tries next',
    }
  // Whether the list holds for this call too is nowhere said.
  const address = addressRefusal(answer)
  if (address) return address
  const wait = retryAfterMs === undefined ? {} : { waitMs: retryAfterMs }
  if (status === 429 || (code !== undefined && TOO_MANY.has(code)))
    return { verdict: 'busy', code: 'qq_token_busy', message: `too many calls for a token (${told})`, ...wait }
  return { verdict: 'passing', code: 'qq_token_failed', message: `no token in the answer (${told})`, ...wait }
}

/** `expires_in`: the seconds that are left, as text on the wire, as a number by the documents. */
export function lifetimeMs(expiresIn: unknown): number {
  const given = typeof expiresIn === 'string' && expiresIn.trim() !== '' ? Number(expiresIn) : expiresIn
  if (typeof given !== 'number' || Number.isNaN(given)) return UNKNOWN_LIFE_MS
  return Math.min(Math.max(given * 1000, 0), LONGEST_LIFE_MS)
}
