/** How much of what was said an agent is given. Pure. */
import type { HistoryEntry } from '../../agents/agent.ts'

/** Scripts in which a character is about a token; of others about four are one. */
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu
const CHARS_OF_A_TOKEN = 4
/** Who speaks, and where a message ends. */
const TOKENS_OF_AN_ENTRY = 4

/** An estimate that needs no model: near enough for a budget. */
export function tokensIn({ text }: HistoryEntry): number {
  const dense = text.match(DENSE)?.length ?? 0
  return TOKENS_OF_AN_ENTRY + dense + Math.ceil((text.length - dense) / CHARS_OF_A_TOKEN)
}

/** The newest entries that fit; `mostChars` counts UTF-16 units. */
export function withinTokens(
  history: readonly HistoryEntry[],
  mostTokens: number,
  mostChars = Number.POSITIVE_INFINITY,
): readonly HistoryEntry[] {
  const chars = history.reduce((sum, { text }) => sum + text.length, 0)
  // No script has more tokens than characters: what is short is not looked at more closely.
  if (chars + TOKENS_OF_AN_ENTRY * history.length <= mostTokens && chars <= mostChars) return history
  let leftTokens = mostTokens
  let leftChars = mostChars
  let from = history.length
  for (const entry of history.toReversed()) {
    leftTokens -= tokensIn(entry)
    leftChars -= entry.text.length
    if (leftTokens < 0 || leftChars < 0) break
    from -= 1
  }
  return history.slice(from)
}

/** What to make a summary of, so that the rest takes half of the budget; nothing while all of it fits. */
export function tooOld(history: readonly HistoryEntry[], mostTokens: number): readonly HistoryEntry[] {
  if (withinTokens(history, mostTokens).length === history.length) return []
  const kept = withinTokens(history, mostTokens / 2)
  const from = history.length - kept.length
  // An answer stays with its question.
  const question = history.findIndex((entry, index) => index >= from && entry.role === 'user')
  return history.slice(0, question < 0 ? history.length : question)
}
