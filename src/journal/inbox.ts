import { HeraldError } from '../lib/errors.ts'
import type { AccountId, Arrival, Inbound } from '../platforms/platform.ts'
import { chatSpoke, setChatFacts } from './chats.ts'
import type { Reader, Row } from './connection.ts'
import type { Tx } from './group-commit.ts'
import type { Acceptance, InboxRow, Triage, TurnEnd } from './journal.ts'
import { toInboxRow, whole } from './rows.ts'

interface Verdict {
  readonly triage: Triage
  readonly replyUntilMs: number
}

export function accept(tx: Tx, account: AccountId, arrival: Arrival, verdict: Verdict | undefined): Acceptance {
  for (const { chat, facts } of arrival.facts ?? []) setChatFacts(tx, chat, facts)
  if (arrival.cursor !== undefined) {
    tx.run(
      `INSERT INTO cursor (account, value, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (account) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms`,
      account,
      JSON.stringify(arrival.cursor),
      tx.nowMs,
    )
  }
  if (!arrival.message) return 'known'
  if (!verdict) throw new HeraldError('journal_misused', 'a message was to be accepted without a verdict')
  return acceptMessage(tx, account, arrival.message, verdict)
}

function acceptMessage(tx: Tx, account: AccountId, message: Inbound, verdict: Verdict): Acceptance {
  const { triage } = verdict
  if (triage.run || triage.end !== 'denied') chatSpoke(tx, message.chat, message.id)
  if (insert(tx, account, message, verdict)) {
    if (triage.run) tx.count(account, 'incoming', 1)
    return 'new'
  }
  if (!triage.run || !message.addressed || !upgrade(tx, account, message, verdict)) return 'known'
  tx.count(account, 'incoming', 1)
  return 'upgraded'
}

/** False when the message is known. Of one that is not to be run, only the key and who wrote where is kept. */
function insert(tx: Tx, account: AccountId, message: Inbound, { triage, replyUntilMs }: Verdict): boolean {
  const { chat, sender, reply } = message
  const inserted = tx.run(
    `INSERT INTO inbox (account, id, chat_kind, chat_id, sender_id, sender_name, sender_is_bot, addressed, reply_via,
       reply_id, text, attachments, raw, content, observed, state, "end", detail, listed, attempts, received_at_ms,
       reply_until_ms, ended_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)
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
    triage.run ? 'queued' : 'ended',
    triage.run ? null : triage.end,
    triage.run ? null : triage.detail,
    tx.nowMs,
    replyUntilMs,
    triage.run ? null : tx.nowMs,
  )
  return inserted.changes === 1
}

/** False unless the copy that is known was only observed. Its age, for the keep of its key, stays that of the first copy. */
function upgrade(tx: Tx, account: AccountId, message: Inbound, { replyUntilMs }: Verdict): boolean {
  const { chat, sender, reply } = message
  const upgraded = tx.run(
    `UPDATE inbox SET chat_kind = ?, chat_id = ?, sender_id = ?, sender_name = ?, sender_is_bot = ?, addressed = 1,
       reply_via = ?, reply_id = ?, text = ?, attachments = ?, raw = ?, content = 1, observed = 0, state = 'queued',
       "end" = NULL, detail = NULL, reply_until_ms = ?, ended_at_ms = NULL
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
    replyUntilMs,
    message.id,
    account,
  )
  return upgraded.changes === 1
}

export function findMessage(reader: Reader, account: AccountId, id: string): Row | undefined {
  return reader.get('SELECT * FROM inbox WHERE id = ? AND account = ?', id, account)
}

/** A message whose turn has not ended yet; throws where there is none such: two turns for one message are a bug. */
function openMessage(tx: Tx, account: AccountId, id: string): Row {
  const row = tx.get(
    'SELECT n, state, attempts, account, chat_kind, chat_id FROM inbox WHERE id = ? AND account = ?',
    id,
    account,
  )
  if (!row) throw new HeraldError('journal_misused', `message ${id} of ${account} is not in the journal`)
  if (row['state'] !== 'queued' && row['state'] !== 'running') {
    throw new HeraldError('journal_misused', `the turn of message ${id} of ${account} is over`)
  }
  return row
}

export function beginTurn(tx: Tx, account: AccountId, id: string): number {
  const row = openMessage(tx, account, id)
  const attempt = whole(row, 'attempts') + 1
  tx.run("UPDATE inbox SET state = 'running', attempts = ? WHERE n = ?", attempt, whole(row, 'n'))
  return attempt
}

/** Ends a message, or lets it wait for the replies of `turn`. Returns where it was said. */
export function closeMessage(
  tx: Tx,
  account: AccountId,
  id: string,
  how: { readonly end: TurnEnd; readonly detail: string | null; readonly turn: number | null; readonly waits: boolean },
): Row {
  const row = openMessage(tx, account, id)
  tx.run(
    'UPDATE inbox SET state = ?, "end" = ?, detail = ?, turn = ?, listed = ?, ended_at_ms = ? WHERE n = ?',
    how.waits ? 'replying' : 'ended',
    how.end,
    how.detail,
    how.turn,
    how.end.startsWith('dead') ? 1 : 0,
    how.waits ? null : tx.nowMs,
    whole(row, 'n'),
  )
  if (!how.waits) tx.count(account, 'incoming', -1)
  return row
}

/** Its last reply has an outcome: the messages of a turn come to their end. */
export function endReplied(tx: Tx, account: AccountId, turn: number): void {
  const ended = tx.run(
    "UPDATE inbox SET state = 'ended', ended_at_ms = ? WHERE turn = ? AND state = 'replying'",
    tx.nowMs,
    turn,
  )
  if (ended.changes > 0) tx.count(account, 'incoming', -ended.changes)
}

export function unfinished(reader: Reader, account: AccountId): readonly InboxRow[] {
  return reader
    .all("SELECT * FROM inbox WHERE account = ? AND state <> 'ended' AND state <> 'replying' ORDER BY n", account)
    .map(toInboxRow)
}
