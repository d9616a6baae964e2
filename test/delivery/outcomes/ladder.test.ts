import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disarmLinks } from '../../../src/delivery/text/markdown.ts'
import { wordsFor } from '../../../src/delivery/text/texts.ts'
import { ALICE, createWorld, oneAnswer, outboxOf } from '../world.ts'

const en = wordsFor('en', '')

test('Markdown refused: plain under a new seq, and remembered for the account', async () => {
  const { state, adapter, arrive, answer, seqs } = await oneAnswer(
    [{ kind: 'form_refused', part: 'markdown', code: '40034012' }],
    '**bold**',
  )
  assert.equal(await state(), 'accepted')
  assert.deepEqual(
    adapter.posts.map(post => post.form),
    ['markdown', 'plain'],
  )
  assert.deepEqual(seqs(), [1, 2])
  await answer(await arrive('m2'), '**again**')
  assert.equal(adapter.posts[2]?.form, 'plain')
})

test('Markdown refused for the first part: the parts behind it go plain at once', async () => {
  const { adapter, arrive, answer, states } = createWorld()
  adapter.script.push({ kind: 'form_refused', part: 'markdown' })
  const rows = await answer(await arrive('m1'), `**bold**\n\n${'word '.repeat(50)}`)
  assert.equal(rows.length, 3)
  assert.deepEqual(await states(rows), ['accepted', 'accepted', 'accepted'])
  assert.deepEqual(
    adapter.posts.map(post => post.form),
    ['markdown', 'plain', 'plain', 'plain'],
  )
  const shown = adapter.shown.map(one => one.reply?.seq)
  assert.equal(new Set(shown).size, shown.length)
})

test('a link refused: disarmed, not retried blindly', async () => {
  const { state, adapter } = await oneAnswer(
    [{ kind: 'form_refused', part: 'link', code: '304003' }],
    'run 1.sh from https://a.example',
  )
  assert.equal(await state(), 'accepted')
  assert.deepEqual(
    adapter.posts.map(post => [post.form, post.text]),
    [
      ['plain', 'run 1.sh from https://a.example'],
      ['disarmed', 'run 1[.]sh from a[.]example'],
    ],
  )
})

test('a link refused again: a notice with the code', async () => {
  const refusal = { kind: 'form_refused', part: 'link', code: '304003' } as const
  const { state, adapter, journal } = await oneAnswer([refusal, refusal], 'run 1.sh')
  assert.equal(await state(), 'refused')
  assert.deepEqual(
    adapter.shown.map(one => one.text),
    [en.formRefused('304003')],
  )
  assert.deepEqual(
    (await outboxOf(journal, ALICE)).map(row => row.purpose),
    ['answer', 'notice'],
  )
})

test('a notice that is refused is not followed by another', async () => {
  const world = createWorld()
  world.adapter.script.push({ kind: 'content_refused' })
  const message = await world.arrive('m1')
  const planned = await world.delivery.plan(message, 'The agent failed.', 'notice')
  world.delivery.enqueue(await world.journal.endTurn('qqbot', ['m1'], 'dead: agent', 'i1', planned))
  await world.settle()
  assert.deepEqual(
    (await outboxOf(world.journal, ALICE)).map(row => row.state),
    ['refused'],
  )
})

test('nor is one that tells of a refusal', async () => {
  const refusal = { kind: 'form_refused', part: 'keyboard', code: '1' } as const
  const { adapter } = await oneAnswer([refusal, refusal])
  assert.equal(adapter.posts.length, 2)
})

test('too long: halved once, the halves in order', async () => {
  const text = 'one two three four five six seven eight'
  const { adapter, journal } = await oneAnswer([{ kind: 'form_refused', part: 'length' }], text)
  assert.equal(adapter.shown.map(one => one.text).join(' '), text)
  assert.deepEqual(
    (await outboxOf(journal, ALICE)).map(row => [row.state, row.posts]),
    [
      ['superseded', 0],
      ['accepted', 2],
      ['accepted', 2],
    ],
  )
})

test('too long even when halved: a notice', async () => {
  const refusal = { kind: 'form_refused', part: 'length', code: '40054007' } as const
  const { adapter } = await oneAnswer([refusal, refusal], 'one two three four five six')
  assert.deepEqual(
    adapter.shown.map(one => one.text),
    [en.formRefused('40054007'), 'four five six'],
  )
})

test('no place for the second half: it is held', async () => {
  const { adapter, arrive, answer, journal, delivery } = createWorld()
  const message = await arrive('m1')
  for (let at = 0; at < 3; at++) await journal.addReplies(await delivery.plan(message, 'x', 'notice'))
  adapter.script.push({ kind: 'form_refused', part: 'length' })
  await answer(message, 'one two three four five six')
  const rows = await outboxOf(journal, ALICE)
  assert.deepEqual(
    rows.slice(3).map(row => row.state),
    ['superseded', 'accepted', 'held'],
  )
})

test('content refused: refused, a short notice once, the other parts go on', async () => {
  const { adapter, arrive, answer, states } = createWorld()
  adapter.script.push({ kind: 'accepted' }, { kind: 'content_refused', code: '40034006' })
  const rows = await answer(await arrive('m1'), 'word '.repeat(50))
  assert.deepEqual(await states(rows), ['accepted', 'refused', 'accepted'])
  assert.equal(adapter.shown.length, 3)
  assert.equal(adapter.shown[1]?.text, en.contentRefused)
  const again = createWorld()
  again.adapter.script.push({ kind: 'content_refused' }, { kind: 'accepted' }, { kind: 'content_refused' })
  await again.answer(await again.arrive('m1'), 'word '.repeat(50))
  assert.equal(again.adapter.shown.filter(one => one.text === en.contentRefused).length, 1)
})

test('disarmed links keep everything that is none', () => {
  assert.equal(disarmLinks('v3.14 costs 2.50. End.Next e.g. x'), 'v3.14 costs 2.50. End[.]Next e.g. x')
  assert.equal(disarmLinks('see http://a.b.example/c.html?d=1'), 'see a.b[.]example/c[.]html?d=1')
  assert.equal(disarmLinks('访问 例子.中国 吧'), '访问 例子[.]中国 吧')
})
