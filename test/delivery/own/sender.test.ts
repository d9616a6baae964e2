/** What `herald send` says of a message that it is asked about again: what the journal has of it, and nothing that is guessed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSender } from '../../../src/delivery/own/sender.ts'
import type { Journal } from '../../../src/journal/journal.ts'
import { JournalUnwritableError } from '../../../src/lib/errors.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import { ALICE, createWorld, HOUR_MS, outboxOf, type World, type WorldOptions } from '../world.ts'

const CHAT = 'qqbot:c2c:alice'
const DAY_MS = 24 * HOUR_MS

/** One process: its delivery, and who sends through it. */
function processOf(options: WorldOptions = {}, over: Partial<Journal> = {}) {
  const world = createWorld(options)
  const { delivery, clock } = world
  const journal = { ...world.journal, ...over }
  const sender = createSender({ journal, delivery, clock, log: silentLogger, accounts: () => ['qqbot'] })
  /** What it answers within that time. */
  const send = async (key: string, text = 'good morning', waitMs = 1_000) => {
    const answer = sender.send({ chat: CHAT, text, key }, waitMs)
    for (let waitedMs = 0; waitedMs < waitMs + 100; waitedMs += 50) await clock.advance(50)
    const said = await answer
    assert.ok(!('refused' in said), JSON.stringify(said))
    return said
  }
  return { ...world, send }
}

/** The process is gone; the next one has the same journal and the same platform. */
const successorOf = ({ journal, clock, adapter, links }: World) => processOf({ journal, clock, adapter, links })

async function stop({ delivery, settle }: World): Promise<void> {
  const stopped = delivery.stop(AbortSignal.abort())
  await settle()
  await stopped
}

/** Written down while the link was away; nobody who waited for it lives any more. */
async function writtenDown(key: string, text?: string) {
  const first = processOf()
  first.links.set(false)
  assert.equal((await first.send(key, text)).outcome, 'pending')
  await stop(first)
  return successorOf(first)
}

test('dropped by a person, or kept no longer: that is what it says, and never "accepted"', async () => {
  const next = await writtenDown('k1')
  await next.delivery.recover('qqbot')
  await next.clock.advance(DAY_MS + HOUR_MS)
  const [row] = await outboxOf(next.journal, ALICE)
  assert.equal((await next.send('k1')).outcome, 'expired')
  await next.journal.moveDead(`out:${row?.id}`, 'drop')
  const dropped = await next.send('k1')
  assert.deepEqual([dropped.outcome, dropped.repeated], ['dropped', true])
  await next.clock.advance(7 * DAY_MS)
  await next.journal.sweep()
  assert.deepEqual(await outboxOf(next.journal, ALICE), [])
  assert.equal((await next.send('k1')).outcome, 'unknown')
  assert.equal(next.adapter.posts.length, 0)
})

test('an end that was heard of is said also when nothing of the message is kept', async () => {
  const world = processOf()
  assert.equal((await world.send('k1')).outcome, 'accepted')
  await world.clock.advance(8 * DAY_MS)
  await world.journal.sweep()
  assert.deepEqual(await outboxOf(world.journal, ALICE), [])
  assert.equal((await successorOf(world).send('k1')).outcome, 'accepted')
})

test('what others took on is followed to its end', async () => {
  const first = processOf()
  // Too long for the platform's taste: it is halved, and the process is gone before the halves are out.
  first.adapter.script.push({ kind: 'form_refused', part: 'length' }, 'hang')
  const text = Array.from({ length: 12 }, (_, at) => `word${at}`).join(' ')
  assert.equal((await first.send('k1', text)).outcome, 'pending')
  await stop(first)
  const next = successorOf(first)
  assert.equal((await next.send('k1', text)).outcome, 'pending')
  await next.delivery.recover('qqbot')
  await next.clock.advance(10_000)
  const states = (await outboxOf(next.journal, ALICE)).filter(({ purpose }) => purpose === 'answer')
  assert.deepEqual(
    states.map(({ state }) => state),
    ['superseded', 'unknown', 'accepted'],
  )
  assert.equal((await next.send('k1', text)).outcome, 'unknown')
})

test('held, and said together with another when the chat speaks: both are accepted', async () => {
  const world = processOf()
  world.adapter.script.push({ kind: 'no_right', code: '40034102' }, { kind: 'no_right', code: '40034102' })
  assert.deepEqual(await heldThenAsked(world, 'k1', 'one'), ['held', '40034102'])
  assert.deepEqual(await heldThenAsked(world, 'k2', 'two'), ['held', '40034102'])
  const message = await world.arrive('m1')
  await world.delivery.releaseHeld(message)
  await world.settle()
  assert.deepEqual(
    world.adapter.shown.map(({ text }) => text),
    ['one\n\ntwo'],
  )
  assert.equal((await world.send('k1', 'one')).outcome, 'accepted')
  assert.equal((await world.send('k2', 'two')).outcome, 'accepted')
})

async function heldThenAsked(world: ReturnType<typeof processOf>, key: string, text: string) {
  const { outcome, code } = await world.send(key, text)
  return [outcome, code]
}

test('a disk that refuses after the message was written down: it is answered, and asked again nothing is sent', async () => {
  const world = createWorld()
  let writes = 0
  const { send, adapter } = processOf(world, {
    set: (...args) => {
      writes += 1
      return writes === 1 ? world.journal.set(...args) : Promise.reject(new JournalUnwritableError('the disk is full'))
    },
  })
  assert.equal((await send('k1')).outcome, 'accepted')
  assert.deepEqual(await send('k1').then(({ outcome, repeated }) => [outcome, repeated]), ['accepted', true])
  assert.equal(adapter.shown.length, 1)
  // Whoever comes later knows that it was written down, and not under which numbers.
  assert.equal((await successorOf(world).send('k1')).outcome, 'unknown')
})
