/** Shows that somebody is at work, out of places that the answer can spare. What is refused is left alone for a while. */
import { sleep } from '../../lib/clock.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import { chatKey, type Inbound, type SendingAdapter } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { Page } from '../plan/book.ts'
import type { Offs } from './offs.ts'

/** An answer that is there by then needs no sign. */
const BEGIN_MS = 1_000
/** It is told again so long before it ends. */
const AHEAD_MS = 5_000
const BOUND_MS = 10_000
/** Places that stay: a word of how it goes on, and the answer. */
const PLACES_KEPT = 2
/** Far from the numbers of answers, so that a restart which knows nothing of these gives none out twice. */
const FIRST_SEQ = 100_000
const SEQS = 900_000
/** The end of every sign there is: made once, since a reason of its own for each costs more than all the rest of it. */
const ANSWERED = new StoppedError('the answer is there')

export interface TypingDeps {
  readonly context: Context
  readonly offs: Offs
  open(message: Inbound): Promise<Page>
}

/** Returns its end. */
export function beginTyping({ context, offs, open }: TypingDeps, message: Inbound): () => void {
  const { chat } = message
  const over = new AbortController()
  const stop = (): void => over.abort(ANSWERED)
  const adapter = context.adapterFor(chat.account)
  const lastsMs = adapter?.capabilities.typingMs?.(chat.kind)
  const tell = adapter?.typing
  if (!tell || lastsMs === undefined || offs.isOff(chat)) return stop
  const work = async (): Promise<void> => {
    await sleep(context.clock, BEGIN_MS, over.signal)
    while (await tellOnce(context, offs, message, tell, await open(message)))
      await sleep(context.clock, Math.max(AHEAD_MS, lastsMs - AHEAD_MS), over.signal)
  }
  work().catch((thrown: unknown) => {
    if (over.signal.aborted) return
    context.log.debug('a chat could not be told of work', { chat: chatKey(chat), reason: describeError(thrown) })
  })
  return stop
}

/** True when it may be told again. */
async function tellOnce(
  { clock, random, waits, log }: Context,
  offs: Offs,
  { chat, reply }: Inbound,
  tell: NonNullable<SendingAdapter['typing']>,
  page: Page,
): Promise<boolean> {
  if (page.closed || page.placesLeft <= PLACES_KEPT || clock.nowMs() >= page.untilMs) return false
  if (!waits.isUp(chat.account)) return true
  page.takePlace()
  const seq = FIRST_SEQ + Math.floor(random.next() * SEQS)
  const outcome = await bounded(clock, waits, cut => tell(chat, { ...reply, seq }, cut))
  if (outcome.kind === 'accepted') return true
  // Without a verdict the place may be gone.
  if (outcome.kind !== 'unknown') page.givePlaceBack()
  const passes = outcome.kind === 'unknown' || outcome.kind === 'not_sent' || outcome.kind === 'token_refused'
  if (!passes) offs.note(chat)
  log.debug('a chat was not told of work', { chat: chatKey(chat), ...outcome })
  return passes && page.placesLeft > PLACES_KEPT
}

/** To its end even when the answer has gone meanwhile: what it says of the chat is worth knowing. */
async function bounded<T>(
  clock: Context['clock'],
  waits: Context['waits'],
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const cut = new AbortController()
  const cancel = clock.after(BOUND_MS, () => cut.abort())
  const undo = waits.onAbort(() => cut.abort())
  try {
    return await call(cut.signal)
  } finally {
    cancel()
    undo()
  }
}
