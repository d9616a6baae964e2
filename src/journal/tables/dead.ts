import type { SendDetail } from '../../platforms/platform.ts'
import type { Reader, Row } from '../file/connection.ts'
import type { Tx } from '../file/group-commit.ts'
import type { DeadEntry, TraceRecord } from '../journal.ts'
import { findMessage } from './inbox.ts'
import { updateReply } from './outbox.ts'
import { text, textOrNull, toChat, toInboxRow, toOutboxRow, whole } from './rows.ts'

const LISTED_MESSAGES = 'SELECT * FROM inbox WHERE listed = 1'
const LISTED_REPLIES =
  "SELECT * FROM outbox WHERE (state = 'held' OR state = 'unknown' OR state = 'refused' OR state = 'expired')"

/** What a person may want to move, oldest first. */
export function listDead(reader: Reader): readonly DeadEntry[] {
  const messages = reader.all(`${LISTED_MESSAGES} AND state = 'ended'`).map(deadMessage)
  const replies = reader.all(LISTED_REPLIES).map(deadReply)
  return [...messages, ...replies].sort((a, b) => a.atMs - b.atMs)
}

function deadMessage(row: Row): DeadEntry {
  const account = text(row, 'account')
  return {
    id: `in:${account}/${text(row, 'id')}`,
    chat: toChat(row),
    end: text(row, 'end'),
    detail: textOrNull(row, 'detail') ?? '',
    text: text(row, 'text'),
    atMs: whole(row, 'ended_at_ms'),
  }
}

function deadReply(row: Row): DeadEntry {
  const { id, chat, state, detail, text: said } = toOutboxRow(row)
  return { id: `out:${id}`, chat, end: state, detail: inWords(detail), text: said, atMs: whole(row, 'since_ms') }
}

function inWords({ status, code, message, traceId }: SendDetail): string {
  const parts = [
    status === undefined ? '' : `HTTP ${status}`,
    code === undefined ? '' : `code ${code}`,
    message ?? '',
    traceId === undefined ? '' : `trace ${traceId}`,
  ]
  return parts.filter(part => part !== '').join(', ')
}

/** False when there is no such entry, and when a retry comes after its content was cleared: there is nothing left to say. */
export function moveDead(tx: Tx, id: string, to: 'retry' | 'drop'): boolean {
  const message = /^in:([^/]+)\/(.+)$/s.exec(id)
  if (message) return moveMessage(tx, message[1] ?? '', message[2] ?? '', to)
  const reply = /^out:(\d{1,15})$/.exec(id)
  return reply ? moveReply(tx, Number(reply[1]), to) : false
}

function moveMessage(tx: Tx, account: string, id: string, to: 'retry' | 'drop'): boolean {
  const row = tx.get(`${LISTED_MESSAGES} AND state = 'ended' AND id = ? AND account = ?`, id, account)
  if (!row) return false
  if (to === 'drop') {
    // Its key stays, so that a repeat is still known.
    tx.run('UPDATE inbox SET listed = 0 WHERE n = ?', whole(row, 'n'))
    return true
  }
  if (row['content'] !== 1) return false
  tx.run(
    `UPDATE inbox SET state = 'queued', "end" = NULL, detail = NULL, listed = 0, attempts = 0,
       ended_at_ms = NULL WHERE n = ?`,
    whole(row, 'n'),
  )
  tx.count(account, 'incoming', 1)
  return true
}

function moveReply(tx: Tx, id: number, to: 'retry' | 'drop'): boolean {
  const row = tx.get(`${LISTED_REPLIES} AND id = ?`, id)
  if (!row || (to === 'retry' && row['content'] !== 1)) return false
  // A person's retry is a fresh start: the bound on posts counts from here. Its key and its doubt stay.
  updateReply(tx, id, to === 'drop' ? { state: 'dropped' } : { state: 'pending', posts: 0 })
  return true
}

/** Looks a message up by its own id, by the platform's id of a reply to it, by how the dead list names either, or by its incident. */
export function traceMessage(reader: Reader, id: string): TraceRecord | undefined {
  return traceById(reader, id) ?? traceDead(reader, id) ?? traceIncident(reader, id)
}

function traceDead(reader: Reader, id: string): TraceRecord | undefined {
  const [, account, messageId] = /^in:([^/]+)\/(.+)$/s.exec(id) ?? []
  if (account !== undefined && messageId !== undefined) {
    const message = findMessage(reader, account, messageId)
    return message && { inbox: toInboxRow(message), outbox: repliesTo(reader, account, messageId) }
  }
  const [, n] = /^out:(\d{1,15})$/.exec(id) ?? []
  const reply = n === undefined ? undefined : reader.get('SELECT * FROM outbox WHERE id = ?', Number(n))
  return reply && traceReply(reader, reply)
}

const AN_INCIDENT = /^[0-9a-f]{8}$/

/** The number that the chat of a failed turn was told: the first message of the turn. */
function traceIncident(reader: Reader, number: string): TraceRecord | undefined {
  if (!AN_INCIDENT.test(number)) return undefined
  const failed = reader.get('SELECT * FROM inbox WHERE detail LIKE ? ORDER BY n LIMIT 1', `%incident ${number}`)
  return (
    failed && {
      inbox: toInboxRow(failed),
      outbox: repliesTo(reader, text(failed, 'account'), text(failed, 'id')),
    }
  )
}

function traceById(reader: Reader, messageId: string): TraceRecord | undefined {
  const inbound = reader.get('SELECT * FROM inbox WHERE id = ? ORDER BY n DESC LIMIT 1', messageId)
  if (inbound) return { inbox: toInboxRow(inbound), outbox: repliesTo(reader, text(inbound, 'account'), messageId) }
  const reply =
    reader.get('SELECT * FROM outbox WHERE inbound_id = ? ORDER BY id DESC LIMIT 1', messageId) ??
    reader.get('SELECT * FROM outbox WHERE platform_id = ? ORDER BY id DESC LIMIT 1', messageId)
  return reply && traceReply(reader, reply)
}

function traceReply(reader: Reader, reply: Row): TraceRecord {
  const account = text(reply, 'account')
  const answered = textOrNull(reply, 'inbound_id')
  if (answered === null) return { inbox: null, outbox: [toOutboxRow(reply)] }
  const message = findMessage(reader, account, answered)
  return { inbox: message ? toInboxRow(message) : null, outbox: repliesTo(reader, account, answered) }
}

function repliesTo(reader: Reader, account: string, inboundId: string): TraceRecord['outbox'] {
  return reader
    .all('SELECT * FROM outbox WHERE inbound_id = ? AND account = ? ORDER BY id', inboundId, account)
    .map(toOutboxRow)
}
