import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordsFor } from '../../../src/delivery/text/texts.ts'
import { ALICE, chatOf, createWorld, GROUP, HOUR_MS, MINUTE_MS, outboxOf } from '../world.ts'

const en = wordsFor('en', '')
const words = (count: number): string => Array.from({ length: count }, (_, at) => `word${at}`).join(' ')
const spoken = (texts: readonly string[]): string => texts.join(' ').replaceAll(/\s+/g, ' ')

test('an answer of twelve parts: four posts, the last says the rest is kept, and it comes with the next message', async () => {
  const { adapter, arrive, answer, delivery, settle } = createWorld()
  const text = words(150)
  await answer(await arrive('m1'), text)
  assert.equal(adapter.posts.length, 4)
  assert.equal(adapter.shown[3]?.text, en.restIsKept)

  const said = adapter.shown.slice(0, 3).map(one => one.text)
  for (let next = 2, more = true; more; next++) {
    const before = adapter.shown.length
    const message = await arrive(`m${next}`)
    await delivery.releaseHeld(message)
    await settle()
    const released = adapter.shown.slice(before)
    assert.ok(released.length > 0 && released.length <= 3, 'one place is left for the answer')
    for (const one of released) assert.equal(one.reply?.id, message.id)
    said.push(...released.map(one => one.text.replace(en.moreIsKept, '')))
    await answer(message, `answer ${next}`)
    assert.equal(adapter.shown.at(-1)?.text, `answer ${next}`)
    more = released.at(-1)?.text.endsWith(en.moreIsKept) ?? false
  }
  assert.equal(spoken(said).trim(), text)
})

test('a group has five places', async () => {
  const { adapter, arrive, answer } = createWorld()
  await answer(await arrive('m1', { chat: GROUP }), words(150))
  assert.equal(adapter.posts.length, 5)
  assert.equal(adapter.shown[4]?.text, en.restIsKept)
})

test('where messages of its own accord are granted the rest goes so, and nothing is held', async () => {
  const { adapter, arrive, answer, facts } = createWorld()
  await facts(ALICE, { proactive: 'granted' })
  const rows = await answer(await arrive('m1'), words(150))
  assert.ok(rows.every(row => row.state === 'pending'))
  assert.equal(spoken(adapter.shown.map(one => one.text)), words(150))
  assert.equal(adapter.shown.filter(one => one.reply).length, 4)
})

for (const [kind, afterMs] of [
  ['group', 6 * MINUTE_MS],
  ['c2c', 61 * MINUTE_MS],
] as const) {
  test(`a late answer (${kind}): no post with the dead id, held for the next message`, async () => {
    const { adapter, arrive, answer, clock, delivery, settle, states, facts } = createWorld()
    const chat = chatOf(kind, 'x')
    const message = await arrive('m1', { chat })
    await clock.advance(afterMs)
    const rows = await answer(message, 'late')
    assert.deepEqual(await states(rows), ['held'])
    assert.equal(adapter.posts.length, 0)
    await delivery.releaseHeld(await arrive('m2', { chat }))
    await settle()
    assert.deepEqual(
      adapter.shown.map(one => [one.text, one.reply?.id]),
      [['late', 'm2']],
    )

    await facts(chat, { proactive: 'granted' })
    const third = await arrive('m3', { chat })
    await clock.advance(afterMs)
    await answer(third, 'later')
    assert.deepEqual(adapter.shown[1], { chat, text: 'later', form: 'plain' })
  })
}

test('the window is that of the message, not of the plan', async () => {
  const { arrive, answer, clock, states } = createWorld()
  const message = await arrive('m1', { chat: GROUP })
  await clock.advance(4 * MINUTE_MS)
  const [row] = await answer(message, 'x')
  assert.ok(row)
  assert.equal(row.reply?.untilMs, clock.nowMs() + MINUTE_MS)
  assert.deepEqual(await states([row]), ['accepted'])
})

