/** Texts of schedules: said, and followed to their end. */
import { untilAborted } from '../../agents/process/until-aborted.ts'
import type { Sender, SendOrder } from '../../delivery/own/sender.ts'

/** No reply lives for longer than a day. */
const LIVES_MS = 25 * 3_600_000

/** Resolves with the outcome, or with why nothing was sent; with `pending` where the signal aborts before. */
export async function sayAtTime(sender: Sender, order: SendOrder, signal: AbortSignal): Promise<string> {
  try {
    const answer = await untilAborted(sender.send(order, LIVES_MS, signal), signal)
    return 'refused' in answer ? answer.refused : answer.outcome
  } catch (thrown) {
    if (signal.aborted) return 'pending'
    throw thrown
  }
}
