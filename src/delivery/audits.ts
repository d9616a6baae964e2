/** Messages that the platform took for an audit by people: one that they refuse is told to its chat. */
import type { NewReply, OutboxRow } from '../journal/journal.ts'
import { describeError } from '../lib/errors.ts'
import { dropOldest, putNewest } from '../lib/newest.ts'
import { type AccountId, type AuditVerdict, chatKey } from '../platforms/platform.ts'
import { type Context, pageOf } from './context.ts'
import type { Lanes } from './lanes/lanes.ts'
import { wordsFor } from './text/texts.ts'

export interface Audits {
  /** A verdict that is on disk, and so is what it means for its message, where that one is known to wait for it. */
  judged(account: AccountId, verdict: AuditVerdict): Promise<void>
  /** A message was taken, perhaps for an audit whose verdict overtook the answer to the post. */
  taken(row: OutboxRow): void
}

const MOST_EARLY = 100
const MOST_TOLD = 1000

export function createAudits(context: Context, lanes: Pick<Lanes, 'add'>): Audits {
  const { journal, clock, log, write, waits } = context
  const early = new Map<string, AuditVerdict>()
  /** Answers of which the chat knows. */
  const told = new Set<string>()

  const isNews = ({ id, chat, inboundId }: OutboxRow): boolean => {
    const answer = `${chatKey(chat)} ${inboundId ?? id}`
    if (told.has(answer)) return false
    told.add(answer)
    dropOldest(told, MOST_TOLD)
    return true
  }

  /** What was refused has used its place up: the words about it need another, or wait until the chat speaks. */
  const placeFor = async ({ chat, reply }: OutboxRow): Promise<NewReply['reply']> => {
    if (!reply || clock.nowMs() >= reply.untilMs) return null
    const page = await pageOf(context, chat, reply)
    if (page.closed || page.placesLeft === 0) return null
    const seq = page.nextSeq
    page.take(1)
    return { ...reply, seq }
  }

  const tell = async (row: OutboxRow): Promise<void> => {
    const { id, chat, inboundId, purpose } = row
    log.warn('a reply was refused by the audit', { reply: id, chat: chatKey(chat), message: inboundId, ...row.detail })
    if (purpose !== 'answer' || !isNews(row)) return
    const reply = await placeFor(row)
    const text = wordsFor(context.language, row.text).contentRefused
    const state = reply ? 'pending' : 'held'
    const notice: NewReply = { chat, inboundId, purpose: 'notice', text, form: 'plain', state, reply }
    const added = await write(() => journal.addReplies([notice]), waits.aborted)
    if (!reply) context.quiet.disturb(chat)
    lanes.add(added)
  }

  const judged = async (account: AccountId, verdict: AuditVerdict): Promise<void> => {
    const row = await journal.underAudit(account, verdict.id)
    if (row?.state === 'refused') return tell(row)
    if (row) return
    putNewest(early, `${account} ${verdict.id}`, verdict, MOST_EARLY)
  }

  return {
    judged,
    taken({ chat: { account }, detail }) {
      const name = `${account} ${detail.auditId}`
      const audit = early.get(name)
      if (!audit) return
      early.delete(name)
      write(() => journal.accept(account, { audit }), waits.aborted)
        .then(() => judged(account, audit))
        .catch((thrown: unknown) => log.warn('the verdict of an audit is lost', { reason: describeError(thrown) }))
    },
  }
}
