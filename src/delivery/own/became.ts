/** What became of a message is what became of its worst part. Pure. */
import type { OutboxRow, OutboxState } from '../../journal/journal.ts'

/** The least welcome first. A part that others took on counts by these. */
export const OUTCOMES: readonly OutboxState[] = [
  'refused',
  'unknown',
  'expired',
  'dropped',
  'held',
  'pending',
  'sending',
  'accepted',
]
const ENDS: ReadonlySet<OutboxState> = new Set(['refused', 'unknown', 'expired', 'dropped', 'accepted'])

export type Became = Pick<OutboxRow, 'state' | 'detail'>

export function worstOf(rows: readonly Became[]): Became | undefined {
  return OUTCOMES.map(state => rows.find(row => row.state === state)).find(row => row !== undefined)
}

/** Of each part its row and all that took its text on; `before` is the last that was heard of it, for what is kept no longer. */
export function becameOf(
  parts: readonly number[],
  lines: readonly (readonly OutboxRow[])[],
  before: OutboxState,
): Became {
  const ends = parts.map((id, at) => {
    const line = lines[at] ?? []
    return line.some(row => row.id === id) ? worstOf(line) : undefined
  })
  const known = ends.filter(end => end !== undefined)
  const worst = known.length === parts.length ? worstOf(known) : undefined
  // Not to be found is no proof of anything.
  return worst ?? { state: ENDS.has(before) ? before : 'unknown', detail: {} }
}
