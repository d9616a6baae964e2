import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALICE, chatOf, createWorld, GROUP, HOUR_MS, MINUTE_MS, oneAnswer, outboxOf, type Scripted } from '../world.ts'

/** One message of the bot's own accord. */
async function ownWord(script: readonly Scripted[], text = 'hello') {
  const world = createWorld()
  world.adapter.script.push(...script)
  const { id } = await world.say(ALICE, text)
  return { ...world, id, state: async () => (await world.row(id)).state }
}

test('accepted: one post, the outcome on disk, the ear told', async () => {
  const { adapter, row, id, accepted, seqs } = await oneAnswer([])
  const settled = await row(id)
  assert.equal(settled.state, 'accepted')
  assert.equal(settled.platformId, 'p1')
  assert.equal(settled.posts, 1)
  assert.deepEqual(adapter.shown, [
    { chat: ALICE, text: 'hello', form: 'plain', reply: { via: 'msg_id', id: 'm1', seq: 1 } },
  ])
  assert.deepEqual(seqs(), [1])
  assert.deepEqual(
    accepted.map(one => one.id),
    [id],
  )
})

test('the post begins in the tick that enqueues it', async () => {
  const { delivery, journal, arrive, adapter } = createWorld()
  const message = await arrive('m1')
  const rows = await journal.endTurn('qqbot', ['m1'], 'answered', null, await delivery.plan(message, 'hi', 'answer'))
  delivery.enqueue(rows)
  assert.equal(adapter.posts.length, 1)
  assert.equal(delivery.inFlight, 1)
})

test('queued for audit: accepted, with the id of the audit', async () => {
  const { row, id } = await oneAnswer([{ kind: 'accepted', status: 202, code: '304023', auditId: 'a7' }])
  assert.equal((await row(id)).state, 'accepted')
  assert.deepEqual((await row(id)).detail, {
    status: 202,
    code: '304023',
    message: 'audit a7',
    auditId: 'a7',
  })
})

test('no verdict, with a key: once more under the same seq, and the user sees one copy', async () => {
  const { clock, adapter, state, seqs, row, id } = await oneAnswer(['lost'])
  assert.equal(await state(), 'pending')
  assert.equal((await row(id)).inDoubt, true)
  await clock.advance(2000)
  assert.equal(await state(), 'accepted')
  assert.deepEqual(seqs(), [1, 1])
  assert.equal(adapter.shown.length, 1)
})

test('no verdict twice: unknown for good', async () => {
  const { clock, adapter, state } = await oneAnswer([{ kind: 'unknown' }, { kind: 'unknown' }])
  await clock.advance(2 * HOUR_MS)
  assert.equal(await state(), 'unknown')
  assert.equal(adapter.posts.length, 2)
})

test('no verdict, without a key: unknown at once, never again by itself', async () => {
  const { clock, adapter, state } = await ownWord(['lost'])
  await clock.advance(48 * HOUR_MS)
  assert.equal(await state(), 'unknown')
  assert.equal(adapter.posts.length, 1)
})

test('without a key the try is on disk before it is made', async () => {
  const { delivery, journal, adapter, settle } = createWorld()
  adapter.script.push('hang')
  const rows = await journal.addReplies([
    { chat: ALICE, inboundId: null, purpose: 'answer', text: 'x', form: 'plain', state: 'pending', reply: null },
  ])
  delivery.enqueue(rows)
  assert.equal(adapter.posts.length, 0)
  await settle()
  assert.equal(adapter.posts.length, 1)
  assert.equal((await outboxOf(journal, ALICE))[0]?.state, 'sending')
})

test('a guild reply has a target but no key', async () => {
  const world = createWorld()
  world.adapter.script.push({ kind: 'unknown' })
  const message = await world.arrive('m1', { chat: chatOf('channel', 'c1') })
  const rows = await world.answer(message, 'hello')
  await world.clock.advance(HOUR_MS)
  assert.deepEqual(await world.states(rows), ['unknown'])
  assert.equal(world.adapter.posts.length, 1)
  assert.equal(world.adapter.posts[0]?.reply?.id, 'm1')
})

test('refused before it was written: same seq, growing waits, and not one of the eight posts', async () => {
  const { clock, adapter, state, seqs, row, id } = await oneAnswer(
    Array.from({ length: 12 }, () => ({ kind: 'not_sent' }) as const),
  )
  await clock.advance(10 * MINUTE_MS)
  assert.equal(await state(), 'accepted')
  assert.equal(seqs().length, 13)
  assert.deepEqual(new Set(seqs()), new Set([1]))
  assert.equal((await row(id)).posts, 1)
  const waits = adapter.posts.map((post, at) => post.atMs - (adapter.posts[at - 1]?.atMs ?? 0)).slice(1)
  for (const [at, most] of [1, 2, 5, 10, 30, 30].entries()) {
    const wait = waits[at] ?? 0
    assert.ok(wait <= most * 1000 && wait >= most * 800, `wait ${at} was ${wait}`)
  }
})

