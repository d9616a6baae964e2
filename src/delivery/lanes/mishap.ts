/** An error that nobody expected, a bug of ours or of a store, leaves no reply without an end as long as this process lives. */

import { describeError, StoppedError } from '../../lib/errors.ts'
import { backoffMs } from '../../lib/tasks/backoff.ts'
import { type Context, createJob, type Job } from '../context.ts'
import { leaveUnknown, refuse } from '../outcomes/endings.ts'

const PAUSES_SECONDS = [1, 5]
const MOST_MISHAPS = 3

/**
 * What the journal has of the reply now is tried again, as by a process that comes after a crash; after the third time it
 * ends with a word. Resolves with what has to follow. Throws `StoppedError`, and what is thrown once more.
 */
export async function afterMishap(context: Context, job: Job, thrown: unknown): Promise<readonly Job[]> {
  if (thrown instanceof StoppedError) throw thrown
  const { journal, clock, random, log, waits, write } = context
  const { id } = job.row
  const mishaps = job.mishaps + 1
  const reason = describeError(thrown)
  log.error('a reply could not be brought out', { reply: id, mishaps, reason })
  if (mishaps < MOST_MISHAPS) await waits.forTime(backoffMs(PAUSES_SECONDS, mishaps, random))
  const rows = await write(() => journal.followReplies([id]), waits.stopping)
  const left = rows
    .filter(({ state }) => state === 'pending' || state === 'sending')
    .map(row => createJob(row, clock.nowMs(), { recovered: job.posted, halved: job.halved, mishaps }))
  if (mishaps < MOST_MISHAPS) return left
  const detail = { message: `an error of Herald: ${reason}` }
  for (const one of left)
    if (one.recovered || one.row.inDoubt) await leaveUnknown(context, one, detail)
    else await refuse(context, one, detail)
  return []
}
