/** What becomes of messages and replies, counted where it is written down: a real journal, and every way out of it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openJournal } from '../../src/journal/sqlite.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import { createJournalMeter } from '../../src/observe/journal/meter.ts'
import { watchJournal } from '../../src/observe/journal/watch.ts'
import { renderPrometheus } from '../../src/observe/prometheus.ts'
import type { Span } from '../../src/observe/traces/span.ts'
import { createTracer } from '../../src/observe/traces/tracer.ts'
import type { Inbound } from '../../src/platforms/platform.ts'
import { tempHome } from '../gateway/programs.ts'
import { readPrometheus, sampleOf } from './read-prometheus.ts'

const CHAT = { account: 'qqbot', kind: 'c2c', id: 'U1' } as const
const RUN = { triage: { run: true }, replyUntilMs: 3_600_000 } as const

function messageOf(id: string): Inbound {
  return {
    id,
    chat: CHAT,
    sender: { id: 'U1', isBot: false },
    text: 'hi',
    attachments: [],
    addressed: true,
    reply: { via: 'msg_id', id },
    raw: null,
  }
}

test('messages by verdict, turns by end, replies by outcome and code, and how long each took', async t => {
  const clock = createVirtualClock()
  const path = join(tempHome(t), 'journal.sqlite')
  const { watcher, metrics } = createJournalMeter(clock)
  const journal = watchJournal(openJournal({ path, clock, log: silentLogger }), clock, [watcher])
  t.after(() => journal.close())
  const read = (name: string, labels: Readonly<Record<string, string>>) =>
    sampleOf(readPrometheus(renderPrometheus(metrics())), name, { account: 'qqbot', ...labels })

  await journal.accept('qqbot', { message: messageOf('m1') }, RUN)
  await journal.accept('qqbot', { message: messageOf('m1') }, RUN)
  await journal.accept('qqbot', { message: messageOf('m2') }, RUN)
  const denied = { triage: { run: false, end: 'denied', detail: 'x' }, replyUntilMs: 3_600_000 } as const
  await journal.accept('qqbot', { message: messageOf('m3') }, denied)
  assert.equal(read('herald_messages_total', { verdict: 'accepted' }), 2)
  assert.equal(read('herald_messages_total', { verdict: 'repeat' }), 1)
  assert.equal(read('herald_messages_total', { verdict: 'denied' }), 1)

  await journal.beginTurn('qqbot', 'm1')
  await clock.advance(3_000)
  const reply = { chat: CHAT, inboundId: 'm1', purpose: 'answer', text: 'hello', form: 'plain' } as const
  const place = { via: 'msg_id', id: 'm1', seq: 1, untilMs: 3_600_000 } as const
  const [first] = await journal.endTurn('qqbot', ['m1'], 'answered', null, [
    { ...reply, state: 'pending', reply: place },
    { ...reply, state: 'held', reply: null },
  ])
  assert.ok(first)
  assert.equal(read('herald_turns_total', { end: 'answered' }), 1)
  assert.equal(read('herald_turn_seconds_count', {}), 1)
  assert.equal(read('herald_turn_seconds_bucket', { le: '2' }), 0)
  assert.equal(read('herald_turn_seconds_bucket', { le: '5' }), 1)
  assert.equal(read('herald_turn_seconds_sum', {}), 3)
  assert.equal(read('herald_replies_total', { outcome: 'held', code: '' }), 1)

  await clock.advance(700)
  await journal.updateReply(first.id, { posts: 1 })
  assert.equal(read('herald_reply_seconds_count', {}), undefined, 'a try is no outcome')
  await journal.updateReply(first.id, { state: 'refused', posts: 1, detail: { code: '40054013' } })
  assert.equal(read('herald_replies_total', { outcome: 'refused', code: '40054013' }), 1)
  assert.equal(read('herald_reply_seconds_bucket', { le: '0.5' }), 0)
  assert.equal(read('herald_reply_seconds_bucket', { le: '1' }), 1)

  await journal.endTurn('qqbot', ['m2'], 'dead: agent', 'i-1', [])
  assert.equal(read('herald_turns_total', { end: 'dead: agent' }), 1)
})

test('what is struck out, and what was held for too long, is counted too', async t => {
  const clock = createVirtualClock()
  const { watcher, metrics } = createJournalMeter(clock)
  const store = openJournal({ path: join(tempHome(t), 'journal.sqlite'), clock, log: silentLogger })
  const journal = watchJournal(store, clock, [watcher])
  t.after(() => journal.close())
  const counted = (outcome: string) =>
    sampleOf(readPrometheus(renderPrometheus(metrics())), 'herald_replies_total', {
      account: 'qqbot',
      outcome,
      code: '',
    })
  const held = { chat: CHAT, inboundId: null, purpose: 'answer', text: 'hello', form: 'plain', reply: null } as const
  const [first] = await journal.addReplies([1, 2, 3].map(() => ({ ...held, state: 'held' })))
  assert.equal(await journal.moveDead(`out:${first?.id}`, 'drop'), true)
  assert.equal(await journal.moveDead(`out:${first?.id}`, 'drop'), false)
  assert.deepEqual([counted('held'), counted('dropped'), counted('expired')], [3, 1, undefined])
  await clock.advance(25 * 3_600_000)
  await journal.sweep()
  assert.deepEqual([counted('held'), counted('dropped'), counted('expired')], [3, 1, 2])
})

test('a message, its turn and the rows that its answer went through are one trace; what the disk refuses is told to nobody', async t => {
  const clock = createVirtualClock()
  const store = openJournal({ path: join(tempHome(t), 'journal.sqlite'), clock, log: silentLogger })
  const spans: Span[] = []
  const meter = createJournalMeter(clock)
  const journal = watchJournal(store, clock, [meter.watcher, createTracer(clock, span => spans.push(span))])
  t.after(() => journal.close())
  const counted = () => sampleOf(readPrometheus(renderPrometheus(meter.metrics())), 'herald_messages_total', {})

  await assert.rejects(journal.endTurn('qqbot', ['m1'], 'answered', null, []), { code: 'journal_misused' })
  assert.equal(counted(), undefined)
  await journal.accept('qqbot', { message: messageOf('m1') }, { ...RUN, begins: true })
  await journal.accept('qqbot', { message: messageOf('m1') }, RUN)
  await clock.advance(100)
  const place = (seq: number) => ({ via: 'msg_id', id: 'm1', seq, untilMs: 3_600_000 }) as const
  const reply = { chat: CHAT, inboundId: 'm1', purpose: 'answer', text: 'hello', form: 'plain' } as const
  const [row] = await journal.endTurn('qqbot', ['m1'], 'answered', null, [
    { ...reply, state: 'pending', reply: place(1) },
  ])
  assert.ok(row)
  const halves = await journal.replaceReplies(
    [row.id],
    [2, 3].map(seq => ({ ...reply, state: 'pending', reply: place(seq) })),
  )
  await clock.advance(50)
  for (const { id } of halves) await journal.updateReply(id, { state: 'accepted', posts: 1 })
  assert.deepEqual(
    spans.map(({ name, attributes, endMs, startMs }) => [name, attributes['herald.outcome'], endMs - startMs]),
    [
      ['turn', undefined, 100],
      ['reply', 'superseded', 0],
      ['reply', 'accepted', 50],
      ['reply', 'accepted', 50],
      ['message', undefined, 150],
    ],
  )
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1)
})
