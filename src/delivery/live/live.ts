/** What is shown of an answer before it is there: that somebody is at work, and its words while they are written. */
import type { NewReply, OutboxRow } from '../../journal/journal.ts'
import { describeError } from '../../lib/errors.ts'
import { chatKey, type Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { Delivery, ShownStream } from '../delivery.ts'
import type { Lanes } from '../lanes/lanes.ts'
import type { Page } from '../plan/book.ts'
import type { PartsPlan } from '../plan/plan-parts.ts'
import { wordsFor } from '../text/texts.ts'
import { asSeen, endLeftStreams, goesOn, isLeft, lastFrame } from './finish.ts'
import { createOffs } from './offs.ts'
import { endedWith } from './showable.ts'
import { createStream, interruptStream } from './stream.ts'
import { beginTyping } from './typing.ts'

export interface Live extends Pick<Delivery, 'stream' | 'adopted' | 'interrupt' | 'typing'> {
  /** The end of what is seen, with a word about it. */
  withMark(shown: ShownStream, words: string): NewReply
  /** The replies of a plan that was made with one place more, its first number being that of what is seen. */
  follow(
    shown: ShownStream,
    plan: PartsPlan,
    page: Page,
    toReplies: (plan: PartsPlan) => readonly NewReply[],
  ): readonly NewReply[]
  /** A row has come to rest. */
  settled(id: number): void
  /** Rows of a former process; those of `ended` were never tried as they are now. */
  recover(
    rows: readonly OutboxRow[],
  ): Promise<{ readonly rows: readonly OutboxRow[]; readonly ended: ReadonlySet<number> }>
}

export function createLive(
  context: Context,
  lanes: Pick<Lanes, 'add' | 'isBusy'>,
  open: (message: Inbound) => Promise<Page>,
): Live {
  const streamsOff = createOffs(context.clock)
  const typingOff = createOffs(context.clock)
  const growing = new Set<number>()

  return {
    stream(message) {
      const { chat } = message
      const adapter = context.adapterFor(chat.account)
      if (!adapter?.capabilities.streams?.(chat.kind) || streamsOff.isOff(chat)) return undefined
      const giveUp = (row: OutboxRow): void => lanes.add([row])
      return createStream({ context, offs: streamsOff, growing, open, isBusy: lanes.isBusy, giveUp }, message, adapter)
    },
    async adopted(shown) {
      const { row, isOver } = shown
      growing.delete(row.id)
      if (!isOver) return context.journal.updateReply(row.id, { state: 'superseded', reply: null })
      const ended = await context.journal.updateReply(row.id, asSeen(shown))
      context.onAccepted(ended)
      return ended
    },
    async interrupt(shown) {
      const text = endedWith(shown.text, wordsFor(context.language, shown.text).interrupted)
      try {
        await interruptStream(context, shown, text)
        growing.delete(shown.row.id)
      } catch (thrown) {
        const chat = chatKey(shown.row.chat)
        context.log.warn('an answer that grew is left to the next start', { chat, reason: describeError(thrown) })
      }
    },
    typing: message => beginTyping({ context, offs: typingOff, open }, message),
    withMark: (shown, words) => lastFrame(shown, endedWith(shown.text, words)),
    follow(shown, plan, page, toReplies) {
      const placed = plan.posts.filter(post => post.seq !== null)
      if (plan.held.length > 0) context.quiet.disturb(shown.row.chat)
      if (goesOn(shown, plan)) {
        page.take(placed.length - 1)
        const [first, ...others] = toReplies(plan)
        return first ? [lastFrame(shown, first.text), ...others] : others
      }
      // It turned out otherwise than it began: what is seen ends as it is, and the answer comes after it.
      const firstSeq = page.nextSeq
      const fits = placed.length <= page.placesLeft
      page.take(Math.min(placed.length, page.placesLeft))
      const moved = plan.posts.map((post, at) => ({ ...post, seq: post.seq === null ? null : firstSeq + at }))
      const posts = fits ? moved : moved.slice(0, -1)
      const left = fits ? [] : moved.slice(-1).filter(({ purpose }) => purpose !== 'notice')
      const rest = left.map(({ text }) => ({ kind: 'text' as const, text }))
      return [lastFrame(shown, shown.text), ...toReplies({ posts, held: [...rest, ...plan.held] })]
    },
    settled(id) {
      growing.delete(id)
    },
    async recover(rows) {
      const left = rows.filter(row => isLeft(row) && !growing.has(row.id))
      const others = rows.filter(row => !isLeft(row))
      const ended = await endLeftStreams(context, left, text => wordsFor(context.language, text))
      return { rows: [...others, ...ended].toSorted((a, b) => a.id - b.id), ended: new Set(ended.map(({ id }) => id)) }
    },
  }
}
