import type { Clock } from '../../lib/clock.ts'
import { putNewest } from '../../lib/newest.ts'
import { type ChatAddress, chatKey } from '../../platforms/platform.ts'

/** Chats where something was refused that is no part of the answer: it is left alone there for a while. */
export interface Offs {
  isOff(chat: ChatAddress): boolean
  note(chat: ChatAddress): void
}

const OFF_MS = 30 * 60_000
const MOST_CHATS = 5_000

export function createOffs(clock: Pick<Clock, 'monotonicMs'>): Offs {
  const sinceMs = new Map<string, number>()
  return {
    isOff(chat) {
      const key = chatKey(chat)
      const refusedMs = sinceMs.get(key)
      if (refusedMs === undefined) return false
      if (clock.monotonicMs() - refusedMs < OFF_MS) return true
      sinceMs.delete(key)
      return false
    },
    note(chat) {
      putNewest(sinceMs, chatKey(chat), clock.monotonicMs(), MOST_CHATS)
    },
  }
}
