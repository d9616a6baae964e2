import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { JournalUnwritableError } from '../../../src/lib/errors.ts'
import { createVirtualClock } from '../../../src/lib/virtual-clock.ts'
import {
  ALICE,
  createWorld,
  HOUR_MS,
  MINUTE_MS,
  outboxOf,
  ownAccord,
  type Scripted,
  scriptedAdapter,
  testLinks,
  type World,
} from '../world.ts'

function journalFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-delivery-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'journal.sqlite')
}

/** Processes that die and start again on what is on disk, in front of one platform. */
function lives(t: TestContext) {
  const path = journalFile(t)
  const clock = createVirtualClock()
  const adapter = scriptedAdapter(clock)
  let now: World | undefined
  let life = 0
  t.after(() => now?.journal.close())
  return {
    clock,
    adapter,
    async start(): Promise<World> {
      // A dead process writes nothing any more; closing its file is as much as a test can do to it.
      await now?.journal.close()
      const own = ++life
      // Nor does it post, whatever its timers do.
      const adapterFor = () => (life === own ? adapter : undefined)
      now = createWorld({ path, clock, adapter, links: testLinks(), deps: { adapterFor } })
      return now
    },
  }
}

test('dead after the commit, before the post: sent once', async t => {
  const { adapter, start } = lives(t)
  const first = await start()
  const message = await first.arrive('m1')
  const planned = await first.delivery.plan(message, 'hello', 'answer')
  await first.journal.endTurn('qqbot', ['m1'], 'answered', null, planned)

  const second = await start()
  await second.delivery.recover('qqbot')
  await second.settle()
  assert.equal(adapter.shown.length, 1)
  assert.deepEqual(
    (await outboxOf(second.journal, ALICE)).map(row => row.state),
    ['accepted'],
  )
})

test('dead after the post, before the outcome: the repeat is recognised, the user sees one copy', async t => {
  const { adapter, start } = lives(t)
  const first = await start()
  adapter.script.push('hang')
  const message = await first.arrive('m1')
  await first.answer(message, 'hello')
  // It was shown; the answer to it dies with the process.
  adapter.shown.push({ chat: ALICE, text: 'hello', form: 'plain', reply: { via: 'msg_id', id: 'm1', seq: 1 } })

  const second = await start()
  adapter.script.push({ kind: 'duplicate', code: '40054005' })
  await second.delivery.recover('qqbot')
  await second.settle()
  const [row] = await outboxOf(second.journal, ALICE)
  assert.equal(row?.state, 'accepted')
  assert.equal(row?.posts, 2, 'the post that nobody saw the end of counts')
  assert.equal(adapter.shown.length, 1)
  assert.deepEqual(
    adapter.posts.map(post => post.reply?.seq),
    [1, 1],
  )
})

test('dead while a message without a key was posted: unknown, not posted again', async t => {
  const { adapter, start, clock } = lives(t)
  const first = await start()
  adapter.script.push('hang')
  await first.say(ALICE, 'hello')
  const second = await start()
  await second.delivery.recover('qqbot')
  await second.settle()
  await clock.advance(48 * HOUR_MS)
  assert.equal(adapter.posts.length, 1)
  assert.deepEqual(
    (await outboxOf(second.journal, ALICE)).map(row => [row.state, row.inDoubt]),
    [['unknown', true]],
  )
})

test('dead before a message without a key was tried: sent once', async t => {
  const { adapter, start } = lives(t)
  const first = await start()
  await first.journal.addReplies([ownAccord(ALICE, 'hello')])
  const second = await start()
  await second.delivery.recover('qqbot')
  await second.settle()
  assert.equal(adapter.shown.length, 1)
})

test('the window closed while the process was dead: unknown, for it may have been shown', async t => {
  const { adapter, start, clock } = lives(t)
  const first = await start()
  adapter.script.push('hang')
  await first.answer(await first.arrive('m1'), 'hello')
  const second = await start()
  await clock.advance(2 * HOUR_MS)
  await second.delivery.recover('qqbot')
  await second.settle()
  assert.equal(adapter.posts.length, 1)
  assert.deepEqual(
    (await outboxOf(second.journal, ALICE)).map(row => row.state),
    ['unknown'],
  )
})

test('never tried before a stop in good order: held after its window, not unknown', async t => {
  const { adapter, start, clock } = lives(t)
  const first = await start()
  first.links.set(false)
  await first.answer(await first.arrive('m1'), 'hello')
  await first.delivery.stop(new AbortController().signal)

  const second = await start()
  second.links.set(false)
  await second.delivery.recover('qqbot')
  await clock.advance(MINUTE_MS)
  await second.delivery.stop(new AbortController().signal)

  const third = await start()
  await clock.advance(2 * HOUR_MS)
  await third.delivery.recover('qqbot')
  await third.settle()
  assert.equal(adapter.posts.length, 0)
  await third.delivery.releaseHeld(await third.arrive('m2'))
  await third.settle()
  assert.deepEqual(
    adapter.shown.map(one => [one.text, one.reply?.id]),
    [['hello', 'm2']],
  )
})

