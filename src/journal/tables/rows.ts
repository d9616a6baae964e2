import { isRecord, type Json, parseJson } from '../../lib/json.ts'
import type { Attachment, ChatKind, SendDetail, TextForm } from '../../platforms/platform.ts'
import type { Row } from '../file/connection.ts'
import type { InboxRow, InboxState, OutboxRow, OutboxState, TurnEnd } from '../journal.ts'
import { readExtras } from './extras.ts'

const CHAT_KINDS: readonly ChatKind[] = ['c2c', 'group', 'channel', 'dm']
const REPLY_VIAS = ['msg_id', 'event_id', 'none'] as const
const INBOX_STATES: readonly InboxState[] = ['queued', 'running', 'replying', 'ended']
const TURN_ENDS: readonly TurnEnd[] = [
  'answered',
  'silent',
  'denied',
  'dead: stale',
  'dead: poison',
  'dead: queue_full',
  'dead: agent',
]
const PURPOSES = ['answer', 'notice'] as const
const FORMS: readonly TextForm[] = ['markdown', 'plain', 'disarmed']
const OUTBOX_STATES: readonly OutboxState[] = [
  'pending',
  'sending',
  'held',
  'superseded',
  'accepted',
  'refused',
  'unknown',
  'expired',
  'dropped',
]
const ROLES = ['user', 'assistant'] as const
const ATTACHMENT_KINDS: readonly Attachment['kind'][] = ['image', 'voice', 'video', 'file']

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`journal column ${column} holds no text`)
  return value
}

export function whole(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`journal column ${column} holds no number`)
  return value
}

export const textOrNull = (row: Row, column: string): string | null => (row[column] === null ? null : text(row, column))
export const wholeOrNull = (row: Row, column: string): number | null =>
  row[column] === null ? null : whole(row, column)

function oneOf<T extends string>(known: readonly T[], row: Row, column: string): T {
  const value = row[column]
  const found = known.find(word => word === value)
  if (found === undefined) throw new TypeError(`journal column ${column} holds the unknown word ${String(value)}`)
  return found
}

/** What `JSON.stringify` wrote into a column. */
export function json(row: Row, column: string): Json {
  const value: Json = JSON.parse(text(row, column))
  return value
}

/** An object that `JSON.stringify` wrote into a column. */
export function jsonObject(row: Row, column: string): { readonly [name: string]: Json } {
  const value = json(row, column)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

export function attachments(stored: string): readonly Attachment[] {
  const list = parseJson(stored)
  return Array.isArray(list) ? list.flatMap(toAttachment) : []
}

function toAttachment(stored: unknown): readonly Attachment[] {
  if (!isRecord(stored)) return []
  const kind = ATTACHMENT_KINDS.find(known => known === stored['kind'])
  const { name, url, sizeBytes, transcript, originalUrl, quoted, path } = stored
  if (kind === undefined || typeof name !== 'string') return []
  return [
    {
      kind,
      name,
      ...(typeof url === 'string' ? { url } : {}),
      ...(typeof sizeBytes === 'number' ? { sizeBytes } : {}),
      ...(typeof transcript === 'string' ? { transcript } : {}),
      ...(typeof originalUrl === 'string' ? { originalUrl } : {}),
      ...(quoted === true ? { quoted } : {}),
      ...(typeof path === 'string' ? { path } : {}),
    },
  ]
}

function sendDetail(stored: string): SendDetail {
  const value = parseJson(stored)
  if (!isRecord(value)) return {}
  const { status, code, traceId, message, auditId } = value
  return {
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof traceId === 'string' ? { traceId } : {}),
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof auditId === 'string' ? { auditId } : {}),
  }
}

export function toChat(row: Row): OutboxRow['chat'] {
  return { account: text(row, 'account'), kind: oneOf(CHAT_KINDS, row, 'chat_kind'), id: text(row, 'chat_id') }
}

export function toInboxRow(row: Row): InboxRow {
  const name = textOrNull(row, 'sender_name')
  const quotes = textOrNull(row, 'quotes')
  return {
    message: {
      id: text(row, 'id'),
      chat: toChat(row),
      sender: {
        id: text(row, 'sender_id'),
        ...(name === null ? {} : { name }),
        isBot: whole(row, 'sender_is_bot') === 1,
      },
      text: text(row, 'text'),
      attachments: attachments(text(row, 'attachments')),
      addressed: whole(row, 'addressed') === 1,
      reply: { via: oneOf(REPLY_VIAS, row, 'reply_via'), id: text(row, 'reply_id') },
      ...(quotes === null ? {} : { quotes }),
      raw: json(row, 'raw'),
    },
    state: oneOf(INBOX_STATES, row, 'state'),
    // While replies are under way the row knows its end already, but is not there yet.
    end: row['state'] === 'ended' ? oneOf(TURN_ENDS, row, 'end') : null,
    detail: textOrNull(row, 'detail'),
    attempts: whole(row, 'attempts'),
    receivedAtMs: whole(row, 'received_at_ms'),
    replyUntilMs: whole(row, 'reply_until_ms'),
  }
}

export function toOutboxRow(row: Row): OutboxRow {
  return {
    id: whole(row, 'id'),
    chat: toChat(row),
    inboundId: textOrNull(row, 'inbound_id'),
    purpose: oneOf(PURPOSES, row, 'purpose'),
    text: text(row, 'text'),
    form: oneOf(FORMS, row, 'form'),
    ...readExtras(textOrNull(row, 'extras')),
    state: oneOf(OUTBOX_STATES, row, 'state'),
    reply:
      row['reply_id'] === null
        ? null
        : {
            via: oneOf(REPLY_VIAS, row, 'reply_via'),
            id: text(row, 'reply_id'),
            seq: whole(row, 'seq'),
            untilMs: whole(row, 'until_ms'),
          },
    posts: whole(row, 'posts'),
    inDoubt: whole(row, 'in_doubt') === 1,
    createdAtMs: whole(row, 'created_at_ms'),
    settledAtMs: wholeOrNull(row, 'settled_at_ms'),
    platformId: textOrNull(row, 'platform_id'),
    detail: sendDetail(text(row, 'detail')),
  }
}

export function toHistoryEntry(row: Row): { readonly role: 'user' | 'assistant'; readonly text: string } {
  return { role: oneOf(ROLES, row, 'role'), text: text(row, 'text') }
}
