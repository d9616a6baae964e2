/** What was said long ago becomes a summary, where the agent lives by the history and can make one. */
import type { HistoryEntry } from '../../agents/agent.ts'
import { describeError } from '../../lib/errors.ts'
import { chatKey } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { tooOld, withinTokens } from './history.ts'
import { type Session, sessionKey } from './sessions.ts'

export interface Compaction {
  /** For a history that has grown too long, beside whatever comes next. Never rejects but with what `persist` throws. */
  consider(session: Session): Promise<void>
}

/** A summary that failed is not tried again with the very next message. */
const PAUSE_MS = 5 * 60_000
/** What a summary may take of the budget. */
const LARGEST_SHARE = 0.25
const CHARS_OF_A_TOKEN = 4

export function createCompaction(context: Context): Compaction {
  const { journal, agent, clock, log, persist, stopping, limits } = context
  const busy = new Set<string>()
  const notBeforeMs = new Map<string, number>()

  const summaryOf = async (session: Session, entries: readonly HistoryEntry[]): Promise<string | undefined> => {
    const bound = new AbortController()
    const cancel = clock.after(limits.summaryMs, () =>
      bound.abort(new Error(`no summary within ${limits.summaryMs} ms`)),
    )
    const signal = AbortSignal.any([stopping, bound.signal])
    const given = Promise.withResolvers<never>()
    const give = (): void => given.reject(signal.reason)
    signal.addEventListener('abort', give, { once: true })
    try {
      const where = { chat: session.chat, session: sessionKey(session) }
      const asked = agent.summarize?.(where, withinTokens(entries, 2 * limits.historyTokens), signal)
      const text = (await Promise.race([asked, given.promise]))?.trim()
      return text?.slice(0, limits.historyTokens * CHARS_OF_A_TOKEN * LARGEST_SHARE).toWellFormed()
    } finally {
      cancel()
      signal.removeEventListener('abort', give)
    }
  }

  const compact = async (session: Session): Promise<void> => {
    const { chat, member } = session
    const all = await persist(() => journal.history(chat, Number.MAX_SAFE_INTEGER, member), stopping)
    const old = tooOld(all, limits.historyTokens)
    if (old.length === 0) return
    const text = await summaryOf(session, old)
    if (text === undefined) {
      notBeforeMs.set(sessionKey(session), clock.monotonicMs() + PAUSE_MS)
      return
    }
    if (text === '') throw new Error('the summary is empty')
    const summary: HistoryEntry = { role: 'user', text: `[summary of what was said before]\n${context.redact(text)}` }
    const done = await persist(() => journal.compactHistory(chat, old, summary, member), stopping)
    log.info(done ? 'a history was summed up' : 'a history changed while it was summed up, and was left', {
      chat: chatKey(chat),
      entries: old.length,
    })
  }

  return {
    async consider(session) {
      const key = sessionKey(session)
      if (!agent.summarize || busy.has(key) || clock.monotonicMs() < (notBeforeMs.get(key) ?? 0)) return
      busy.add(key)
      notBeforeMs.delete(key)
      try {
        await compact(session)
      } catch (thrown) {
        if (stopping.aborted) return
        notBeforeMs.set(key, clock.monotonicMs() + PAUSE_MS)
        log.warn('a history could not be summed up', { chat: chatKey(session.chat), reason: describeError(thrown) })
      } finally {
        busy.delete(key)
      }
    },
  }
}
