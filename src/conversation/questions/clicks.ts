/** Presses on buttons: who may, what they decide, and what is said of those that decide nothing. */

import { putNewest } from '../../lib/newest.ts'
import { asMessage, type Click, type ClickVerdict, chatKey, type Inbound } from '../../platforms/platform.ts'
import { judge, roleOf } from '../access/gate.ts'
import type { Context } from '../context.ts'

/** What buttons of ours carry begins with this. */
const OURS = 'herald:'
/** A hand that hammers on a button is told this often, and then no more for a while. */
const MOST_TOLD = 3
const TOLD_MS = 60_000
const MOST_HANDS = 1000

const WORDS = {
  en: {
    stale: '(That is over; this button does nothing any more.)',
    foreign: '(Only the one who was asked, or an owner, can press this.)',
  },
  zh: {
    stale: '（这件事已经结束，这个按钮不再起作用。）',
    foreign: '（只有被询问的人或管理员可以按这个按钮。）',
  },
} as const

export interface Clicks {
  click(click: Click): ClickVerdict
}

/** `beside` holds work that nobody waits for, and reports what it throws. */
export function createClicks(context: Context, beside: (message: Inbound, work: Promise<void>) => void): Clicks {
  const { questions, clock, log } = context
  const told = new Map<string, number[]>()

  /** One line for each press that decides nothing, so that nobody presses on and wonders. */
  const mayTell = (message: Inbound): boolean => {
    const hand = `${chatKey(message.chat)} ${message.sender.id}`
    const nowMs = clock.monotonicMs()
    const recent = (told.get(hand) ?? []).filter(atMs => nowMs - atMs < TOLD_MS)
    if (recent.length >= MOST_TOLD) return false
    putNewest(told, hand, [...recent, nowMs], MOST_HANDS)
    return true
  }

  const tell = async (message: Inbound, verdict: 'stale' | 'foreign'): Promise<void> => {
    const { delivery, journal, persist, stopping } = context
    const text = WORDS[await context.languages.of(message)][verdict]
    const replies = await persist(() => delivery.plan(message, text, 'notice'), stopping)
    if (replies.length > 0) delivery.enqueue(await persist(() => journal.addReplies(replies), stopping))
  }

  /** Who would not be answered decides nothing either, though they were asked while they were let in. */
  const isLetIn = (message: Inbound): boolean =>
    judge(message, context.access(message.chat.account), context.standingOf(message)).triage.run

  const decide = (message: Inbound, { data, unanswerable }: Click): ClickVerdict => {
    if (!data.startsWith(OURS)) return 'unknown'
    const { chat, sender } = message
    const isOwner = roleOf(sender.id, context.access(chat.account), context.standingOf(message)) === 'owner'
    const answering = { chat, sender: { id: sender.id, isOwner }, words: data }
    switch (questions.answer(unanswerable ? answering : { ...answering, message })) {
      case 'answered':
        return 'accepted'
      case 'stale':
        return 'stale'
      case 'not_yours':
        return 'foreign'
      case 'none':
        return 'unknown'
    }
  }

  return {
    click(click) {
      const message = asMessage(click)
      const letIn = isLetIn(message)
      const verdict = letIn ? decide(message, click) : 'foreign'
      log.info('a button was pressed', {
        chat: chatKey(click.chat),
        user: click.senderId,
        press: click.id,
        verdict,
        letIn,
      })
      if (letIn && (verdict === 'stale' || verdict === 'foreign') && mayTell(message))
        beside(message, tell(message, verdict))
      return verdict
    },
  }
}
