import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPulses } from '../../src/dashboard/pulse.ts'
import { createVirtualClock } from '../../src/lib/virtual-clock.ts'
import type { Metric } from '../../src/observe/prometheus.ts'

/** The metrics after so many messages, each of which took `seconds`. */
function metricsAfter(messages: number, seconds: number): Metric[] {
  const counter = (name: string, labels: Record<string, string>, value: number): Metric => ({
    name,
    help: '',
    type: 'counter',
    samples: [
      { labels, value },
      { labels: { account: 'qqbot', verdict: 'denied', outcome: 'refused' }, value: 1000 },
    ],
  })
  const histogram = (name: string): Metric => ({
    name,
    help: '',
    type: 'histogram',
    samples: [
      { suffix: '_bucket', labels: { le: '1' }, value: messages },
      { suffix: '_sum', labels: {}, value: messages * seconds },
      { suffix: '_count', labels: {}, value: messages },
    ],
  })
  return [
    counter('herald_messages_total', { account: 'qqbot', verdict: 'accepted' }, messages),
    counter('herald_replies_total', { account: 'qqbot', outcome: 'accepted' }, 2 * messages),
    histogram('herald_turn_seconds'),
    histogram('herald_reply_seconds'),
  ]
}

test('a pulse tells what happened since the one before; an hour of them is kept', async () => {
  const clock = createVirtualClock()
  let messages = 5
  const pulses = createPulses(clock, () => metricsAfter(messages, 0.25))
  await clock.advance(10_000)
  assert.deepEqual(pulses.list(), [
    { atMs: clock.nowMs(), spanMs: 10_000, incoming: 0, outgoing: 0, turnMs: null, replyMs: null },
  ])
  messages = 8
  await clock.advance(10_000)
  assert.deepEqual(pulses.list().at(-1), {
    atMs: clock.nowMs(),
    spanMs: 10_000,
    incoming: 3,
    outgoing: 6,
    turnMs: 250,
    replyMs: 250,
  })
  await clock.advance(2 * 3_600_000)
  assert.equal(pulses.list().length, 360)
  pulses.stop()
  assert.equal(clock.armed, 0)
})
