/** Files that the platform has, and still lets be sent. */
import type { Clock } from '../../../lib/clock.ts'
import { putNewest } from '../../../lib/newest.ts'
import type { FileTicket } from './upload-answer.ts'

export interface UploadCache {
  get(key: string): string | undefined
  add(key: string, ticket: FileTicket): void
  /** The platform no longer knows it. */
  drop(fileInfo: string): void
}

const MOST = 500
/** A ticket is not used in its last minute, nor in the last fifth of a short life. */
const MARGIN_MS = 60_000
const USED_SHARE = 0.8
/** For tickets without an end. */
const LONG_MS = 3_600_000

export function createUploadCache(clock: Pick<Clock, 'monotonicMs'>): UploadCache {
  const held = new Map<string, { readonly fileInfo: string; readonly untilMs: number }>()
  return {
    get(key) {
      const found = held.get(key)
      if (found && found.untilMs > clock.monotonicMs()) return found.fileInfo
      held.delete(key)
      return undefined
    },
    add(key, { fileInfo, ttlSeconds }) {
      const lifeMs =
        ttlSeconds === 0 ? LONG_MS : Math.max(ttlSeconds * 1000 * USED_SHARE, ttlSeconds * 1000 - MARGIN_MS)
      putNewest(held, key, { fileInfo, untilMs: clock.monotonicMs() + lifeMs }, MOST)
    },
    drop(fileInfo) {
      for (const [key, entry] of held) if (entry.fileInfo === fileInfo) held.delete(key)
    },
  }
}
