/** Texts of schedules are followed to their end, however long that takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSender } from '../../src/delivery/own/sender.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { sayAtTime } from '../../src/wiring/rooms/texts.ts'
import { createWorld, HOUR_MS, MINUTE_MS } from '../delivery/world.ts'

function schedulesIn() {
  const world = createWorld()
  const { delivery, clock, journal } = world
  const sender = createSender({ journal, delivery, clock, log: silentLogger, accounts: () => ['qqbot'] })
  const stop = new AbortController()
  const order = { chat: 'qqbot:c2c:alice', text: 'good morning', key: 'schedule_morning' }
  return { ...world, stop, said: sayAtTime(sender, order, stop.signal) }
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
