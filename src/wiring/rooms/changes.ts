/** Changes of state on their way into the journal: those that the disk refuses go in with the next one that it takes. */
import type { Journal, TransitionRecord } from '../../journal/journal.ts'
import { describeError, JournalUnwritableError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'

/** Beyond these the oldest but one goes: the first says since when. */
const MOST_REFUSED = 200

export function createChangeKeeper(
  journal: Pick<Journal, 'recordTransition'>,
  log: Logger,
): (change: TransitionRecord) => void {
  const refused: TransitionRecord[] = []
  return change => {
    for (const each of [...refused.splice(0), change])
      journal.recordTransition(each).catch((thrown: unknown) => {
        if (thrown instanceof JournalUnwritableError) refused.push(each)
        if (refused.length > MOST_REFUSED) refused.splice(1, 1)
        if (each !== change) return
        log.warn('a change of state is not in the journal yet', {
          account: each.account,
          reason: describeError(thrown),
        })
      })
  }
}
