/** Answers that grow, frame by frame, on a clock that stands still: what a frame that fails must not spoil. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restAfter } from '../../../src/delivery/live/showable.ts'
import type { Journal, OutboxRow } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { JournalUnwritableError } from '../../../src/lib/errors.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import type { SendOutcome } from '../../../src/platforms/platform.ts'
import { ALICE, createWorld, HOUR_MS, QQ_LIKE, scriptedAdapter } from '../world.ts'

const GOOD = { kind: 'accepted', platformId: 's1' } as const

/** Whose platform streams in private chats. `answerTo` is asked with the number of each frame: one that hangs has no answer until it is called off. */
function streaming(
  answerTo: (frame: number) => 'hang' | SendOutcome = () => GOOD,
  over: (journal: Journal) => Partial<Journal> = () => ({}),
) {
  const clock = createVirtualClock()
  const journal = openJournal({ path: ':memory:', clock, schedule: queueMicrotask })
  const scripted = scriptedAdapter(clock, { ...QQ_LIKE, streams: kind => kind === 'c2c' })
  const frames: string[] = []
  const adapter = {
    ...scripted,
    send(...[outgoing, signal]: Parameters<typeof scripted.send>): Promise<SendOutcome> {
      if (outgoing.extras?.stream === undefined) return scripted.send(outgoing, signal)
      if (signal.aborted) return Promise.resolve({ kind: 'not_sent' })
      frames.push(outgoing.text)
      const answer = answerTo(frames.length)
      if (answer !== 'hang') return Promise.resolve(answer)
      return new Promise(resolve =>
        signal.addEventListener('abort', () => resolve({ kind: 'unknown' }), { once: true }),
      )
    },
  }
  return { ...createWorld({ clock, adapter, journal: { ...journal, ...over(journal) } }), frames }
}

test('a frame without an answer is given up, and the next ones say what has come since', async () => {
  const world = streaming(frame => (frame === 2 ? 'hang' : GOOD))
  const growing = world.delivery.stream(await world.arrive('m1'))
  assert.ok(growing)
  let told = 'one '
  growing.grow(() => told)
  await world.clock.advance(1_000)
  told += 'two '
  await world.clock.advance(1_000)
  told += 'three '
  await world.clock.advance(12_000)
  told += 'four '
  await world.clock.advance(10_000)
  assert.deepEqual(world.frames, ['one', 'one two', 'one two three', 'one two three four'])
  const closing = growing.close()
  await world.clock.advance(1_000)
  assert.equal((await closing)?.text, 'one two three four')
})

test('a first frame that the disk refuses takes no place from its answer', async () => {
  let refusals = 1
  const world = streaming(
    () => GOOD,
    journal => ({
      addReplies: replies =>
        refusals-- > 0 ? Promise.reject(new JournalUnwritableError('the disk is full')) : journal.addReplies(replies),
    }),
  )
  const message = await world.arrive('m1')
  const growing = world.delivery.stream(message)
  assert.ok(growing)
  growing.grow(() => 'one ')
  await world.clock.advance(1_000)
  assert.equal(await growing.close(), undefined)
  assert.deepEqual(world.frames, [])
  const planned = await world.delivery.plan(message, 'word '.repeat(75), 'answer')
  assert.deepEqual(
    planned.map(({ purpose, reply }) => [purpose, reply !== null]),
    Array.from({ length: 4 }, () => ['answer', true]),
  )
})

/** What has grown of `one two three` is seen; the window closes before that is planned, or while its end waits for the link. */
async function endsTooLate(world: ReturnType<typeof streaming>, before: 'plan' | 'end', grown = ['one ']) {
  const { delivery, journal, clock, links, settle } = world
  const message = await world.arrive('m1')
  const growing = delivery.stream(message)
  assert.ok(growing)
  for (const text of grown) {
    growing.grow(() => text)
    await clock.advance(1_000)
  }
  const closing = growing.close()
  await clock.advance(1_000)
  const shown = await closing
  assert.ok(shown)
  if (before === 'plan') await clock.advance(HOUR_MS)
  const planned = await delivery.plan(message, 'one two three', 'answer', shown)
  const [rows] = await Promise.all([
    journal.endTurn('qqbot', ['m1'], 'answered', null, planned),
    delivery.adopted(shown),
  ])
  links.set(before === 'plan')
  delivery.enqueue(rows)
  if (before === 'end') await clock.advance(HOUR_MS)
  await settle()
  return journal.followReplies(rows.map(({ id }) => id))
}

