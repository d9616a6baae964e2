/** How a message that was shown while it grew comes to its end: as the first reply of the answer, in its own place. */
import type { NewReply, OutboxRow, ReplyPatch } from '../../journal/journal.ts'
import { chatKey } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { ShownStream } from '../delivery.ts'
import type { PartsPlan } from '../plan/plan-parts.ts'
import type { AnswerPart } from '../text/answer-parts.ts'
import type { Words } from '../text/texts.ts'
import { endedWith, restAfter } from './showable.ts'

/** The last frame, with this text. */
export function lastFrame({ message, row, seenLength, id, index, form }: ShownStream, text: string): NewReply {
  return {
    chat: row.chat,
    inboundId: message.id,
    purpose: 'answer',
    text,
    form,
    extras: { stream: { id, index: index + 1, seen: seenLength } },
    state: 'pending',
    reply: row.reply,
  }
}

/** A message that the platform has ended by itself: it was shown, and says no more. */
export function asSeen({ text, id, index }: ShownStream): ReplyPatch {
  return { state: 'accepted', text, extras: { stream: { id, index } }, platformId: id }
}

/** With what the platform has taken for sure, where no frame can follow any more. */
export function asTaken(shown: ShownStream): ShownStream {
  return { ...shown, text: shown.text.slice(0, shown.seenLength) }
}

/** True where the answer goes on in its own first message. */
export function goesOn({ text }: ShownStream, { posts: [first] }: PartsPlan): boolean {
  return first !== undefined && first.seq !== null && first.media === undefined && first.text.startsWith(text)
}

/** Of an answer whose beginning is seen where nothing can be changed any more: what nobody has seen. */
export function unseenOf({ text: seen }: ShownStream, parts: readonly AnswerPart[]): readonly AnswerPart[] {
  const [first, ...others] = parts
  const whole = first?.kind === 'text' ? first.text.trimStart() : undefined
  if (!whole?.startsWith(seen)) return parts
  const rest = restAfter(seen, whole)
  return rest === '' ? others : [{ kind: 'text', text: rest }, ...others]
}

/** What a former process left growing. Resolves with what is to go out for it: the end, with a mark. */
export async function endLeftStreams(
  { journal, log }: Context,
  rows: readonly OutboxRow[],
  wordsOf: (text: string) => Words,
): Promise<readonly OutboxRow[]> {
  const ended = rows.map(async row => {
    const stream = row.extras?.stream
    log.info('an answer was cut off while it grew', { chat: chatKey(row.chat), reply: row.id })
    // Whether its first frame was shown nobody knows.
    if (stream?.id === undefined) return journal.updateReply(row.id, { state: 'unknown', inDoubt: true })
    const text = endedWith(row.text, wordsOf(row.text).interrupted)
    const { id, index } = stream
    // The former process may have ended it by itself, and not have heard of it.
    return journal.updateReply(row.id, {
      text,
      inDoubt: true,
      extras: { stream: { id, index: index + 1, cut: true } },
    })
  })
  return Promise.all(ended)
}

export function isLeft(row: OutboxRow): boolean {
  return row.extras?.stream?.open === true
}
