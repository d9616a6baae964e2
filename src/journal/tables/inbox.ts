import { HeraldError } from '../../lib/errors.ts'
import type { AccountId, Arrival, Inbound } from '../../platforms/platform.ts'
import type { Reader, Row } from '../file/connection.ts'
import type { Tx } from '../file/group-commit.ts'
import type { Acceptance, InboxRow, InboxState, Quotable, TurnEnd, Verdict } from '../journal.ts'
import { chatSpoke, setChatFacts } from './chats.ts'
import { keepQuotable } from './quotable.ts'
import { toInboxRow, whole } from './rows.ts'

export function accept(tx: Tx, account: AccountId, arrival: Arrival, verdict: Verdict | undefined): Acceptance {
  for (const { chat, facts } of arrival.facts ?? []) setChatFacts(tx, chat, facts)
  if (arrival.cursor !== undefined) {
    tx.run(
      `INSERT INTO cursor (account, value, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (account) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms`,
      cursorKey(account, arrival.shard),
      JSON.stringify(arrival.cursor),
      tx.nowMs,
    )
  }
  if (!arrival.message) return 'known'
  if (!verdict) throw new HeraldError('journal_misused', 'a message was to be accepted without a verdict')
  return acceptMessage(tx, account, arrival.message, verdict)
}

/** The first connection of an account has the account's own: most have no other. */
export function cursorKey(account: AccountId, shard = 0): string {
  return shard === 0 ? account : `${account}#${shard}`
}

function acceptMessage(tx: Tx, account: AccountId, message: Inbound, verdict: Verdict): Acceptance {
  const { triage } = verdict
  if (triage.run || triage.end !== 'denied') chatSpoke(tx, message.chat, message.id)
  if (triage.run && message.quoteId !== undefined) keepQuotable(tx, account, message.quoteId, saidIn(message))
  if (insert(tx, account, message, verdict)) {
    if (triage.run) tx.count(account, 'incoming', 1)
    return 'new'
  }
  if (!triage.run || !message.addressed || !upgrade(tx, account, message, verdict)) return 'known'
  tx.count(account, 'incoming', 1)
  return 'upgraded'
}

function saidIn({ text, attachments, sender }: Inbound): Quotable {
  const others = attachments.map(({ kind, transcript }) => transcript ?? `[${kind}]`)
  const own = attachments.filter(({ quoted }) => quoted !== true)
  return {
    author: sender.name ?? sender.id,
    text: [text, ...others].filter(part => part !== '').join('\n'),
    ...(own.length === 0 ? {} : { attachments: own }),
  }
}

/** False when the message is known. Of one that is not to be run, only the key and who wrote where is kept. */
function insert(tx: Tx, account: AccountId, message: Inbound, verdict: Verdict): boolean {
  const { triage, replyUntilMs } = verdict
  const { chat, sender, reply } = message
  const inserted = tx.run(
    `INSERT INTO inbox (account, id, chat_kind, chat_id, sender_id, sender_name, sender_is_bot, addressed, reply_via,
       reply_id, text, attachments, raw, content, observed, state, "end", detail, listed, attempts, received_at_ms,
       reply_until_ms, ended_at_ms, quotes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
     ON CONFLICT (id, account) DO NOTHING`,
    account,
    message.id,
    chat.kind,
    chat.id,
    sender.id,
    triage.run ? (sender.name ?? null) : null,
    sender.isBot ? 1 : 0,
    message.addressed ? 1 : 0,
    reply.via,
    reply.id,
    triage.run ? message.text : '',
    triage.run ? JSON.stringify(message.attachments) : '[]',
    triage.run ? JSON.stringify(message.raw) : 'null',
    triage.run ? 1 : 0,
    !triage.run && triage.end === 'silent' ? 1 : 0,
    triage.run ? openStateOf(verdict) : 'ended',
    triage.run ? null : triage.end,
    triage.run ? null : triage.detail,
    triage.run ? attemptsOf(verdict) : 0,
    tx.nowMs,
    replyUntilMs,
    triage.run ? null : tx.nowMs,
    message.quotes ?? null,
  )
  return inserted.changes === 1
}

const openStateOf = ({ begins }: Verdict): InboxState => (begins === true ? 'running' : 'queued')
const attemptsOf = ({ begins }: Verdict): number => (begins === true ? 1 : 0)