test('refused before it was written, without a key: backs off, then goes', async () => {
  const { clock, state, adapter, row, id } = await ownWord([{ kind: 'not_sent' }, { kind: 'not_sent' }])
  assert.equal(await state(), 'pending')
  await clock.advance(MINUTE_MS)
  assert.equal(await state(), 'accepted')
  assert.equal(adapter.posts.length, 3)
  assert.equal((await row(id)).posts, 1)
})

test('never reached the platform until the window closed: held', async () => {
  const { clock, state, adapter, message } = await oneAnswer(
    Array.from({ length: 500 }, () => ({ kind: 'not_sent' }) as const),
  )
  await clock.advance(HOUR_MS)
  assert.equal(await state(), 'held')
  assert.ok(adapter.posts.every(post => post.atMs < HOUR_MS))
  assert.equal(message.id, 'm1')
})

test('token refused: at once, once, under the same seq', async () => {
  const { state, seqs, clock, adapter } = await oneAnswer([{ kind: 'token_refused', status: 401 }])
  assert.equal(await state(), 'accepted')
  assert.deepEqual(seqs(), [1, 1])
  assert.equal(adapter.posts[1]?.atMs, clock.monotonicMs())
})

test('token refused again: as busy', async () => {
  const { state, seqs, clock } = await oneAnswer([{ kind: 'token_refused' }, { kind: 'token_refused' }])
  assert.equal(await state(), 'pending')
  await clock.advance(1000)
  assert.equal(await state(), 'accepted')
  assert.deepEqual(seqs(), [1, 1, 1])
})

test('busy: waits as long as it is told, under the same seq', async () => {
  const { state, seqs, clock } = await oneAnswer([{ kind: 'busy', status: 429, retryAfterMs: 42_000 }])
  await clock.advance(41_000)
  assert.equal(await state(), 'pending')
  await clock.advance(1_000)
  assert.equal(await state(), 'accepted')
  assert.deepEqual(seqs(), [1, 1])
})

test('busy for longer than the window: held at once', async () => {
  const { state, adapter } = await oneAnswer([{ kind: 'busy', retryAfterMs: 2 * HOUR_MS }])
  assert.equal(await state(), 'held')
  assert.equal(adapter.posts.length, 1)
})

test('a long wait parks its chat, not the others', async () => {
  const { adapter, arrive, answer, clock, states } = createWorld()
  adapter.script.push({ kind: 'busy', retryAfterMs: 10 * MINUTE_MS })
  const parked = await answer(await arrive('m1'), 'one')
  const other = await answer(await arrive('m2', { chat: chatOf('c2c', 'bob') }), 'two')
  assert.deepEqual(await states(other), ['accepted'])
  await clock.advance(10 * MINUTE_MS)
  assert.deepEqual(await states(parked), ['accepted'])
})

test('busy for ever: eight posts, then refused with what was last said', async () => {
  const { clock, state, adapter, row, id } = await oneAnswer(
    Array.from({ length: 50 }, () => ({ kind: 'busy', status: 503, code: '50002' }) as const),
  )
  await clock.advance(HOUR_MS)
  assert.equal(adapter.posts.length, 8)
  assert.equal(await state(), 'refused')
  assert.deepEqual((await row(id)).detail, { status: 503, code: '50002' })
})

test('in a short window the posts reach its end; whether a broken server kept one of them nobody knows', async () => {
  const { adapter, arrive, answer, clock, states } = createWorld()
  adapter.script.push(...Array.from({ length: 50 }, () => ({ kind: 'busy', status: 503 }) as const))
  const rows = await answer(await arrive('m1', { chat: GROUP }), 'one')
  await clock.advance(HOUR_MS)
  assert.deepEqual(await states(rows), ['unknown'])
  assert.ok((adapter.posts.at(-1)?.atMs ?? 0) > 4 * MINUTE_MS)
  assert.ok(adapter.posts.length <= 8)
})

