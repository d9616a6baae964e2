import type { Journal } from '../../journal/journal.ts'
import { isRecord } from '../../lib/json.ts'
import type { AccountId } from '../../platforms/platform.ts'

/**
 * Attempts that ended because the process was asked to stop. They are on disk as begun, and would make poison of a message
 * that was in nobody's way but a restart's.
 */
export interface CleanStops {
  load(account: AccountId): Promise<void>
  of(account: AccountId, inboundId: string): number
  /** `open` has no end yet; of these, `cut` were being worked on at the stop. All others are forgotten. */
  save(account: AccountId, open: readonly string[], cut: ReadonlySet<string>): Promise<void>
}

const KEY = 'turns_cut_by_stop'

export function createCleanStops(journal: Pick<Journal, 'get' | 'set'>): CleanStops {
  const counts = new Map<AccountId, Record<string, unknown>>()
  const of = (account: AccountId, inboundId: string): number => {
    const count = counts.get(account)?.[inboundId]
    return typeof count === 'number' ? count : 0
  }
  return {
    async load(account) {
      const stored = await journal.get(account, KEY)
      counts.set(account, isRecord(stored) ? stored : {})
    },
    of,
    async save(account, open, cut) {
      const entries = open.map(id => [id, of(account, id) + (cut.has(id) ? 1 : 0)] as const)
      await journal.set(account, KEY, Object.fromEntries(entries.filter(([, count]) => count > 0)))
    },
  }
}