/** False unless the copy that is known was only observed. Its age, for the keep of its key, stays that of the first copy. */
function upgrade(tx: Tx, account: AccountId, message: Inbound, verdict: Verdict): boolean {
  const { chat, sender, reply } = message
  const upgraded = tx.run(
    `UPDATE inbox SET chat_kind = ?, chat_id = ?, sender_id = ?, sender_name = ?, sender_is_bot = ?, addressed = 1,
       reply_via = ?, reply_id = ?, text = ?, attachments = ?, raw = ?, content = 1, observed = 0, state = ?,
       attempts = ?, "end" = NULL, detail = NULL, reply_until_ms = ?, ended_at_ms = NULL, quotes = ?
     WHERE id = ? AND account = ? AND observed = 1`,
    chat.kind,
    chat.id,
    sender.id,
    sender.name ?? null,
    sender.isBot ? 1 : 0,
    reply.via,
    reply.id,
    message.text,
    JSON.stringify(message.attachments),
    JSON.stringify(message.raw),
    openStateOf(verdict),
    attemptsOf(verdict),
    verdict.replyUntilMs,
    message.quotes ?? null,
    message.id,
    account,
  )
  return upgraded.changes === 1
}

export function findMessage(reader: Reader, account: AccountId, id: string): Row | undefined {
  return reader.get('SELECT * FROM inbox WHERE id = ? AND account = ?', id, account)
}

const OPEN = "id = ? AND account = ? AND (state = 'queued' OR state = 'running')"

/** Two turns for one message are a bug. */
function notOpen(tx: Tx, account: AccountId, id: string): HeraldError {
  const what = findMessage(tx, account, id) ? `the turn of message ${id} of ${account} is over` : undefined
  return new HeraldError('journal_misused', what ?? `message ${id} of ${account} is not in the journal`)
}

/** Throws where there is no such message, or its turn has ended. */
export function beginTurn(tx: Tx, account: AccountId, id: string): number {
  const begun = tx.get(
    `UPDATE inbox SET state = 'running', attempts = attempts + 1 WHERE ${OPEN} RETURNING attempts`,
    id,
    account,
  )
  if (!begun) throw notOpen(tx, account, id)
  return whole(begun, 'attempts')
}

/**
 * Ends a message, or lets it wait for the replies of `turn`. Returns where it was said. Throws where there is no such message,
 * or its turn has ended.
 */
export function closeMessage(
  tx: Tx,
  account: AccountId,
  id: string,
  how: { readonly end: TurnEnd; readonly detail: string | null; readonly turn: number | null; readonly waits: boolean },
): Row {
  const closed = tx.get(
    `UPDATE inbox SET state = ?, "end" = ?, detail = ?, turn = ?, listed = ?, ended_at_ms = ? WHERE ${OPEN}
     RETURNING account, chat_kind, chat_id`,
    how.waits ? 'replying' : 'ended',
    how.end,
    how.detail,
    how.turn,
    how.end.startsWith('dead') ? 1 : 0,
    how.waits ? null : tx.nowMs,
    id,
    account,
  )
  if (!closed) throw notOpen(tx, account, id)
  if (!how.waits) tx.count(account, 'incoming', -1)
  return closed
}

/** The messages of a turn come to their end when its last reply has an outcome. */
export function endReplied(tx: Tx, account: AccountId, turn: number): void {
  const ended = tx.run(
    `UPDATE inbox SET state = 'ended', ended_at_ms = ?1 WHERE turn = ?2 AND state = 'replying'
       AND NOT EXISTS (SELECT 1 FROM outbox WHERE turn = ?2 AND (state = 'pending' OR state = 'sending'))`,
    tx.nowMs,
    turn,
  )
  if (ended.changes > 0) tx.count(account, 'incoming', -ended.changes)
}

/** Until when the platform takes replies to it; undefined for a message that is not known. */
export function replyUntilMs(reader: Reader, account: AccountId, id: string): number | undefined {
  const row = reader.get('SELECT reply_until_ms FROM inbox WHERE id = ? AND account = ?', id, account)
  return row && whole(row, 'reply_until_ms')
}

export function unfinished(reader: Reader, account: AccountId): readonly InboxRow[] {
  return reader
    .all("SELECT * FROM inbox WHERE account = ? AND state <> 'ended' AND state <> 'replying' ORDER BY n", account)
    .map(toInboxRow)
}