test('duplicate without an earlier try: the next seq, once', async () => {
  const once = await oneAnswer([{ kind: 'duplicate' }])
  assert.equal(await once.state(), 'accepted')
  assert.deepEqual(once.seqs(), [1, 2])
  const twice = await oneAnswer([{ kind: 'duplicate' }, { kind: 'duplicate', code: '40054005' }])
  assert.equal(await twice.state(), 'refused')
  assert.deepEqual(twice.seqs(), [1, 2])
})

test('the window closes after a broken server, which may have shown it: not held, for then it would be said twice (seed 500261)', async () => {
  const { clock, state, adapter } = await oneAnswer([{ kind: 'busy', status: 502 }, { kind: 'window_closed' }])
  await clock.advance(MINUTE_MS)
  assert.equal(await state(), 'unknown')
  assert.equal(adapter.posts.length, 2)
})

test('duplicate after a broken server: it was our own try', async () => {
  const { clock, state, adapter } = await oneAnswer([{ kind: 'busy', status: 502 }, { kind: 'duplicate' }])
  await clock.advance(MINUTE_MS)
  assert.equal(await state(), 'accepted')
  assert.equal(adapter.posts.length, 2)
})

test('window closed: held, the other parts of the answer are not posted in vain', async () => {
  const { adapter, arrive, answer, states } = createWorld()
  adapter.script.push({ kind: 'accepted' }, { kind: 'window_closed', code: '40034128' })
  const rows = await answer(await arrive('m1'), 'word '.repeat(70))
  assert.equal(rows.length, 4)
  assert.deepEqual(await states(rows), ['accepted', 'held', 'held', 'held'])
  assert.equal(adapter.posts.length, 2)
})

test('window closed where messages of its own accord are granted: goes that way, without a target', async () => {
  const { adapter, arrive, answer, states, facts } = createWorld()
  await facts(ALICE, { proactive: 'granted' })
  adapter.script.push({ kind: 'window_closed' })
  const rows = await answer(await arrive('m1'), 'hello')
  assert.deepEqual(await states(rows), ['accepted'])
  assert.equal(adapter.posts[1]?.reply, undefined)
})

test('window closed after a try without a verdict: unknown, never a second way', async () => {
  const world = createWorld()
  await world.facts(ALICE, { proactive: 'granted' })
  world.adapter.script.push({ kind: 'unknown' }, { kind: 'window_closed', code: '40034005' })
  const rows = await world.answer(await world.arrive('m1'), 'hello')
  await world.clock.advance(HOUR_MS)
  assert.deepEqual(await world.states(rows), ['unknown'])
  assert.equal(world.adapter.posts.length, 2)
  await world.delivery.releaseHeld(await world.arrive('m2'))
  await world.settle()
  assert.equal(world.adapter.posts.length, 2)
})

test('no right to write first: held, the chat marked, delivered with its next message', async () => {
  const { state, clock, adapter, journal, delivery, arrive, settle } = await ownWord([
    { kind: 'no_right', status: 400, code: '40034102' },
  ])
  await clock.advance(HOUR_MS)
  assert.equal(await state(), 'held')
  assert.equal(adapter.posts.length, 1)
  assert.equal((await journal.chatFacts(ALICE))['proactive'], 'refused')
  await delivery.releaseHeld(await arrive('m1'))
  await settle()
  assert.equal(await state(), 'superseded')
  assert.deepEqual(adapter.shown, [
    { chat: ALICE, text: 'hello', form: 'plain', reply: { via: 'msg_id', id: 'm1', seq: 1 } },
  ])
})

test('accepted of its own accord: the right is proven, and what comes too late goes by the word of the platform alone', async () => {
  const { state, journal, delivery, adapter, arrive, settle } = await ownWord([{ kind: 'accepted' }])
  await settle()
  assert.equal(await state(), 'accepted')
  assert.equal((await delivery.unasked(ALICE)).right, 'granted')
  adapter.script.push({ kind: 'window_closed' })
  const rows = await journal.addReplies(await delivery.plan(await arrive('m1'), 'late', 'answer'))
  delivery.enqueue(rows)
  await settle()
  assert.deepEqual(
    (await journal.trace('m1'))?.outbox.map(row => row.state),
    ['held'],
  )
})

test('a limit of a minute: back off and shown; the chat keeps its right', async () => {
  const { state, clock, adapter, journal } = await ownWord([
    { kind: 'quota_spent', soon: true, code: '40034100' },
    { kind: 'quota_spent', soon: true, code: '40034100' },
  ])
  await journal.setChatFacts(ALICE, { proactive: 'granted' })
  await clock.advance(5 * MINUTE_MS)
  assert.equal(await state(), 'accepted')
  assert.equal(adapter.posts.length, 3)
  assert.equal((await journal.chatFacts(ALICE))['proactive'], 'granted')
})

