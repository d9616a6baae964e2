/**
 * An answer that is shown while it grows: one writer, one frame at a time, each on disk before it goes out, so that whoever
 * comes after a crash knows what may be seen. Frames are not tried again: the next one says all that is to be said.
 */
import type { OutboxRow } from '../../journal/journal.ts'
import { sleep } from '../../lib/clock.ts'
import { describeError, JournalUnwritableError, StoppedError } from '../../lib/errors.ts'
import {
  type ChatAddress,
  chatKey,
  type Inbound,
  type SendingAdapter,
  type SendOutcome,
  type TextForm,
} from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { GrowingAnswer, ShownStream } from '../delivery.ts'
import { detailOf, mayHaveKept } from '../outcomes/verdict.ts'
import type { Page } from '../plan/book.ts'
import { asSeen } from './finish.ts'
import type { Offs } from './offs.ts'
import { showable } from './showable.ts'

/** An answer that is there by then is one message, and nothing was in a hurry. */
const OPENING_MS = 800
/** The platform wants 300 ms at least. */
const FRAME_MS = 600
const LEAST_GAP_MS = 300
const SLOWEST_MS = 5_000
/** A window that closes sooner is left to the answer as a whole. */
const LEAST_WINDOW_MS = 60_000
const FRAME_BOUND_MS = 10_000
/** Whoever ends the stream waits this long for the frame under way. */
const LAST_FRAME_MS = 1_500
/** A stop has that much for the end of a stream, with the frame under way. */
const INTERRUPT_MS = 1_800
const MOST_OPENINGS = 3
/** Made once: most answers are there before their stream opens, and a reason for each would cost them more than the stream. */
const CLOSED = new StoppedError('the stream is closed')

export interface StreamDeps {
  readonly context: Context
  readonly offs: Offs
  /** Rows of streams that grow in this process. */
  readonly growing: Set<number>
  open(message: Inbound): Promise<Page>
  /** Something is still to be said in the chat before anything else. */
  isBusy(chat: ChatAddress): boolean
  /** Brings what was begun and never seen to its end, whatever the disk says. */
  giveUp(row: OutboxRow): void
}

