import type { ChatAddress, Inbound } from '../../platforms/platform.ts'
import type { NewReply, Triage } from '../journal.ts'

export const ACCOUNT = 'qqbot'
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export const RUN: Triage = { run: true }
export const OBSERVED: Triage = { run: false, end: 'silent', detail: 'not addressed' }
export const DENIED: Triage = { run: false, end: 'denied', detail: 'not on the list' }

export const chatOf = (id: string, account = ACCOUNT): ChatAddress => ({ account, kind: 'c2c', id })

/** A message as an adapter would hand it over, each of its parts told apart by `id`. */
export function sampleMessage(id: string, changes: Partial<Inbound> = {}): Inbound {
  return {
    id,
    chat: chatOf('alice'),
    sender: { id: 'alice', name: 'Alice', isBot: false },
    text: `text of ${id}`,
    attachments: [{ kind: 'image', name: 'cat.png', url: 'https://example.org/cat.png', sizeBytes: 12 }],
    addressed: true,
    reply: { via: 'msg_id', id },
    raw: { op: 0, d: { id, content: `text of ${id}` } },
    ...changes,
  }
}

/** A reply with place `seq` among the replies to `inboundId`; without a place it is held. */
export function sampleReply(inboundId: string | null, seq: number | null, changes: Partial<NewReply> = {}): NewReply {
  return {
    chat: chatOf('alice'),
    inboundId,
    purpose: 'answer',
    text: `reply ${seq ?? 'held'} to ${inboundId ?? 'nobody'}`,
    form: 'markdown',
    state: seq === null ? 'held' : 'pending',
    reply: seq === null || inboundId === null ? null : { via: 'msg_id', id: inboundId, seq, untilMs: 1_000_000 },
    ...changes,
  }
}
