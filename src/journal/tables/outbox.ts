import { HeraldError } from '../../lib/errors.ts'
import type { AccountId, AuditVerdict, ChatAddress, ReplyTarget } from '../../platforms/platform.ts'
import type { Reader } from '../file/connection.ts'
import type { Tx } from '../file/group-commit.ts'
import type { NewReply, OutboxRow, OutboxState, ReplyPatch } from '../journal.ts'
import { extrasText } from './extras.ts'
import { endReplied } from './inbox.ts'
import { toChat, toOutboxRow, whole, wholeOrNull } from './rows.ts'

/** Still to be brought out: what status counts, and what the end of a turn waits for. */
export const isOpen = (state: OutboxState): boolean => state === 'pending' || state === 'sending'
/** What trace shows of it. */
const REJECTED = 'refused by the audit of the platform'
const isSettled = (state: OutboxState): boolean => !isOpen(state) && state !== 'held'

/** `turn` is the turn whose end waits for the replies: a number, `own` for the id of the first of them, or null for none. */
export function addReplies(tx: Tx, replies: readonly NewReply[], turn: number | 'own' | null): readonly OutboxRow[] {
  let owner = turn
  return replies.map(reply => {
    const row = insert(tx, reply, owner === 'own' ? null : owner)
    if (owner === 'own') {
      owner = row.id
      tx.run('UPDATE outbox SET turn = id WHERE id = ?', row.id)
    }
    return row
  })
}

function insert(tx: Tx, reply: NewReply, turn: number | null): OutboxRow {
  const { lastId } = tx.run(
    `INSERT INTO outbox (account, chat_kind, chat_id, inbound_id, turn, purpose, text, form, extras, content, state, reply_via,
       reply_id, seq, until_ms, posts, in_doubt, platform_id, detail, created_at_ms, since_ms, settled_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, 0, 0, NULL, '{}', ?, ?, NULL)`,
    reply.chat.account,
    reply.chat.kind,
    reply.chat.id,
    reply.inboundId,
    turn,
    reply.purpose,
    reply.text,
    reply.form,
    extrasText(reply.extras),
    reply.state,
    reply.reply?.via ?? null,
    reply.reply?.id ?? null,
    reply.reply?.seq ?? null,
    reply.reply?.untilMs ?? null,
    tx.nowMs,
    tx.nowMs,
  )
  if (isOpen(reply.state)) tx.count(reply.chat.account, 'outgoing', 1)
  return {
    chat: reply.chat,
    inboundId: reply.inboundId,
    purpose: reply.purpose,
    text: reply.text,
    form: reply.form,
    ...(reply.extras === undefined ? {} : { extras: reply.extras }),
    reply: reply.reply,
    id: lastId,
    state: reply.state,
    posts: 0,
    inDoubt: false,
    createdAtMs: tx.nowMs,
    settledAtMs: null,
    platformId: null,
    detail: {},
  }
}

export function updateReply(tx: Tx, id: number, patch: ReplyPatch): OutboxRow {
  const found = tx.get('SELECT * FROM outbox WHERE id = ?', id)
  if (!found) throw new HeraldError('journal_misused', `reply ${id} is not in the journal`)
  const before = toOutboxRow(found)
  const merged = { ...before, ...patch }
  const moved = merged.state !== before.state
  const settledAtMs = isSettled(merged.state) ? (moved ? tx.nowMs : before.settledAtMs) : null
  const after: OutboxRow = { ...merged, settledAtMs }
  tx.run(
    `UPDATE outbox SET state = ?, text = ?, form = ?, extras = ?, reply_via = ?, reply_id = ?, seq = ?, until_ms = ?, posts = ?,
       in_doubt = ?, platform_id = ?, detail = ?, audit_id = ?, since_ms = ?, settled_at_ms = ? WHERE id = ?`,
    after.state,
    after.text,
    after.form,
    extrasText(after.extras),
    after.reply?.via ?? null,
    after.reply?.id ?? null,
    after.reply?.seq ?? null,
    after.reply?.untilMs ?? null,
    after.posts,
    after.inDoubt ? 1 : 0,
    after.platformId,
    JSON.stringify(after.detail),
    after.detail.auditId ?? null,
    moved ? tx.nowMs : whole(found, 'since_ms'),
    after.settledAtMs,
    id,
  )
  keepSpentSeq(tx, before, after)
  changed(tx, before, after.state, wholeOrNull(found, 'turn'))
  return after
}

/** One that lost its place still used up its number: the platform may have seen it. */
function keepSpentSeq(tx: Tx, before: OutboxRow, after: OutboxRow): void {
  const was = before.reply
  if (!was || (after.reply?.via === was.via && after.reply.id === was.id && after.reply.seq >= was.seq)) return
  tx.run(
    `INSERT INTO spent_seq (account, via, target, seq, at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (account, via, target) DO UPDATE SET seq = max(seq, excluded.seq), at_ms = excluded.at_ms`,
    before.chat.account,
    was.via,
    was.id,
    was.seq,
    tx.nowMs,
  )
}