export function createStream(deps: StreamDeps, message: Inbound, adapter: SendingAdapter): GrowingAnswer {
  const { context, offs } = deps
  const { journal, clock, waits } = context
  const { chat } = message
  const closing = new AbortController()
  /** Of the frame under way. */
  let cut = new AbortController()
  let wanted = (): string => ''
  let sent = ''
  let row: OutboxRow | undefined
  let page: Page | undefined
  let id: string | undefined
  let index = -1
  let form: TextForm = 'plain'
  let ended = false
  /** All that the platform has taken of it. */
  let seen = ''
  /** The platform has ended it by itself. */
  let isOver = false
  /** One of the first frames may have been shown, under a name that nobody knows. */
  let inDoubt = false
  let openings = 0
  let lastMs = 0
  let paceMs = FRAME_MS
  let work: Promise<void> | undefined

  const frame = async (text: string): Promise<SendOutcome> => {
    index += 1
    cut = new AbortController()
    const stream = { ...(id === undefined ? {} : { id }), index, open: true } as const
    if (row) row = await journal.updateReply(row.id, { text, extras: { stream }, posts: row.posts + 1 })
    else row = await begin(text)
    const { reply } = row
    if (!reply) throw new Error('a stream answers a message')
    sent = text
    const { signal } = cut
    const cancel = clock.after(FRAME_BOUND_MS, () => cut.abort())
    const before = inDoubt
    inDoubt = true
    try {
      const target = { via: reply.via, id: reply.id, seq: reply.seq }
      const outcome = await adapter.send({ chat, text, form, extras: { stream }, reply: target }, signal)
      inDoubt = before || outcome.kind === 'unknown' || mayHaveKept(outcome)
      return outcome
    } finally {
      cancel()
      lastMs = clock.monotonicMs()
    }
  }

  const begin = async (text: string): Promise<OutboxRow> => {
    page = await deps.open(message)
    const late = page.untilMs - clock.nowMs() < LEAST_WINDOW_MS
    if (page.closed || late || page.placesLeft < 1) throw new NoPlace()
    const { markdown } = context.capabilities(chat.account)
    form = markdown && !context.markdown.isRefused(chat.account) ? 'markdown' : 'plain'
    const seq = page.nextSeq
    page.take(1)
    const reply = { ...message.reply, seq, untilMs: page.untilMs }
    const extras = { stream: { index, open: true } } as const
    const [added] = await journal
      .addReplies([{ chat, inboundId: message.id, purpose: 'answer', text, form, extras, state: 'pending', reply }])
      .catch((thrown: unknown) => {
        page?.giveBack(1)
        throw thrown
      })
    if (!added) throw new Error('a row was written and is not there')
    deps.growing.add(added.id)
    return added
  }

  /** True when the next frame may follow. */
  const settle = async (outcome: SendOutcome): Promise<boolean> => {
    if (outcome.kind === 'accepted') {
      paceMs = FRAME_MS
      seen = sent
      if (id !== undefined) return true
      id = outcome.platformId
      if (id === undefined) inDoubt = true
      // Without its name nobody could end it after a crash.
      else if (row) row = await journal.updateReply(row.id, { extras: { stream: { id, index, open: true } } })
      return id !== undefined
    }
    const passes = outcome.kind === 'busy' || outcome.kind === 'not_sent' || outcome.kind === 'token_refused'
    paceMs = Math.min(2 * paceMs, SLOWEST_MS)
    if (id !== undefined) {
      isOver = outcome.kind === 'duplicate'
      return passes || outcome.kind === 'unknown'
    }
    if (row) row = { ...row, detail: detailOf(outcome) }
    openings += 1
    if (passes && openings < MOST_OPENINGS) {
      index -= 1
      return true
    }
    // A number that is taken is taken by one of these frames, where they are in doubt.
    if (!passes && !inDoubt) offs.note(chat)
    return false
  }

  /** As far as is known nobody has seen anything, or what they have seen cannot be changed: the answer comes as a whole. */
  const giveUp = (): void => {
    if (!row) return
    context.log.info('an answer is not shown while it grows', { chat: chatKey(chat), inDoubt, ...row.detail })
    if (!inDoubt) page?.giveBack(1)
    deps.giveUp({ ...row, inDoubt })
    row = undefined
  }

  const write = async (): Promise<void> => {
    await sleep(clock, OPENING_MS, closing.signal)
    while (!ended) {
      const text = showable(wanted(), context.capabilities(chat.account).textLimit)
      // What was shown cannot be taken back.
      if (!text.startsWith(sent)) return
      const mayGo = waits.isUp(chat.account) && (row !== undefined || !deps.isBusy(chat))
      if (text === sent || !mayGo || (await settle(await frame(text)))) {
        await sleep(clock, paceMs, closing.signal)
        continue
      }
      if (id === undefined) giveUp()
      ended = true
    }
  }

  const begun = (): Promise<void> =>
    write().catch((thrown: unknown) => {
      ended = true
      if (closing.signal.aborted || thrown instanceof NoPlace) return
      if (!(thrown instanceof JournalUnwritableError))
        context.log.error('an answer cannot be shown while it grows', {
          chat: chatKey(chat),
          reason: describeError(thrown),
        })
    })

  return {
    grow(read) {
      wanted = read
      if (!ended) work ??= begun()
    },
    get isShown() {
      return id !== undefined
    },
    async close() {
      const closedAtMs = clock.monotonicMs()
      ended = true
      closing.abort(CLOSED)
      const cancel = clock.after(LAST_FRAME_MS, () => cut.abort())
      await work
      cancel()
      if (id === undefined) giveUp()
      if (id === undefined || !row?.reply) return undefined
      // What follows is a frame too.
      const waitMs = lastMs + LEAST_GAP_MS - clock.monotonicMs()
      if (waitMs > 0) await sleep(clock, waitMs, waits.stopping).catch(() => {})
      return { message, row, text: isOver ? seen : sent, seenLength: seen.length, id, index, form, isOver, closedAtMs }
    },
  }
}

class NoPlace extends Error {}

/**
 * The last frame, with the mark, by whoever has no time for an outbox. What fails, and what there is no time for, is taken up by
 * the next start.
 */
export async function interruptStream(context: Context, shown: ShownStream, text: string): Promise<void> {
  const { row, id, index, form, closedAtMs } = shown
  const adapter = context.adapterFor(row.chat.account)
  const leftMs = closedAtMs + INTERRUPT_MS - context.clock.monotonicMs()
  if (shown.isOver) await context.journal.updateReply(row.id, asSeen(shown))
  if (!adapter || !row.reply || shown.isOver || leftMs < LEAST_GAP_MS) return
  const { via, id: target, seq } = row.reply
  const extras = { stream: { id, index: index + 1 } }
  const cut = new AbortController()
  const cancel = context.clock.after(leftMs, () => cut.abort())
  const outcome = await adapter
    .send({ chat: row.chat, text, form, extras, reply: { via, id: target, seq } }, cut.signal)
    .finally(cancel)
  if (outcome.kind !== 'accepted') return
  await context.journal.updateReply(row.id, {
    state: 'accepted',
    text,
    extras,
    platformId: id,
    detail: detailOf(outcome),
  })
}