for (const [how, ends] of [
  ['stops in good order', ['unknown', 'held']],
  ['dies', ['unknown', 'unknown']],
] as const) {
  test(`one under way at the stop, one never tried, and then a process that ${how}: ${ends.join(', ')}`, async t => {
    const { adapter, start, clock } = lives(t)
    const first = await start()
    adapter.script.push('hang')
    await first.answer(await first.arrive('m1'), 'one')
    await first.answer(await first.arrive('m2'), 'two')
    await first.delivery.stop(AbortSignal.abort())

    const second = await start()
    second.links.set(false)
    await second.delivery.recover('qqbot')
    if (how !== 'dies') await second.delivery.stop(new AbortController().signal)

    const third = await start()
    await clock.advance(2 * HOUR_MS)
    await third.delivery.recover('qqbot')
    await third.settle()
    assert.deepEqual(
      (await outboxOf(third.journal, ALICE)).map(row => row.state),
      ends,
    )
    assert.equal(adapter.posts.length, 1)
  })
}

test('dead between a changed body and its post: the new body goes out once, under its new seq', async t => {
  const { adapter, start } = lives(t)
  const first = await start()
  adapter.script.push({ kind: 'form_refused', part: 'markdown' }, 'hang')
  await first.answer(await first.arrive('m1'), '**bold**')
  const second = await start()
  await second.delivery.recover('qqbot')
  await second.settle()
  assert.deepEqual(
    adapter.posts.map(post => [post.form, post.reply?.seq]),
    [
      ['markdown', 1],
      ['plain', 2],
      ['plain', 2],
    ],
  )
})

test('a process that dies at every try does not post for ever', async t => {
  const { adapter, start } = lives(t)
  adapter.script.push(...Array.from({ length: 30 }, (): Scripted => 'hang'))
  const first = await start()
  await first.answer(await first.arrive('m1'), 'hello')
  for (let life = 0; life < 15; life++) {
    const next = await start()
    await next.delivery.recover('qqbot')
    await next.settle()
  }
  assert.ok(adapter.posts.length <= 8, `${adapter.posts.length} posts`)
  const last = await start()
  assert.equal((await outboxOf(last.journal, ALICE))[0]?.state, 'unknown')
})

test('seqs go on where the dead process stopped, also those of rows that lost their place', async t => {
  const { adapter, start } = lives(t)
  const first = await start()
  const message = await first.arrive('m1')
  adapter.script.push({ kind: 'form_refused', part: 'markdown' }, { kind: 'window_closed' })
  await first.answer(message, '**bold**')
  const second = await start()
  const [next] = await second.delivery.plan(message, 'more', 'answer')
  assert.equal(next?.reply?.seq, 3)
})

test('Markdown that was refused stays refused after a restart, and is tried again a week later', async t => {
  const { adapter, start, clock } = lives(t)
  const first = await start()
  adapter.script.push({ kind: 'form_refused', part: 'markdown' })
  await first.answer(await first.arrive('m1'), '**bold**')
  const second = await start()
  await second.answer(await second.arrive('m2'), '**bold**')
  assert.equal(adapter.shown.at(-1)?.form, 'plain')
  await clock.advance(8 * 24 * HOUR_MS)
  await second.answer(await second.arrive('m3'), '**bold**')
  assert.equal(adapter.shown.at(-1)?.form, 'markdown')
})

test('recover in a running process takes up what a person moved, and nothing twice', async t => {
  const { adapter, start, clock } = lives(t)
  const world = await start()
  await world.delivery.recover('qqbot')
  adapter.script.push({ kind: 'refused', known: true, code: '1' })
  const [row] = await world.answer(await world.arrive('m1'), 'hello')
  assert.ok(row)
  adapter.script.push('hang')
  await world.answer(await world.arrive('m2'), 'busy')
  assert.equal(await world.journal.moveDead(`out:${row.id}`, 'retry'), true)
  await Promise.all([world.delivery.recover('qqbot'), world.delivery.recover('qqbot')])
  adapter.answer({ kind: 'accepted' })
  await world.settle()
  await clock.advance(MINUTE_MS)
  assert.deepEqual(
    adapter.posts.map(post => post.text),
    ['hello', 'busy', 'hello'],
  )
  assert.equal((await world.row(row.id)).state, 'accepted')
})

