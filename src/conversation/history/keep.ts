/** What of a turn becomes history. Pure. */
import type { HistoryEntry } from '../../agents/agent.ts'

/** What one text may take of the history that an agent is given: one long answer must not push out all the rest. */
const LARGEST_SHARE = 0.25
const GAP = '\n[…]\n'

export function withoutLastExchange(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const last = history.findLastIndex(entry => entry.role === 'user')
  return last < 0 ? history : history.slice(0, last)
}

export const keeping =
  (historyChars: number) =>
  (role: HistoryEntry['role'], text: string): HistoryEntry => ({
    role,
    text: excerpt(text, historyChars * LARGEST_SHARE),
  })

/** The beginning and the end of what is too long. */
function excerpt(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text
  const half = Math.floor((mostChars - GAP.length) / 2)
  return `${text.slice(0, half).toWellFormed()}${GAP}${text.slice(-half).toWellFormed()}`
}