test('a limit that does not pass, and the quota of a day: held; the chat keeps its right', async () => {
  for (const [soon, posts] of [
    [true, 4],
    [false, 1],
  ] as const) {
    const spent = { kind: 'quota_spent', soon, code: soon ? '40034100' : '304045' } as const
    const { state, clock, adapter, journal } = await ownWord([spent, spent, spent, spent, spent])
    await journal.setChatFacts(ALICE, { proactive: 'granted' })
    await clock.advance(HOUR_MS)
    assert.equal(await state(), 'held')
    assert.equal(adapter.posts.length, posts)
    const facts = await journal.chatFacts(ALICE)
    assert.equal(facts['proactive'], 'granted')
    assert.equal(typeof facts['proactive_spent_at_ms'], 'number')
  }
})

test('no right after a try without a verdict: unknown, never a second way', async () => {
  const { state, clock, adapter, delivery, arrive, settle } = await oneAnswer([
    { kind: 'unknown' },
    { kind: 'no_right', code: '40034105' },
  ])
  await clock.advance(MINUTE_MS)
  assert.equal(await state(), 'unknown')
  await delivery.releaseHeld(await arrive('m2'))
  await settle()
  assert.equal(adapter.posts.length, 2)
})

test('chat gone: refused, the chat marked, the rest of the answer not posted', async () => {
  const { adapter, arrive, answer, states, journal, delivery, settle } = createWorld()
  adapter.script.push({ kind: 'chat_gone', code: '40034101' })
  const rows = await answer(await arrive('m1'), 'word '.repeat(50))
  assert.deepEqual(await states(rows), ['refused', 'refused', 'refused'])
  assert.equal(adapter.posts.length, 1)
  assert.equal((await journal.chatFacts(ALICE))['gone'], true)
  await delivery.releaseHeld(await arrive('m2'))
  await settle()
  assert.equal((await journal.chatFacts(ALICE))['gone'], false)
})

test('anything else: refused with status, code and trace id', async () => {
  const { row, id, adapter } = await oneAnswer([
    { kind: 'refused', known: false, status: 400, code: '99', traceId: 't1', message: 'no' },
  ])
  assert.equal((await row(id)).state, 'refused')
  assert.deepEqual((await row(id)).detail, { status: 400, code: '99', traceId: 't1', message: 'no' })
  assert.equal(adapter.posts.length, 1)
})

test('part 3 of 5 fails: parts 1 and 2 are not repeated', async () => {
  const { adapter, arrive, answer, clock, states } = createWorld()
  const busy = { kind: 'busy', status: 500 } as const
  adapter.script.push({ kind: 'accepted' }, { kind: 'accepted' }, busy, busy)
  const rows = await answer(await arrive('m1', { chat: GROUP }), 'word '.repeat(90))
  assert.equal(rows.length, 5)
  await clock.advance(MINUTE_MS)
  assert.deepEqual(new Set(await states(rows)), new Set(['accepted']))
  assert.deepEqual(
    adapter.posts.map(post => post.reply?.seq),
    [1, 2, 3, 3, 3, 4, 5],
  )
})

test('an adapter that throws, or never answers, gave no verdict', async () => {
  const world = createWorld()
  world.adapter.script.push('hang')
  const rows = await world.answer(await world.arrive('m1'), 'hello')
  assert.equal(world.adapter.signals[0]?.aborted, false)
  await world.clock.advance(3 * MINUTE_MS)
  assert.equal(world.adapter.signals[0]?.aborted, true, 'its socket need not stay open')
  assert.deepEqual(await world.states(rows), ['accepted'])
  assert.deepEqual(
    world.adapter.posts.map(post => post.reply?.seq),
    [1, 1],
  )
  const broken = createWorld({
    deps: {
      adapterFor: () => ({
        ...world.adapter,
        send: () => {
          throw new Error('bug')
        },
      }),
    },
  })
  const own = await broken.say(ALICE, 'x')
  assert.deepEqual(await broken.states([own]), ['unknown'])
})

test('no adapter: not sent, until there is one', async () => {
  let ready = false
  const world = createWorld()
  const late = createWorld({
    ...world,
    deps: { adapterFor: () => (ready ? world.adapter : undefined) },
  })
  const rows = await late.answer(await late.arrive('m1'), 'hello')
  assert.deepEqual(await late.states(rows), ['pending'])
  ready = true
  await late.clock.advance(MINUTE_MS)
  assert.deepEqual(await late.states(rows), ['accepted'])
})
