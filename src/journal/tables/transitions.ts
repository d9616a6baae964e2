/** What became of the lives of accounts: changes of state, and attempts without one. */
import { isRecord } from '../../lib/json.ts'
import type { AccountId } from '../../platforms/platform.ts'
import type { Reader, Row } from '../file/connection.ts'
import type { Tx } from '../file/group-commit.ts'
import type { TransitionRecord } from '../journal.ts'
import { json, text, textOrNull, whole } from './rows.ts'

export function recordTransition(tx: Tx, transition: TransitionRecord): void {
  const { account, atMs, from, to, code, message, facts } = transition
  tx.run(
    'INSERT INTO transitions (account, at_ms, "from", "to", code, message, facts) VALUES (?, ?, ?, ?, ?, ?, ?)',
    account,
    Math.round(atMs),
    from,
    to,
    code,
    message,
    facts === undefined ? null : JSON.stringify(facts),
  )
}

export function transitions(
  reader: Reader,
  account: AccountId | undefined,
  sinceMs: number,
): readonly TransitionRecord[] {
  return reader
    .all(
      'SELECT * FROM transitions WHERE account = coalesce(?, account) AND at_ms >= ? ORDER BY n',
      account ?? null,
      sinceMs,
    )
    .map(toTransition)
}

export function changes(
  reader: Reader,
  account: AccountId,
  sinceMs: number,
  most: number,
): readonly TransitionRecord[] {
  return reader
    .all(
      'SELECT * FROM transitions WHERE account = ? AND at_ms >= ? AND "from" <> "to" ORDER BY n DESC LIMIT ?',
      account,
      sinceMs,
      most,
    )
    .map(toTransition)
    .reverse()
}

function toTransition(row: Row): TransitionRecord {
  return {
    account: text(row, 'account'),
    atMs: whole(row, 'at_ms'),
    from: text(row, 'from'),
    to: text(row, 'to'),
    code: textOrNull(row, 'code'),
    message: textOrNull(row, 'message'),
    ...(textOrNull(row, 'facts') === null ? {} : { facts: factsOf(json(row, 'facts')) }),
  }
}

function factsOf(value: unknown): Readonly<Record<string, number | null>> {
  const facts = isRecord(value) ? Object.entries(value) : []
  return Object.fromEntries(
    facts.filter((fact): fact is [string, number | null] => fact[1] === null || typeof fact[1] === 'number'),
  )
}