test('several held rows are joined in order, in one commit', async () => {
  const { adapter, arrive, answer, clock, delivery, settle, journal } = createWorld()
  for (const id of ['m1', 'm2', 'm3']) {
    const message = await arrive(id)
    await clock.advance(61 * MINUTE_MS)
    await answer(message, `late ${id}`)
  }
  await delivery.releaseHeld(await arrive('m4'))
  await settle()
  assert.deepEqual(
    adapter.shown.map(one => one.text),
    ['late m1\n\nlate m2\n\nlate m3'],
  )
  assert.deepEqual(
    (await outboxOf(journal, ALICE)).map(row => row.state),
    ['superseded', 'superseded', 'superseded', 'accepted'],
  )
})

test('held text goes before the answer, though the answer is ready at once', async () => {
  const { adapter, arrive, clock, delivery, settle, journal, answer } = createWorld()
  const first = await arrive('m1')
  await clock.advance(61 * MINUTE_MS)
  await answer(first, 'held')
  const message = await arrive('m2')
  const release = delivery.releaseHeld(message)
  const planned = await delivery.plan(message, 'answer', 'answer')
  delivery.enqueue(await journal.endTurn('qqbot', ['m2'], 'answered', null, planned))
  await release
  await settle()
  assert.deepEqual(
    adapter.shown.map(one => [one.text, one.reply?.seq]),
    [
      ['held', 1],
      ['answer', 2],
    ],
  )
})

test('two messages at once release what is held once', async () => {
  const { adapter, arrive, clock, delivery, settle, answer } = createWorld()
  const first = await arrive('m1')
  await clock.advance(61 * MINUTE_MS)
  await answer(first, 'held')
  const messages = [await arrive('m2'), await arrive('m3')]
  await Promise.all(messages.map(message => delivery.releaseHeld(message)))
  await settle()
  assert.deepEqual(
    adapter.shown.map(one => one.text),
    ['held'],
  )
})

test('a released reply that is refused the window is held again, not lost', async () => {
  const { adapter, arrive, clock, delivery, settle, answer, journal } = createWorld()
  const first = await arrive('m1')
  await clock.advance(61 * MINUTE_MS)
  await answer(first, 'held')
  adapter.script.push({ kind: 'window_closed' })
  await delivery.releaseHeld(await arrive('m2'))
  await settle()
  assert.equal((await journal.repliesOf(ALICE, 'held'))[0]?.text, 'held')
  await delivery.releaseHeld(await arrive('m3'))
  await settle()
  assert.equal(adapter.shown.at(-1)?.text, 'held')
})

test('a message of its own accord without a verdict is offered once when the chat speaks', async () => {
  const { adapter, arrive, say, delivery, settle, answer, journal } = createWorld()
  adapter.script.push({ kind: 'unknown' })
  await say(ALICE, `The report is ready. ${words(20)}`)
  const message = await arrive('m1')
  await delivery.releaseHeld(message)
  await answer(message, 'hello')
  assert.deepEqual(
    adapter.shown.map(one => one.text),
    [en.mayBeMissing('The report is ready. word0 word1 word2 w…'), 'hello'],
  )
  await delivery.releaseHeld(await arrive('m2'))
  await settle()
  assert.equal(adapter.shown.length, 2)
  assert.equal((await journal.repliesOf(ALICE, 'unknown')).length, 1, 'it stays listed')
})

test('ten parallel plans for one message: ten different seqs, none 0, none reused', async () => {
  const { arrive, delivery, journal, adapter, settle } = createWorld()
  const message = await arrive('m1', { chat: chatOf('channel', 'c1') })
  const plans = await Promise.all(Array.from({ length: 10 }, (_, at) => delivery.plan(message, `part ${at}`, 'answer')))
  const seqs = plans.flat().map(reply => reply.reply?.seq)
  assert.deepEqual(seqs.toSorted(), [1, 10, 2, 3, 4, 5, 6, 7, 8, 9])
  delivery.enqueue(await journal.addReplies(plans.flat()))
  await settle()
  assert.equal(new Set(adapter.posts.map(post => post.reply?.seq)).size, 10)
})

