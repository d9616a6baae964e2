/** Takes the last answer of a chat back, as far as its platform still lets it. */
import type { OutboxRow } from '../../journal/journal.ts'
import type { ChatAddress, RecallOutcome, SendingAdapter } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { Recalled } from '../delivery.ts'

const BOUND_MS = 10_000
/** A reply may have waited as long as its window; what is too old the platform says. */
const LONGEST_MS = 60 * 60_000

/** `may` is asked with the message that the answer was to. */
export async function recallLast(
  context: Context,
  chat: ChatAddress,
  may: (inboundId: string | null) => Promise<boolean>,
): Promise<Recalled> {
  const adapter = context.adapterFor(chat.account)
  const rows = await lastAnswer(context, chat, may)
  if (rows.length === 0) return 'nothing'
  if (!adapter?.recall) return 'refused'
  const outcomes: RecallOutcome[] = []
  // The newest first: nobody reads an answer whose beginning is gone.
  for (const row of rows.toReversed()) outcomes.push(await recallOne(context, adapter, row))
  const done = outcomes.filter(({ kind }) => kind === 'recalled').length
  if (done === outcomes.length) return 'recalled'
  if (done > 0) return 'partly'
  return outcomes.some(({ kind }) => kind === 'too_late') ? 'too_late' : 'refused'
}

async function lastAnswer(
  { journal, clock }: Context,
  chat: ChatAddress,
  may: (inboundId: string | null) => Promise<boolean>,
): Promise<readonly OutboxRow[]> {
  const sinceMs = clock.nowMs() - LONGEST_MS
  const recent = (await journal.acceptedSince(chat, sinceMs)).filter(
    row => row.purpose === 'answer' && row.platformId !== null && row.detail.message !== TAKEN_BACK,
  )
  const last = recent.at(-1)
  if (last === undefined || !(await may(last.inboundId))) return []
  return last.inboundId === null ? [last] : recent.filter(row => row.inboundId === last.inboundId)
}

/** What trace shows of it. */
const TAKEN_BACK = 'taken back'

async function recallOne(context: Context, adapter: SendingAdapter, row: OutboxRow): Promise<RecallOutcome> {
  const ask = async (): Promise<RecallOutcome> => {
    const cut = new AbortController()
    const cancel = context.clock.after(BOUND_MS, () => cut.abort())
    const outcome = await adapter.recall?.(row.chat, row.platformId ?? '', cut.signal)
    cancel()
    return outcome ?? { kind: 'refused' }
  }
  const first = await ask()
  const again = first.kind === 'token_refused' || first.kind === 'busy' || first.kind === 'unknown'
  const outcome = again ? await ask() : first
  if (outcome.kind === 'recalled') {
    const detail = { ...row.detail, message: TAKEN_BACK }
    await context.write(() => context.journal.updateReply(row.id, { detail }), context.waits.aborted)
  }
  return outcome
}
