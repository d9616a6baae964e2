import type { Journal } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AccountId } from '../../platforms/platform.ts'

/** Which accounts the platform refuses Markdown to, so that the next answers go plain at once. */
export interface MarkdownMemory {
  /** Costs nothing once the account is known. Throws what the journal throws. */
  load(account: AccountId): Promise<void> | undefined
  isRefused(account: AccountId): boolean
  /** In force at once; resolves when it is on disk. */
  remember(account: AccountId): Promise<void>
}

const KEY = 'markdown_refused_at_ms'
/** The right may have been granted since: then one answer finds out. */
const KEPT_MS = 7 * 24 * 3600_000

export function createMarkdownMemory(
  journal: Pick<Journal, 'get' | 'set'>,
  clock: Pick<Clock, 'nowMs'>,
): MarkdownMemory {
  const refusedAtMs = new Map<AccountId, number>()
  return {
    load(account) {
      if (refusedAtMs.has(account)) return undefined
      return journal.get(account, KEY).then(value => {
        if (!refusedAtMs.has(account)) refusedAtMs.set(account, typeof value === 'number' ? value : -KEPT_MS)
      })
    },
    isRefused: account => clock.nowMs() - (refusedAtMs.get(account) ?? -KEPT_MS) < KEPT_MS,
    remember(account) {
      refusedAtMs.set(account, clock.nowMs())
      return journal.set(account, KEY, clock.nowMs())
    },
  }
}
