/** What is known of the right to write first: from the platform's events, from refusals, and from what was sent today. */
import type { ChatAddress } from '../platforms/platform.ts'
import type { Context } from './context.ts'
import type { Unasked } from './delivery.ts'

const DAY_MS = 24 * 3600_000

export async function unaskedOf(context: Context, chat: ChatAddress): Promise<Unasked> {
  const { journal, clock } = context
  const perDay = context.capabilities(chat.account).unaskedPerDay?.(chat.kind)
  const [facts, sent] = await Promise.all([
    journal.chatFacts(chat),
    perDay === undefined ? [] : journal.acceptedSince(chat, clock.nowMs() - DAY_MS),
  ])
  const known = facts['proactive']
  const right = known === 'granted' || known === 'refused' ? known : 'unknown'
  if (perDay === undefined) return { right }
  const used = sent.filter(row => row.reply === null).length
  return { right, left: Math.max(0, perDay - used) }
}
