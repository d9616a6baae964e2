/** What was said, by the name under which a platform lets it be quoted. */
import type { AccountId } from '../../platforms/platform.ts'
import type { Reader } from '../file/connection.ts'
import type { Tx } from '../file/group-commit.ts'
import type { Quotable } from '../journal.ts'
import { attachments, text, textOrNull } from './rows.ts'

/** Of one message; enough to know what is meant. */
const LONGEST_UNITS = 1000

export function keepQuotable(tx: Tx, account: AccountId, ref: string, said: Quotable): void {
  const kept = said.text.length > LONGEST_UNITS ? `${said.text.slice(0, LONGEST_UNITS).toWellFormed()}…` : said.text
  tx.run(
    `INSERT INTO quotable (account, ref, author, text, attachments, at_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (account, ref) DO UPDATE SET author = excluded.author, text = excluded.text,
       attachments = excluded.attachments, at_ms = excluded.at_ms`,
    account,
    ref,
    said.author,
    kept,
    said.attachments === undefined ? null : JSON.stringify(said.attachments),
    tx.nowMs,
  )
}

export function findQuotable(reader: Reader, account: AccountId, ref: string): Quotable | undefined {
  const row = reader.get('SELECT author, text, attachments FROM quotable WHERE account = ? AND ref = ?', account, ref)
  if (!row) return undefined
  const stored = textOrNull(row, 'attachments')
  return {
    author: textOrNull(row, 'author'),
    text: text(row, 'text'),
    ...(stored === null ? {} : { attachments: attachments(stored) }),
  }
}