const briefly = (rows: readonly OutboxRow[]) => rows.map(({ state, text }) => [state, text])

test('an answer that grows until its window is over keeps what nobody has seen', async () => {
  const world = streaming()
  assert.deepEqual(briefly(await endsTooLate(world, 'plan')), [
    ['superseded', 'one'],
    ['held', 'two three'],
  ])
  const next = await world.arrive('m2')
  await world.delivery.releaseHeld(next)
  await world.settle()
  assert.deepEqual(
    world.adapter.shown.map(({ text }) => text),
    ['two three'],
  )
})

for (const outcome of [{ kind: 'busy' }, { kind: 'not_sent' }, { kind: 'unknown' }] as const)
  test(`what a frame brought that ended as ${outcome.kind} counts as unseen`, async () => {
    const world = streaming(frame => (frame > 1 ? outcome : GOOD))
    assert.deepEqual(briefly(await endsTooLate(world, 'plan', ['one ', 'one two '])), [
      ['superseded', 'one'],
      ['held', 'two three'],
    ])
    assert.deepEqual(world.frames, ['one', 'one two'])
  })

test('and says it of its own accord where that is granted', async () => {
  const world = streaming()
  await world.facts(ALICE, { proactive: 'granted' })
  assert.deepEqual(briefly(await endsTooLate(world, 'plan')), [
    ['superseded', 'one'],
    ['accepted', 'two three'],
  ])
  assert.deepEqual(world.frames, ['one'])
})

test('the end of an answer that waits for its link until the window is over leaves its rest alone behind', async () => {
  const world = streaming(frame => (frame > 1 ? { kind: 'not_sent' } : GOOD))
  assert.deepEqual(briefly(await endsTooLate(world, 'end')), [
    ['superseded', 'one two three'],
    ['held', 'two three'],
  ])
})

/** `one` is seen, and with the second frame the platform says that it has ended. */
async function endedByItself(world: ReturnType<typeof streaming>) {
  const message = await world.arrive('m1')
  const growing = world.delivery.stream(message)
  assert.ok(growing)
  let told = 'one '
  growing.grow(() => told)
  await world.clock.advance(1_000)
  told += 'two '
  await world.clock.advance(2_000)
  const closing = growing.close()
  await world.clock.advance(1_000)
  const shown = await closing
  assert.ok(shown)
  return { message, shown }
}

const endsItself = () => streaming(frame => (frame === 2 ? { kind: 'duplicate' } : GOOD))

test('what the platform has ended by itself was shown as far as it took it, and the answer comes as a whole', async () => {
  const world = endsItself()
  const { delivery, journal, clock, settle } = world
  const { message, shown } = await endedByItself(world)
  const planned = await delivery.plan(message, 'one two three', 'answer', shown)
  const [rows] = await Promise.all([
    journal.endTurn('qqbot', ['m1'], 'answered', null, planned),
    delivery.adopted(shown),
  ])
  // Its first try has no verdict, and what the platform says of the stream would be none.
  world.adapter.script.push({ kind: 'unknown' })
  delivery.enqueue(rows)
  await settle()
  await clock.advance(10_000)
  assert.deepEqual(world.frames, ['one', 'one two'])
  assert.deepEqual(briefly((await journal.trace('m1'))?.outbox ?? []), [
    ['accepted', 'one'],
    ['accepted', 'one two three'],
  ])
  assert.deepEqual(
    world.adapter.shown.map(({ text }) => text),
    ['one two three'],
  )
})

test('and a stop has nothing to end', async () => {
  const world = endsItself()
  const { shown } = await endedByItself(world)
  await world.delivery.interrupt(shown)
  assert.deepEqual(world.frames, ['one', 'one two'])
  assert.deepEqual(briefly((await world.journal.trace('m1'))?.outbox ?? []), [['accepted', 'one']])
})

test('a fence that was open in what is seen is opened again in the rest', () => {
  assert.equal(restAfter('a\n```js\nb', 'a\n```js\nb\nc\n```'), '```\nc\n```')
  assert.equal(restAfter('a', 'a'), '')
})
