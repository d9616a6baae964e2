/** How many messages each person and each chat sent lately. In memory: a restart begins to count anew. */
import type { Clock } from '../../lib/clock.ts'
import { chatKey, type Inbound } from '../../platforms/platform.ts'
import type { RateRules } from '../rules.ts'

export interface Excess {
  readonly limit: number
  readonly per: 'minute' | 'day'
  /** The first message over the limit in its window: it is told so, the others are not. */
  readonly first: boolean
}

export interface Rates {
  /** Counts the message. What it exceeds, if anything; then it does not count for the others. */
  count(message: Inbound, rules: RateRules): Excess | undefined
  /** One more message would exceed nothing. */
  hasRoom(message: Inbound, rules: RateRules): boolean
}

interface Window {
  readonly sinceMs: number
  count: number
  told: boolean
}

const LENGTH_MS = { minute: 60_000, day: 86_400_000 } as const
/** When more are known, those whose windows are over are forgotten. */
const MANY = 10_000

export function createRates(clock: Pick<Clock, 'monotonicMs'>): Rates {
  const windows = { minute: new Map<string, Window>(), day: new Map<string, Window>() }

  const windowOf = (per: Excess['per'], name: string, nowMs: number): Window => {
    const all = windows[per]
    const known = all.get(name)
    if (known && nowMs - known.sinceMs < LENGTH_MS[per]) return known
    if (all.size >= MANY)
      for (const [other, { sinceMs }] of all) if (nowMs - sinceMs >= LENGTH_MS[per]) all.delete(other)
    const fresh = { sinceMs: nowMs, count: 0, told: false }
    all.delete(name)
    all.set(name, fresh)
    return fresh
  }

  const checksOf = ({ chat, sender }: Inbound, rules: RateRules) => {
    const user = `${chat.account} user ${sender.id}`
    const place = `chat ${chatKey(chat)}`
    const checks = [
      ['minute', user, rules.userPerMinute],
      ['day', user, rules.userPerDay],
      ['minute', place, rules.chatPerMinute],
      ['day', place, rules.chatPerDay],
    ] as const
    return checks.filter(([, , limit]) => limit > 0)
  }

  return {
    count(message, rules) {
      const nowMs = clock.monotonicMs()
      const counted: Window[] = []
      for (const [per, name, limit] of checksOf(message, rules)) {
        const window = windowOf(per, name, nowMs)
        if (window.count >= limit) {
          const first = !window.told
          window.told = true
          return { limit, per, first }
        }
        counted.push(window)
      }
      for (const window of counted) window.count += 1
      return undefined
    },
    hasRoom(message, rules) {
      const nowMs = clock.monotonicMs()
      return checksOf(message, rules).every(([per, name, limit]) => windowOf(per, name, nowMs).count < limit)
    },
  }
}
