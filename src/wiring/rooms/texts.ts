/** Texts of schedules: said, and followed to their end. */

import type { Sender, SendOrder } from '../../delivery/own/sender.ts'
import { untilAborted } from '../../lib/signals.ts'

/** No reply lives for longer than a day. */
const LIVES_MS = 25 * 3_600_000

/** Resolves with the outcome, or with why nothing was sent; with `pending` where the signal aborts before. */
export async function sayAtTime(
  sender: Sender,
  follow: (key: string, signal: AbortSignal) => Promise<string>,
  order: SendOrder & { readonly key: string },
  signal: AbortSignal,
): Promise<string> {
  try {
    const answer = await untilAborted(sender.send(order, LIVES_MS), signal)
    if ('refused' in answer) return answer.refused
    const { outcome } = answer
    // A former process wrote it down: this one brings it out, and tells nobody.
    return outcome === 'pending' || outcome === 'sending' ? await follow(order.key, signal) : outcome
  } catch (thrown) {
    if (signal.aborted) return 'pending'
    throw thrown
  }
}
