/** Uploads in parts that broke off, and what of them the platform has. In memory: another process begins anew. */
import type { Clock } from '../../../lib/clock.ts'
import { putNewest } from '../../../lib/newest.ts'
import type { UploadPlan } from './upload-answer.ts'

export interface UploadSession {
  readonly plan: UploadPlan
  /** Parts whose bytes were taken, with their MD5. */
  readonly put: Map<number, string>
  /** Parts that the platform was told of, and took. */
  readonly finished: Set<number>
}

export interface UploadSessions {
  /** Hands one out: nobody else has it until it is kept again. */
  take(key: string): UploadSession | undefined
  keep(key: string, session: UploadSession): void
}

const MOST = 50
/** Addresses for parts do not live for ever; one that is dead by then costs one call. */
const KEPT_MS = 30 * 60_000

export function createUploadSessions(clock: Pick<Clock, 'monotonicMs'>): UploadSessions {
  const held = new Map<string, { readonly session: UploadSession; readonly untilMs: number }>()
  return {
    take(key) {
      const found = held.get(key)
      held.delete(key)
      return found && found.untilMs > clock.monotonicMs() ? found.session : undefined
    },
    keep(key, session) {
      putNewest(held, key, { session, untilMs: clock.monotonicMs() + KEPT_MS }, MOST)
    },
  }
}
