import type { NewReply } from '../../journal/journal.ts'
import type { Inbound } from '../../platforms/platform.ts'
import { isGroup } from '../access/gate.ts'

/** Where many speak, the first message of an answer shows what it answers. What is seen already stays as it is. */
export function quoting(replies: readonly NewReply[], message: Inbound, wanted: boolean): readonly NewReply[] {
  const [first, ...others] = replies
  const { quoteId } = message
  if (!wanted || quoteId === undefined || !isGroup(message) || first?.state !== 'pending') return replies
  if (first.extras?.stream !== undefined || first.extras?.media !== undefined) return replies
  return [{ ...first, extras: { ...first.extras, quote: quoteId } }, ...others]
}