/** The counts, and the end of the turn where this was the last reply that it waited for. */
function changed(tx: Tx, before: OutboxRow, state: OutboxState, turn: number | null): void {
  if (isOpen(before.state) === isOpen(state)) return
  const { account } = before.chat
  tx.count(account, 'outgoing', isOpen(state) ? 1 : -1)
  if (turn === null || isOpen(state)) return
  endReplied(tx, account, turn)
}

export function underAudit(reader: Reader, account: AccountId, auditId: string): OutboxRow | undefined {
  const row = reader.get('SELECT * FROM outbox WHERE audit_id = ? AND account = ?', auditId, account)
  return row && toOutboxRow(row)
}

/** One that nobody will see was not accepted after all. */
export function endAudit(tx: Tx, account: AccountId, { id, passed, platformId }: AuditVerdict): void {
  const row = underAudit(tx, account, id)
  if (row?.state !== 'accepted') return
  if (!passed) updateReply(tx, row.id, { state: 'refused', detail: { ...row.detail, message: REJECTED } })
  else if (platformId !== undefined) updateReply(tx, row.id, { platformId })
}

export function replaceReplies(tx: Tx, ids: readonly number[], replies: readonly NewReply[]): readonly OutboxRow[] {
  const [first] = ids
  if (first === undefined) throw new HeraldError('journal_misused', 'no reply was named that is to be replaced')
  const found = tx.get('SELECT turn FROM outbox WHERE id = ?', first)
  // The new rows come first: the turn must not end between the old rows and them.
  const added = addReplies(tx, replies, found ? wholeOrNull(found, 'turn') : null)
  for (const id of ids) {
    updateReply(tx, id, { state: 'superseded' })
    for (const row of added) tx.run('INSERT INTO successor (old, new, at_ms) VALUES (?, ?, ?)', id, row.id, tx.nowMs)
  }
  return added
}

export function followReplies(reader: Reader, ids: readonly number[]): readonly OutboxRow[] {
  return reader
    .all(
      `WITH RECURSIVE line (id) AS (
         SELECT value FROM json_each(?) UNION SELECT new FROM successor JOIN line ON old = line.id)
       SELECT outbox.* FROM outbox JOIN line USING (id) ORDER BY id`,
      JSON.stringify(ids),
    )
    .map(toOutboxRow)
}

export function openReplies(reader: Reader, account: AccountId): readonly OutboxRow[] {
  return reader
    .all("SELECT * FROM outbox WHERE account = ? AND (state = 'pending' OR state = 'sending') ORDER BY id", account)
    .map(toOutboxRow)
}

/** The state stands in the text of the statement, not in a parameter: only so the partial indexes serve it. */
const inState = (state: OutboxState): string =>
  `SELECT * FROM outbox WHERE account = ? AND chat_kind = ? AND chat_id = ? AND state = '${state}' ORDER BY id`
const HELD = inState('held')
const UNKNOWN = inState('unknown')

export function repliesOf(reader: Reader, chat: ChatAddress, state: OutboxState): readonly OutboxRow[] {
  // These two are asked for with every chat that speaks; as constants they are found among the prepared ones at once.
  const sql = state === 'held' ? HELD : state === 'unknown' ? UNKNOWN : inState(state)
  return reader.all(sql, chat.account, chat.kind, chat.id).map(toOutboxRow)
}

export function acceptedSince(reader: Reader, chat: ChatAddress, sinceMs: number): readonly OutboxRow[] {
  return reader
    .all(
      `SELECT * FROM outbox WHERE created_at_ms >= ? AND account = ? AND chat_kind = ? AND chat_id = ? AND state = 'accepted'
       ORDER BY id`,
      sinceMs,
      chat.account,
      chat.kind,
      chat.id,
    )
    .map(toOutboxRow)
}

export function unaskedSince(reader: Reader, sinceMs: number): readonly { chat: ChatAddress; count: number }[] {
  return reader
    .all(
      `SELECT account, chat_kind, chat_id, count(*) AS count FROM outbox
       WHERE created_at_ms >= ? AND reply_id IS NULL AND state = 'accepted' GROUP BY account, chat_kind, chat_id`,
      sinceMs,
    )
    .map(row => ({ chat: toChat(row), count: whole(row, 'count') }))
}

export function replyUse(reader: Reader, account: AccountId, target: ReplyTarget): { used: number; lastSeq: number } {
  const given = reader.get(
    'SELECT count(*) AS used, ifnull(max(seq), 0) AS seq FROM outbox WHERE reply_id = ? AND account = ? AND reply_via = ?',
    target.id,
    account,
    target.via,
  )
  const spent = reader.get(
    'SELECT seq FROM spent_seq WHERE account = ? AND via = ? AND target = ?',
    account,
    target.via,
    target.id,
  )
  return {
    used: given ? whole(given, 'used') : 0,
    lastSeq: Math.max(given ? whole(given, 'seq') : 0, spent ? whole(spent, 'seq') : 0),
  }
}
