/** Errors that nobody expects, here of a store: each reply has an end all the same, and nobody waits for what a stop leaves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Journal } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/sqlite.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import { ALICE, createWorld, GROUP, outboxOf } from '../world.ts'

/** `fails` is asked before each change of a reply. */
function worldWith(fails: (patch: Parameters<Journal['updateReply']>[1]) => boolean) {
  const clock = createVirtualClock()
  const journal = openJournal({ path: ':memory:', clock, schedule: queueMicrotask })
  const broken: Journal = {
    ...journal,
    updateReply: (id, patch) =>
      fails(patch) ? Promise.reject(new TypeError('a bug of the store')) : journal.updateReply(id, patch),
  }
  return createWorld({ clock, journal: broken })
}

test('shown, and its outcome meets an error: tried again under its key, and people see it once', async () => {
  let errors = 1
  const world = worldWith(({ state }) => state === 'accepted' && errors-- > 0)
  const rows = await world.answer(await world.arrive('m1'), 'hello')
  await world.clock.advance(3_000)
  assert.deepEqual(await world.states(rows), ['accepted'])
  assert.deepEqual(
    world.adapter.posts.map(({ reply }) => reply?.seq),
    [1, 1],
  )
  assert.equal(world.adapter.shown.length, 1)
})

test('an error before anything is posted is no harm', async () => {
  let errors = 2
  const world = worldWith(({ state }) => state === 'sending' && errors-- > 0)
  const row = await world.say(GROUP, 'hello')
  await world.clock.advance(10_000)
  assert.deepEqual(await world.states([row]), ['accepted'])
  assert.equal(world.adapter.posts.length, 1)
})

test('always the same error: the reply ends with a word, and what follows it in its chat goes out', async () => {
  const world = worldWith(({ state, detail }) => state === 'accepted' && detail?.status === 200)
  const first = await world.answer(await world.arrive('m1'), 'hello')
  const sending = await world.say(GROUP, 'never posted')
  await world.clock.advance(60_000)
  assert.deepEqual(await world.states([...first, sending]), ['accepted', 'unknown'], 'a repeat was known by its key')

  const refusing = worldWith(({ state }) => state === 'sending')
  const row = await refusing.say(GROUP, 'hello')
  const answer = await refusing.answer(await refusing.arrive('m2', { chat: GROUP }), 'an answer')
  await refusing.clock.advance(60_000)
  assert.deepEqual(await refusing.states([row, ...answer]), ['refused', 'accepted'])
  assert.match((await refusing.row(row.id)).detail.message ?? '', /a bug of the store/)
  assert.equal(refusing.adapter.posts.length, 1)
})

test('halves whose place was written down, and then an error: both go out', async () => {
  let errors = 1
  const world = worldWith(({ state, posts }) => state === undefined && posts === 1 && errors-- > 0)
  world.adapter.script.push({ kind: 'form_refused', part: 'length' })
  await world.answer(await world.arrive('m1'), 'one two three four five six seven eight')
  await world.clock.advance(10_000)
  const rows = await outboxOf(world.journal, ALICE)
  assert.deepEqual(
    rows.map(({ state }) => state),
    ['superseded', 'accepted', 'accepted'],
  )
  assert.deepEqual(
    world.adapter.shown.map(({ text }) => text),
    rows.slice(1).map(({ text }) => text),
  )
})

test('a stop: whoever waits for a message hears of all its parts, also of those that were never begun', async () => {
  const world = createWorld()
  world.adapter.script.push('hang')
  const { rows, settled } = await world.delivery.say(ALICE, 'word '.repeat(60))
  assert.ok(rows.length > 2)
  await world.settle()
  await world.delivery.stop(AbortSignal.abort())
  const parts = await settled
  assert.deepEqual(
    parts.map(({ state }) => state),
    ['sending', ...rows.slice(1).map(() => 'pending')],
  )
  const late = await world.delivery.say(ALICE, 'too late')
  assert.deepEqual(
    (await late.settled).map(({ state }) => state),
    ['pending'],
  )
})
