/**
 * Spans from frame to answer, made where each step is written down: `message` from its acceptance to the outcome of its last
 * reply, with `turn` and `reply` inside it. Ids and kinds of chats, never a word of what was said.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { OutboxRow, OutboxState } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import { putNewest } from '../../lib/newest.ts'
import type { JournalWatcher } from '../journal/watch.ts'
import type { Span } from './span.ts'

const SETTLED: ReadonlySet<OutboxState> = new Set([
  'held',
  'accepted',
  'refused',
  'unknown',
  'expired',
  'dropped',
  'superseded',
])
const FAILED: ReadonlySet<OutboxState> = new Set(['refused', 'unknown', 'expired'])
/** Messages that are followed at a time; the oldest are let go. */
const MOST_FOLLOWED = 10_000

interface Followed {
  readonly traceId: string
  readonly rootId: string
  readonly startMs: number
  readonly attributes: Span['attributes']
  turnMs: number | undefined
  attempts: number
  /** Replies without an outcome, and when each was written down. */
  readonly replies: Map<number, number>
  end: string | undefined
}

export function createTracer(clock: Pick<Clock, 'nowMs'>, onSpan: (span: Span) => void): JournalWatcher {
  const followed = new Map<string, Followed>()

  const follow = (account: string, messageId: string, sinceMs: number, chatKind?: string): Followed => {
    const key = `${account} ${messageId}`
    const known = followed.get(key)
    if (known) return known
    const made: Followed = {
      traceId: traceIdOf(account, messageId),
      rootId: spanId(),
      startMs: sinceMs,
      attributes: {
        'herald.account': account,
        'herald.message_id': messageId,
        ...(chatKind === undefined ? {} : { 'herald.chat_kind': chatKind }),
      },
      turnMs: undefined,
      attempts: 0,
      replies: new Map(),
      end: undefined,
    }
    putNewest(followed, key, made, MOST_FOLLOWED)
    return made
  }
  const span = (of: Followed, name: string, startMs: number, more: Pick<Span, 'attributes' | 'error'>): void =>
    onSpan({ traceId: of.traceId, spanId: spanId(), parentId: of.rootId, name, startMs, endMs: clock.nowMs(), ...more })
  const endIfOver = (key: string, of: Followed): void => {
    if (of.end === undefined || of.replies.size > 0) return
    followed.delete(key)
    onSpan({
      traceId: of.traceId,
      spanId: of.rootId,
      name: 'message',
      startMs: of.startMs,
      endMs: clock.nowMs(),
      attributes: { ...of.attributes, 'herald.end': of.end },
      ...(of.end.startsWith('dead') ? { error: of.end } : {}),
    })
  }
  const settle = ({ id, chat, inboundId, state, posts, purpose, detail }: OutboxRow): void => {
    if (inboundId === null || !SETTLED.has(state)) return
    const key = `${chat.account} ${inboundId}`
    const of = followed.get(key)
    const sinceMs = of?.replies.get(id)
    if (!of || sinceMs === undefined) return
    of.replies.delete(id)
    const code = detail.code === undefined ? {} : { 'herald.code': detail.code }
    span(of, 'reply', sinceMs, {
      attributes: { 'herald.outcome': state, 'herald.posts': posts, 'herald.purpose': purpose, ...code },
      ...(FAILED.has(state) ? { error: detail.message ?? state } : {}),
    })
    endIfOver(key, of)
  }

  return {
    accepted({ account, arrival: { message }, verdict, acceptance, askedAtMs }) {
      if (!verdict?.triage.run || !message || acceptance === 'known') return
      const of = follow(account, message.id, askedAtMs, message.chat.kind)
      if (!verdict.begins) return
      of.turnMs = clock.nowMs()
      of.attempts = 1
    },
    turnBegun({ account, inboundId, attempts, askedAtMs }) {
      const of = follow(account, inboundId, askedAtMs)
      of.turnMs = askedAtMs
      of.attempts = attempts
    },
    turnEnded({ account, inboundIds, end, detail }) {
      for (const id of inboundIds) {
        const key = `${account} ${id}`
        const of = followed.get(key)
        if (!of) continue
        of.end = end
        if (of.turnMs !== undefined)
          span(of, 'turn', of.turnMs, {
            attributes: { 'herald.end': end, 'herald.attempts': of.attempts },
            ...(end.startsWith('dead') ? { error: detail ?? end } : {}),
          })
        endIfOver(key, of)
      }
    },
    repliesAdded(rows) {
      for (const { chat, inboundId, id, state } of rows)
        if (inboundId !== null && !SETTLED.has(state))
          followed.get(`${chat.account} ${inboundId}`)?.replies.set(id, clock.nowMs())
    },
    replyChanged(row, patch) {
      if (patch.state !== undefined) settle(row)
    },
    repliesReplaced(ids, [first]) {
      // What takes a text on answers the same message.
      if (first) for (const id of ids) settle({ ...first, id, state: 'superseded' })
    },
  }
}

/** From the message alone, so that everybody who knows it can name the trace. */
export function traceIdOf(account: string, messageId: string): string {
  return createHash('sha256').update(`${account}\n${messageId}`).digest('hex').slice(0, 32)
}

function spanId(): string {
  return randomBytes(8).toString('hex')
}
