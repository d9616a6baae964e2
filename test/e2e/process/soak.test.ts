/** I96 in short: what `npm run soak` does for minutes; and that growth does not pass there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complaints, type Point } from '../../../scripts/soak/figures.ts'
import { soak } from '../../../scripts/soak/soak.ts'
import { SOURCES } from '../../support/herald.ts'

test('I96 30 reconnects and 1,500 messages: none lost or doubled, descriptors and timers flat', {
  timeout: 180_000,
}, async t => {
  const { points, lost, doubled, identifies } = await soak(t, {
    program: SOURCES,
    messages: 1_500,
    reconnects: 30,
    bots: 10,
    points: 3,
    onPoint: point => t.diagnostic(JSON.stringify(point)),
  })
  assert.deepEqual({ lost, doubled, identifies }, { lost: 0, doubled: 0, identifies: 10 })
  assert.deepEqual(
    points.map(({ messages, reconnects }) => [messages, reconnects]),
    [
      [500, 10],
      [1_000, 20],
      [1_500, 30],
    ],
  )
  const [first, , last] = points
  assert.ok(first && last)
  assert.ok(last.descriptors <= first.descriptors + 3, `${first.descriptors} to ${last.descriptors} descriptors`)
  assert.ok(last.timers <= first.timers + 5, `${first.timers} to ${last.timers} timers`)
})

const flat = (at: number): Point => ({
  messages: at * 1_000,
  reconnects: at * 10,
  residentMb: 200 + (at % 2),
  heapMb: 50 + (at % 3),
  descriptors: 100,
  timers: 30 + (at % 2),
  databaseMb: 10 + at,
})

const ten = (change: (at: number) => Partial<Point>): Point[] =>
  Array.from({ length: 10 }, (_, at) => ({ ...flat(at + 1), ...change(at + 1) }))

test('I96 what is flat passes, each figure that grows or cannot be read does not', () => {
  assert.deepEqual(complaints(ten(() => ({}))), [])
  const grown: readonly (readonly [name: RegExp, change: (at: number) => Partial<Point>])[] = [
    [/^memory/, at => ({ residentMb: 200 + 15 * at })],
    [/^heap/, at => ({ heapMb: 50 + 6 * at })],
    [/^file descriptors/, at => ({ descriptors: 100 + at })],
    [/^timers/, at => ({ timers: 30 + 2 * at })],
    [/^database/, at => ({ databaseMb: at * at })],
    [/^timers/, () => ({ timers: Number.NaN })],
  ]
  for (const [name, change] of grown) {
    const [first, ...more] = complaints(ten(change))
    assert.match(first ?? 'nothing', name)
    assert.deepEqual(more, [])
  }
})
