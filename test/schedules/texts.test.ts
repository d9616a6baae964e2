/** Texts of schedules are followed to their end, however long that takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSender } from '../../src/delivery/own/sender.ts'
import { traceMessage } from '../../src/delivery/own/trace-message.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { followRun } from '../../src/wiring/rooms/followed.ts'
import { sayAtTime } from '../../src/wiring/rooms/texts.ts'
import { createWorld, HOUR_MS, MINUTE_MS, type World, type WorldOptions } from '../delivery/world.ts'

function schedulesIn(options?: WorldOptions) {
  const world = createWorld(options)
  const { delivery, clock, journal } = world
  const sender = createSender({ journal, delivery, clock, log: silentLogger, accounts: () => ['qqbot'] })
  const stop = new AbortController()
  const order = { chat: 'qqbot:c2c:alice', text: 'good morning', key: 'schedule_morning' }
  const trace = (key: string) => traceMessage(journal, ['qqbot'], key)
  const follow = (key: string, signal: AbortSignal) => followRun({ clock, trace }, key, signal)
  return { ...world, stop, follow, said: sayAtTime(sender, follow, order, stop.signal) }
}

test('the link is away for minutes: it is known then that it was said', async () => {
  const { links, clock, said, adapter } = schedulesIn()
  links.set(false)
  await clock.advance(10 * MINUTE_MS)
  links.set(true)
  await clock.advance(MINUTE_MS)
  assert.equal(await said, 'accepted')
  assert.equal(adapter.posts.length, 1)
})

test('the link is away for more than a day: it has expired', async () => {
  const { links, clock, said } = schedulesIn()
  links.set(false)
  await clock.advance(25 * HOUR_MS)
  assert.equal(await said, 'expired')
})

test('a stop does not wait for it', async () => {
  const { links, clock, said, stop } = schedulesIn()
  links.set(false)
  await clock.advance(MINUTE_MS)
  stop.abort()
  assert.equal(await said, 'pending')
})

/** The process is gone; the next one has the same journal and platform, and the same message to say. */
async function restarted({
  journal,
  clock,
  adapter,
  links,
  delivery,
  settle,
  stop,
}: World & { stop: AbortController }) {
  stop.abort()
  const stopped = delivery.stop(AbortSignal.abort())
  await settle()
  await stopped
  const next = schedulesIn({ journal, clock, adapter, links })
  await next.delivery.recover('qqbot')
  return next
}

test('a restart while the link is away: the next process knows when it was said', async () => {
  const first = schedulesIn()
  first.links.set(false)
  await first.clock.advance(MINUTE_MS)
  const { links, clock, said, adapter, stop } = await restarted(first)
  await clock.advance(10 * MINUTE_MS)
  links.set(true)
  await clock.advance(MINUTE_MS)
  stop.abort()
  assert.equal(await said, 'accepted')
  assert.equal(adapter.posts.length, 1)
})

test('a restart while the link is away for more than a day: it has expired', async () => {
  const first = schedulesIn()
  first.links.set(false)
  await first.clock.advance(MINUTE_MS)
  const { clock, said, stop } = await restarted(first)
  await clock.advance(25 * HOUR_MS)
  stop.abort()
  assert.equal(await said, 'expired')
})

test('a stop ends also the looks at what a former process wrote down', async () => {
  const first = schedulesIn()
  first.links.set(false)
  await first.clock.advance(MINUTE_MS)
  const { clock, said, stop, settle, delivery } = await restarted(first)
  await clock.advance(MINUTE_MS)
  stop.abort()
  assert.equal(await said, 'pending')
  const stopped = delivery.stop(AbortSignal.abort())
  await settle()
  await stopped
  assert.equal(clock.armed, 0)
})

test('one that is too old to be said again is followed by what is on disk of it', async () => {
  const first = schedulesIn()
  first.links.set(false)
  await first.clock.advance(MINUTE_MS)
  const { links, clock, follow, stop } = await restarted(first)
  stop.abort()
  const { signal } = new AbortController()
  assert.equal(await follow('schedule_evening', signal), 'unknown')
  const followed = follow('schedule_morning', signal)
  await clock.advance(HOUR_MS)
  links.set(true)
  await clock.advance(MINUTE_MS)
  assert.equal(await followed, 'accepted')
})