test('parallel plans share the places of a message', async () => {
  const { arrive, delivery } = createWorld()
  const message = await arrive('m1')
  const plans = (await Promise.all(Array.from({ length: 10 }, () => delivery.plan(message, 'x', 'answer')))).flat()
  assert.deepEqual(
    plans.map(reply => reply.reply?.seq ?? reply.state),
    [1, 2, 3, 4, 'held', 'held', 'held', 'held', 'held', 'held'],
  )
})

test('an answer to A after B arrived carries the id of A', async () => {
  const { arrive, answer, adapter } = createWorld()
  const a = await arrive('a')
  const b = await arrive('b')
  await answer(b, 'to b')
  await answer(a, 'to a')
  assert.deepEqual(
    adapter.shown.map(one => [one.text, one.reply?.id]),
    [
      ['to b', 'b'],
      ['to a', 'a'],
    ],
  )
})

test('a blank answer is no reply', async () => {
  const { arrive, delivery } = createWorld()
  assert.deepEqual(await delivery.plan(await arrive('m1'), ' \n', 'answer'), [])
})

test('the words of notices follow the language of the answer', async () => {
  const { arrive, adapter, answer } = createWorld({ deps: { language: 'auto' } })
  await answer(await arrive('m1'), '很长的回答。'.repeat(200))
  assert.equal(adapter.shown.at(-1)?.text, wordsFor('zh', '').restIsKept)
  await answer(await arrive('m2'), words(300))
  assert.equal(adapter.shown.at(-1)?.text, en.restIsKept)
})

test('one chat in order, chats side by side', async () => {
  const { arrive, answer, adapter, settle, delivery } = createWorld()
  adapter.script.push('hang')
  await answer(await arrive('m1'), 'one')
  await answer(await arrive('m2'), 'two')
  await answer(await arrive('b1', { chat: chatOf('c2c', 'bob') }), 'for bob')
  assert.deepEqual(
    adapter.posts.map(post => post.text),
    ['one', 'for bob'],
  )
  assert.equal(delivery.inFlight, 1)
  adapter.answer({ kind: 'accepted' })
  await settle()
  assert.deepEqual(
    adapter.posts.map(post => post.text),
    ['one', 'for bob', 'two'],
  )
  assert.equal(delivery.inFlight, 0)
})

test('nothing is armed when all is said', async () => {
  const { arrive, answer, clock, adapter } = createWorld()
  adapter.script.push({ kind: 'unknown' }, { kind: 'busy' })
  await answer(await arrive('m1'), words(150))
  await clock.advance(HOUR_MS)
  assert.equal(clock.armed, 0)
})

test('a notice that was held comes as a notice; together with an answer it is a part of one', async () => {
  const { arrive, answer, clock, delivery, journal, settle } = createWorld()
  const holdNotice = async (id: string): Promise<void> => {
    const message = await arrive(id)
    await clock.advance(61 * MINUTE_MS)
    const rows = await journal.addReplies(await delivery.plan(message, `(a word about ${id})`, 'notice'))
    assert.deepEqual(
      rows.map(({ state, purpose }) => [state, purpose]),
      [['held', 'notice']],
    )
  }
  const shown = async () =>
    (await outboxOf(journal, ALICE)).filter(row => row.state === 'accepted').map(({ purpose, text }) => [purpose, text])

  await holdNotice('m1')
  await delivery.releaseHeld(await arrive('m2'))
  await settle()
  assert.deepEqual(await shown(), [['notice', '(a word about m1)']])

  await holdNotice('m3')
  const late = await arrive('m4')
  await clock.advance(61 * MINUTE_MS)
  await answer(late, 'late')
  await delivery.releaseHeld(await arrive('m5'))
  await settle()
  assert.deepEqual((await shown()).at(-1), ['answer', '(a word about m3)\n\nlate'])
})