test('a bug between a post without a key and its outcome: it is listed, and a recover posts nothing', async t => {
  const { adapter, start, clock } = lives(t)
  const { journal } = await start()
  let bugs = 1
  const world = createWorld({
    clock,
    adapter,
    journal: {
      ...journal,
      updateReply: (id, patch) =>
        patch.state === 'accepted' && bugs-- > 0 ? Promise.reject(new Error('bug')) : journal.updateReply(id, patch),
    },
  })
  await world.delivery.recover('qqbot')
  const row = await world.say(ALICE, 'one')
  const next = await world.say(ALICE, 'two')
  await clock.advance(2_000)
  assert.deepEqual(await world.states([row, next]), ['unknown', 'accepted'])
  await world.delivery.recover('qqbot')
  await world.settle()
  assert.equal(adapter.posts.length, 2)
})

test('what a person moves back is tried, however old it is', async t => {
  const { adapter, start, clock } = lives(t)
  const world = await start()
  await world.delivery.recover('qqbot')
  world.links.set(false)
  const row = await world.say(ALICE, 'hello')
  await clock.advance(25 * HOUR_MS)
  assert.equal((await world.row(row.id)).state, 'expired')
  world.links.set(true)
  assert.equal(await world.journal.moveDead(`out:${row.id}`, 'retry'), true)
  await world.delivery.recover('qqbot')
  await world.settle()
  assert.equal((await world.row(row.id)).state, 'accepted')
  assert.equal(adapter.shown.length, 1)
})

test('the disk cannot be read while a changed body needs its seq: the reply waits for it', async t => {
  const { adapter, start, clock } = lives(t)
  const first = await start()
  await first.journal.endTurn(
    'qqbot',
    ['m1'],
    'answered',
    null,
    await first.delivery.plan(await first.arrive('m1'), '**bold**', 'answer'),
  )
  const second = await start()
  let refusals = 2
  const { journal } = second
  const third = createWorld({
    clock,
    adapter,
    journal: {
      ...journal,
      replyUse: (...target) =>
        refusals-- > 0 ? Promise.reject(new JournalUnwritableError('locked')) : journal.replyUse(...target),
    },
  })
  adapter.script.push({ kind: 'form_refused', part: 'markdown' })
  await third.delivery.recover('qqbot')
  await clock.advance(MINUTE_MS)
  assert.deepEqual(
    adapter.posts.map(post => [post.form, post.reply?.seq]),
    [
      ['markdown', 1],
      ['plain', 2],
    ],
  )
  assert.ok(refusals < 0)
})

test('the disk refuses an outcome: it waits in memory, and nothing is posted again for it', async t => {
  const path = journalFile(t)
  const world = createWorld({ path })
  t.after(() => world.journal.close())
  const message = await world.arrive('m1')
  const others = [await world.arrive('m2')]
  const rows = await world.journal.endTurn('qqbot', ['m1'], 'answered', null, [
    ...(await world.delivery.plan(message, 'one', 'answer')),
    ...(await world.delivery.plan(message, 'two', 'answer')),
  ])
  world.adapter.script.push('hang')
  world.delivery.enqueue(rows)

  const thief = new DatabaseSync(path)
  thief.exec('BEGIN IMMEDIATE')
  world.adapter.answer({ kind: 'accepted', platformId: 'px' })
  await world.settle()
  await world.clock.advance(3000)
  assert.equal(world.adapter.posts.length, 1, 'the chat does not go on before its outcome is on disk')
  assert.deepEqual(await world.states(rows.slice(0, 1)), ['pending'])
  thief.exec('COMMIT')
  thief.close()
  await world.clock.advance(30_000)
  await world.settle()
  const [first] = await outboxOf(world.journal, ALICE)
  assert.deepEqual([first?.state, first?.platformId, first?.posts], ['accepted', 'px', 1])
  assert.deepEqual(
    world.adapter.posts.map(post => post.text),
    ['one', 'two'],
  )
  assert.equal(others.length, 1)
})

test('the disk refuses while held text is to be released: it stays held, its places are free again', async t => {
  const path = journalFile(t)
  const world = createWorld({ path })
  t.after(() => world.journal.close())
  const first = await world.arrive('m1')
  await world.clock.advance(61 * MINUTE_MS)
  await world.answer(first, 'held')
  const message = await world.arrive('m2')
  const thief = new DatabaseSync(path)
  thief.exec('BEGIN IMMEDIATE')
  await world.delivery.releaseHeld(message)
  thief.exec('COMMIT')
  thief.close()
  await world.settle()
  assert.equal(world.adapter.posts.length, 0)
  await world.delivery.releaseHeld(message)
  await world.settle()
  assert.deepEqual(
    world.adapter.shown.map(one => one.text),
    ['held'],
  )
  assert.equal((await world.delivery.plan(message, 'x', 'answer'))[0]?.state, 'pending')
})
