import type { AccountId } from '../../platforms/platform.ts'
import type { Reader } from '../file/connection.ts'
import type { CountChange } from '../file/group-commit.ts'
import { text, whole } from './rows.ts'

interface Counts {
  readonly incoming: number
  readonly outgoing: number
}

/** How much is without an end, per account: read once, then carried along with every commit. */
export interface Counters {
  load(reader: Reader): void
  apply(changes: readonly CountChange[]): void
  of(account: AccountId): Counts
  /** Those of which something is without an end. */
  accounts(): readonly AccountId[]
}

const NONE: Counts = { incoming: 0, outgoing: 0 }

export function createCounters(): Counters {
  const counts = new Map<AccountId, Counts>()
  const of = (account: AccountId): Counts => counts.get(account) ?? NONE
  const apply = (changes: readonly CountChange[]): void => {
    for (const { account, what, delta } of changes) {
      const before = of(account)
      counts.set(account, { ...before, [what]: before[what] + delta })
    }
  }
  const changesFrom = (reader: Reader, what: CountChange['what'], sql: string): CountChange[] =>
    reader.all(sql).map(row => ({ account: text(row, 'account'), what, delta: whole(row, 'n') }))

  return {
    load(reader) {
      counts.clear()
      apply(
        changesFrom(
          reader,
          'incoming',
          "SELECT account, count(*) AS n FROM inbox WHERE state <> 'ended' GROUP BY account",
        ),
      )
      apply(
        changesFrom(
          reader,
          'outgoing',
          "SELECT account, count(*) AS n FROM outbox WHERE state = 'pending' OR state = 'sending' GROUP BY account",
        ),
      )
    },
    apply,
    of,
    accounts: () =>
      [...counts].filter(([, { incoming, outgoing }]) => incoming + outgoing > 0).map(([account]) => account),
  }
}
