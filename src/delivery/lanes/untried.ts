/**
 * Replies that were certainly never posted when their process stopped in good order. Without this note the next one must
 * take each for one that may have been shown, and after its window it could only be listed.
 */
import type { Journal } from '../../journal/journal.ts'
import type { AccountId } from '../../platforms/platform.ts'
import type { Job } from '../context.ts'

const KEY = 'untried_replies'

/** Throws what the journal throws. */
export async function noteUntried(journal: Pick<Journal, 'set'>, left: readonly Job[]): Promise<void> {
  const untried = left.filter(
    ({ row, posted, recovered }) => row.state === 'pending' && row.reply && !row.inDoubt && !posted && !recovered,
  )
  const ids = Map.groupBy(untried, job => job.row.chat.account)
  await Promise.all(
    [...ids].map(([account, jobs]) =>
      journal.set(
        account,
        KEY,
        jobs.map(job => job.row.id),
      ),
    ),
  )
}

export async function readUntried(journal: Pick<Journal, 'get'>, account: AccountId): Promise<ReadonlySet<unknown>> {
  const noted = await journal.get(account, KEY)
  return new Set(Array.isArray(noted) ? noted : [])
}

/** The note is struck out on disk before anything is posted: it is true once. Throws what the journal throws. */
export async function takeUntried(
  journal: Pick<Journal, 'get' | 'set'>,
  account: AccountId,
): Promise<ReadonlySet<unknown>> {
  const noted = await readUntried(journal, account)
  if (noted.size > 0) await journal.set(account, KEY, [])
  return noted
}
