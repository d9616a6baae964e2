/** Bots that answer each other: after a few messages without a person in between it is over. In memory. */
import type { Clock } from '../../lib/clock.ts'
import { putNewest } from '../../lib/newest.ts'
import { chatKey, type Inbound } from '../../platforms/platform.ts'

export interface Loops {
  /** `first`: the message that it ends with, which is told so. A person's message begins to count anew. */
  count(message: Inbound): 'in_time' | 'first' | 'over'
}

export const MOST_OF_BOTS = 5
/** After so long without a person bots may begin again, should they still want to. */
const LASTS_MS = 3_600_000
const MOST_CHATS = 1000

export function createLoops(clock: Pick<Clock, 'monotonicMs'>): Loops {
  const chats = new Map<string, { readonly sinceMs: number; readonly count: number }>()
  return {
    count({ chat, sender }) {
      const key = chatKey(chat)
      const known = chats.get(key)
      if (!sender.isBot) {
        chats.delete(key)
        return 'in_time'
      }
      const nowMs = clock.monotonicMs()
      const lasts = known !== undefined && nowMs - known.sinceMs < LASTS_MS
      const { sinceMs, count } = lasts ? known : { sinceMs: nowMs, count: 0 }
      putNewest(chats, key, { sinceMs, count: count + 1 }, MOST_CHATS)
      if (count < MOST_OF_BOTS) return 'in_time'
      return count === MOST_OF_BOTS ? 'first' : 'over'
    },
  }
}
