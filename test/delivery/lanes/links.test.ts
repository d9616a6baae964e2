import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALICE, chatOf, createWorld, GROUP, HOUR_MS, MINUTE_MS } from '../world.ts'

test('while the link is down a reply waits for it, and goes in the tick that it comes up', async () => {
  const { arrive, answer, links, clock, adapter, states, settle } = createWorld()
  links.set(false)
  const rows = await answer(await arrive('m1'), 'hello')
  await clock.advance(10 * MINUTE_MS)
  assert.equal(adapter.posts.length, 0)
  links.set(true)
  await settle()
  assert.deepEqual(await states(rows), ['accepted'])
  assert.equal(adapter.posts[0]?.atMs, 10 * MINUTE_MS)
})

test('at most until 30 s before its window closes: then it is tried once', async () => {
  const { arrive, answer, links, clock, adapter, states } = createWorld()
  links.set(false)
  adapter.script.push({ kind: 'not_sent' })
  const rows = await answer(await arrive('m1', { chat: GROUP }), 'hello')
  await clock.advance(HOUR_MS)
  assert.deepEqual(
    adapter.posts.map(post => post.atMs),
    [5 * MINUTE_MS - 30_000],
  )
  assert.deepEqual(await states(rows), ['held'])
})

test('that one try may succeed: REST can work while the link does not', async () => {
  const { arrive, answer, links, clock, adapter, states } = createWorld()
  links.set(false)
  const rows = await answer(await arrive('m1', { chat: GROUP }), 'hello')
  await clock.advance(5 * MINUTE_MS)
  assert.deepEqual(await states(rows), ['accepted'])
  assert.equal(adapter.posts.length, 1)
})

test('with less than 30 s left it is tried at once', async () => {
  const { arrive, answer, links, clock, adapter } = createWorld()
  links.set(false)
  const message = await arrive('m1', { chat: GROUP })
  await clock.advance(4.6 * MINUTE_MS)
  await answer(message, 'hello')
  assert.equal(adapter.posts.length, 1)
})

test('the last try had no verdict: once more under the same seq', async () => {
  const { arrive, answer, links, clock, adapter, states } = createWorld()
  links.set(false)
  adapter.script.push('lost')
  const rows = await answer(await arrive('m1', { chat: GROUP }), 'hello')
  await clock.advance(5 * MINUTE_MS)
  assert.deepEqual(
    adapter.posts.map(post => post.reply?.seq),
    [1, 1],
  )
  assert.equal(adapter.shown.length, 1)
  assert.deepEqual(await states(rows), ['accepted'])
})

test('a message of its own accord that waits for the link keeps no reply from its last try', async () => {
  const { arrive, answer, say, links, clock, adapter, states } = createWorld()
  links.set(false)
  const own = await say(GROUP, 'news')
  const rows = await answer(await arrive('m1', { chat: GROUP }), 'hello')
  await clock.advance(5 * MINUTE_MS)
  assert.deepEqual(await states([own, ...rows]), ['pending', 'accepted'])
  assert.equal(adapter.posts.length, 1)
})

test('a message of its own accord waits a day for the link, then it is expired', async () => {
  const { say, links, clock, adapter, states } = createWorld()
  links.set(false)
  const row = await say(ALICE, 'hello')
  await clock.advance(23 * HOUR_MS)
  assert.deepEqual(await states([row]), ['pending'])
  await clock.advance(HOUR_MS)
  assert.deepEqual(await states([row]), ['expired'])
  assert.equal(adapter.posts.length, 0)
})

test('a thousand chats wait without a timer too many, and none is left over', async () => {
  const { arrive, delivery, journal, links, clock, adapter, settle } = createWorld()
  links.set(false)
  for (let at = 0; at < 1000; at++) {
    const message = await arrive(`m${at}`, { chat: chatOf('c2c', `user${at}`) })
    const planned = await delivery.plan(message, 'x', 'answer')
    delivery.enqueue(await journal.endTurn('qqbot', [message.id], 'answered', null, planned))
  }
  // One more may be the journal's own, which moves its log in a pause.
  assert.ok(clock.armed === 1000 || clock.armed === 1001, `${clock.armed} timers`)
  links.set(true)
  await settle()
  await clock.advance(MINUTE_MS)
  assert.equal(adapter.shown.length, 1000)
  assert.equal(clock.armed, 0)
})

test('the link coming up ends a wait after a refused connection', async () => {
  const { arrive, answer, links, clock, adapter, states, settle } = createWorld()
  adapter.script.push(...Array.from({ length: 6 }, () => ({ kind: 'not_sent' }) as const))
  const rows = await answer(await arrive('m1'), 'hello')
  await clock.advance(50_000)
  links.set(false)
  await settle()
  links.set(true)
  await settle()
  assert.deepEqual(await states(rows), ['accepted'])
  assert.ok((adapter.posts.at(-1)?.atMs ?? 0) <= 50_000)
})

test('stop: waiting replies stay open, nothing is posted any more', async () => {
  const { arrive, answer, links, clock, adapter, states, delivery, settle } = createWorld()
  links.set(false)
  const rows = await answer(await arrive('m1'), 'hello')
  await delivery.stop(new AbortController().signal)
  links.set(true)
  await settle()
  await clock.advance(2 * HOUR_MS)
  assert.equal(adapter.posts.length, 0)
  assert.deepEqual(await states(rows), ['pending'])
  const late = await answer(await arrive('m2'), 'late')
  assert.deepEqual(await states(late), ['pending'])
  assert.equal(adapter.posts.length, 0)
  assert.equal(clock.armed, 0)
})

test('stop waits for the outcome of what is in flight', async () => {
  const { arrive, answer, adapter, states, delivery, settle } = createWorld()
  adapter.script.push('hang')
  const rows = [...(await answer(await arrive('m1'), 'one')), ...(await answer(await arrive('m2'), 'two'))]
  let stopped = false
  const stop = delivery.stop(new AbortController().signal).then(() => {
    stopped = true
  })
  await settle()
  assert.equal(stopped, false)
  adapter.answer({ kind: 'accepted' })
  await stop
  assert.deepEqual(await states(rows), ['accepted', 'pending'])
  assert.equal(adapter.posts.length, 1)
})

test('stop does not outlast its signal; what was in flight stays open', async () => {
  const { arrive, answer, adapter, states, delivery, clock, settle } = createWorld()
  adapter.script.push('hang')
  const rows = await answer(await arrive('m1'), 'one')
  const patience = new AbortController()
  const stop = delivery.stop(patience.signal)
  patience.abort()
  await stop
  assert.equal(adapter.signals[0]?.aborted, true)
  assert.deepEqual(await states(rows), ['pending'])
  assert.equal(delivery.inFlight, 0)
  adapter.answer({ kind: 'accepted' })
  await settle()
  assert.deepEqual(await states(rows), ['pending'], 'the journal may be closed by now')
  assert.equal(clock.armed, 0)
})
