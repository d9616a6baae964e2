import type { Tx } from '../file/group-commit.ts'
import type { OutboxRow } from '../journal.ts'
import { updateReply } from './outbox.ts'
import { whole } from './rows.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const KEEP_MS = {
  held: DAY_MS,
  content: DAY_MS,
  keys: 7 * DAY_MS,
  transitions: 30 * DAY_MS,
  history: 90 * DAY_MS,
} as const

/** Rows of one step, so that no commit holds up the messages of its moment. */
const ROWS_OF_A_STEP = 200
const PAGES_OF_A_STEP = 256

type Step = (tx: Tx, limit: number) => number

/** Held too long: they were never shown, and now never will be. */
function expireHeld(tx: Tx): readonly OutboxRow[] {
  return tx
    .all(
      "SELECT id FROM outbox WHERE state = 'held' AND since_ms <= ? LIMIT ?",
      tx.nowMs - KEEP_MS.held,
      ROWS_OF_A_STEP,
    )
    .map(row => updateReply(tx, whole(row, 'id'), { state: 'expired' }))
}

const forgetting =
  (sql: string, keepMs: number): Step =>
  (tx, limit) =>
    tx.run(sql, tx.nowMs - keepMs, limit).changes

const STEPS: readonly Step[] = [
  forgetting(
    `UPDATE inbox SET text = '', attachments = '[]', raw = 'null', sender_name = NULL, content = 0 WHERE n IN (
       SELECT n FROM inbox WHERE content = 1 AND ended_at_ms IS NOT NULL AND ended_at_ms <= ? LIMIT ?)`,
    KEEP_MS.content,
  ),
  forgetting(
    `UPDATE outbox SET text = '', extras = NULL, content = 0 WHERE id IN (
       SELECT id FROM outbox WHERE content = 1 AND settled_at_ms IS NOT NULL AND settled_at_ms <= ? LIMIT ?)`,
    KEEP_MS.content,
  ),
  forgetting(
    `DELETE FROM inbox WHERE n IN (SELECT n FROM inbox WHERE received_at_ms <= ? AND state = 'ended' LIMIT ?)`,
    KEEP_MS.keys,
  ),
  forgetting(
    `DELETE FROM outbox WHERE id IN (
       SELECT id FROM outbox WHERE created_at_ms <= ? AND settled_at_ms IS NOT NULL LIMIT ?)`,
    KEEP_MS.keys,
  ),
  forgetting(
    `DELETE FROM spent_seq WHERE (account, via, target) IN (
       SELECT account, via, target FROM spent_seq WHERE at_ms <= ? LIMIT ?)`,
    KEEP_MS.keys,
  ),
  forgetting(
    'DELETE FROM successor WHERE (old, new) IN (SELECT old, new FROM successor WHERE at_ms <= ? LIMIT ?)',
    KEEP_MS.keys,
  ),
  forgetting(
    'DELETE FROM quotable WHERE (account, ref) IN (SELECT account, ref FROM quotable WHERE at_ms <= ? LIMIT ?)',
    KEEP_MS.keys,
  ),
  forgetting(
    'DELETE FROM transitions WHERE n IN (SELECT n FROM transitions WHERE at_ms <= ? LIMIT ?)',
    KEEP_MS.transitions,
  ),
  forgetting('DELETE FROM history WHERE n IN (SELECT n FROM history WHERE at_ms <= ? LIMIT ?)', KEEP_MS.history),
]

/** Gives pages that deletions left empty back to the disk. Returns how many are still to be given back. */
function vacuumStep(tx: Tx): number {
  const free = (): number => whole(tx.get('PRAGMA freelist_count') ?? {}, 'freelist_count')
  const before = free()
  if (before === 0) return 0
  tx.all(`PRAGMA incremental_vacuum(${PAGES_OF_A_STEP})`)
  const after = free()
  // A file that was not made for it never shrinks: then there is nothing to wait for.
  return after < before ? after : 0
}

/** Each step is a write of its own; between two of them others get their turn. Answers with the replies that expired. */
export async function sweep(write: <T>(work: (tx: Tx) => T) => Promise<T>): Promise<readonly OutboxRow[]> {
  const expired: OutboxRow[] = []
  for (let more = true; more; ) {
    const rows = await write(expireHeld)
    expired.push(...rows)
    more = rows.length === ROWS_OF_A_STEP
  }
  for (const step of STEPS) {
    while ((await write(tx => step(tx, ROWS_OF_A_STEP))) === ROWS_OF_A_STEP);
  }
  while ((await write(vacuumStep)) > 0);
  return expired
}
