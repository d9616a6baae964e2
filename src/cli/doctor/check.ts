/** One thing that the doctor looks at, and what it found. */
import { describeError } from '../../lib/errors.ts'

export interface Finding {
  readonly verdict: 'ok' | 'doubt' | 'bad'
  /** What was looked at: `disk`, `account qqbot`. */
  readonly what: string
  readonly found: string
  /** Every bad one has one. */
  readonly cure?: string
}

export type Check = (signal: AbortSignal) => Promise<readonly Finding[]>

export const ok = (what: string, found: string): Finding => ({ verdict: 'ok', what, found })
export const doubt = (what: string, found: string, cure: string): Finding => ({ verdict: 'doubt', what, found, cure })
export const bad = (what: string, found: string, cure: string): Finding => ({ verdict: 'bad', what, found, cure })

const BOUND_MS = 20_000

/** All at once, each within its bound; one that fails or hangs is a finding too. */
export async function examine(
  checks: Readonly<Record<string, Check>>,
  boundMs = BOUND_MS,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(boundMs)
  const overdue = Promise.withResolvers<never>()
  overdue.promise.catch(() => {})
  signal.addEventListener('abort', () => overdue.reject(new Error(`no answer within ${boundMs / 1000} s`)))
  const all = Object.entries(checks).map(async ([what, check]) => {
    try {
      return await Promise.race([check(signal), overdue.promise])
    } catch (error) {
      return [bad(what, `could not be looked at: ${describeError(error)}`, 'try again; if it stays so, report it')]
    }
  })
  return (await Promise.all(all)).flat()
}
