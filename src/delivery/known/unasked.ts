/** What is known of the right to write first: from the platform's events, from refusals, and from what was sent. */
import type { Journal } from '../../journal/journal.ts'
import type { ChatAddress } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { Unasked } from '../delivery.ts'

const DAY_MS = 24 * 3600_000
/** A day's allowance of which no more than this part is left is nearly used. */
const SCARCE = 0.1

export interface ScarceUnasked {
  readonly chat: ChatAddress
  readonly left: number
  readonly perDay: number
}

/** Chats that may soon be told nothing more of the bot's own accord. */
export async function scarceUnasked({
  journal,
  clock,
  unaskedPerDay,
}: Pick<Context, 'clock'> & {
  readonly journal: Pick<Journal, 'unaskedSince'>
  /** Undefined where nothing is counted. */
  unaskedPerDay(chat: ChatAddress): number | undefined
}): Promise<readonly ScarceUnasked[]> {
  const sent = await journal.unaskedSince(clock.nowMs() - DAY_MS)
  return sent.flatMap(({ chat, count }) => {
    const perDay = unaskedPerDay(chat)
    if (perDay === undefined || perDay - count > perDay * SCARCE) return []
    return [{ chat, left: Math.max(0, perDay - count), perDay }]
  })
}

/** The fact that says so. Its last word counts, whether the platform told it (granted, refused) or a message that it accepted. */
const FACT = 'proactive'
/** Proven, and not told: where answers that come too late go is for the platform's word alone. */
const ACCEPTED = 'accepted'

/** A message that answered nothing was accepted in this chat. */
export async function learnUnasked({ journal, write, waits }: Context, chat: ChatAddress): Promise<void> {
  if ((await rightOf({ journal }, chat)) === 'granted') return
  await write(() => journal.setChatFacts(chat, { [FACT]: ACCEPTED }), waits.aborted)
}

async function rightOf({ journal }: Pick<Context, 'journal'>, chat: ChatAddress): Promise<Unasked['right']> {
  const known = (await journal.chatFacts(chat))[FACT]
  if (known === ACCEPTED) return 'granted'
  return known === 'granted' || known === 'refused' ? known : 'unknown'
}

export async function unaskedOf(context: Context, chat: ChatAddress): Promise<Unasked> {
  const { journal, clock } = context
  const perDay = context.capabilities(chat.account).unaskedPerDay?.(chat.kind)
  const [right, sent] = await Promise.all([
    rightOf(context, chat),
    perDay === undefined ? [] : journal.acceptedSince(chat, clock.nowMs() - DAY_MS),
  ])
  if (perDay === undefined) return { right }
  const used = sent.filter(row => row.reply === null).length
  return { right, left: Math.max(0, perDay - used) }
}
