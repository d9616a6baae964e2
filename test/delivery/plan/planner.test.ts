import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planHeld, planReply, type ReplyBudget } from '../../../src/delivery/plan/planner.ts'
import { wordsFor } from '../../../src/delivery/text/texts.ts'

const en = wordsFor('en', '')
const limits = { textLimit: 20, markdown: true }
const budget = (changes: Partial<ReplyBudget> = {}): ReplyBudget => ({
  placesLeft: 4,
  nextSeq: 1,
  untilMs: 1000,
  nowMs: 0,
  proactive: false,
  ...changes,
})
const words = (count: number): string => Array.from({ length: count }, (_, at) => `word${at}`).join(' ')
const plan = (text: string, changes: Partial<ReplyBudget> = {}) =>
  planReply(text, 'answer', budget(changes), limits, en)

test('a text that fits is one post in the next place', () => {
  assert.deepEqual(plan('hello', { nextSeq: 3 }), {
    posts: [{ text: 'hello', form: 'plain', purpose: 'answer', seq: 3 }],
  })
})

test('a blank text is nothing at all', () => {
  for (const text of ['', '  \n', '\u200b']) assert.deepEqual(plan(text), { posts: [] })
})

test('when the pieces fit all go, also into the last place', () => {
  const { posts, heldText } = plan(words(12))
  assert.equal(posts.length, 4)
  assert.equal(heldText, undefined)
  assert.deepEqual(
    posts.map(post => post.seq),
    [1, 2, 3, 4],
  )
  assert.equal(posts.map(post => post.text).join(' '), words(12))
})

test('when they do not, the last place says that the rest is kept, and the rest is whole', () => {
  const { posts, heldText } = plan(words(30))
  assert.equal(posts.length, 4)
  assert.deepEqual(posts[3], { text: en.restIsKept, form: 'plain', purpose: 'notice', seq: 4 })
  const sent = posts.slice(0, 3).map(post => post.text)
  assert.equal([...sent, heldText].join(' '), words(30))
})

test('one place is enough for an honest notice', () => {
  const { posts, heldText } = plan(words(30), { placesLeft: 1, nextSeq: 4 })
  assert.deepEqual(
    posts.map(post => [post.purpose, post.seq]),
    [['notice', 4]],
  )
  assert.equal(heldText, words(30))
})

test('no place or no window: everything is held', () => {
  for (const changes of [{ placesLeft: 0 }, { placesLeft: -1 }, { nowMs: 1000 }, { nowMs: 5000 }]) {
    assert.deepEqual(plan('hello', changes), { posts: [], heldText: 'hello' })
  }
})

test('where messages of its own accord are granted nothing is held', () => {
  const { posts, heldText } = plan(words(30), { proactive: true, placesLeft: 2 })
  assert.equal(heldText, undefined)
  assert.deepEqual(
    posts.slice(0, 4).map(post => post.seq),
    [1, 2, null, null],
  )
  assert.equal(posts.map(post => post.text).join(' '), words(30))
  assert.deepEqual(
    plan('late', { nowMs: 2000, proactive: true }).posts.map(post => post.seq),
    [null],
  )
})

test('pieces grow fuller when that saves a place', () => {
  // By paragraphs it takes five, filled up it takes four.
  const text = Array.from({ length: 5 }, () => 'aaaa bbbb cc').join('\n\n')
  const { posts, heldText } = planReply(text, 'answer', budget(), { textLimit: 19, markdown: false }, en)
  assert.equal(heldText, undefined)
  assert.equal(posts.length, 4)
})

test('Markdown is used only where there is some, and only where the bot may', () => {
  const form = (text: string, markdown = true) =>
    planReply(text, 'answer', budget(), { textLimit: 500, markdown }, en).posts[0]?.form
  for (const text of [
    '**b**',
    '# h',
    'a `code` b',
    '```\nx\n```',
    '[a](https://b.c)',
    '- a\n- b',
    '> q',
    '| a | b |\n|--|--|',
    '~~x~~',
  ]) {
    assert.equal(form(text), 'markdown', text)
    assert.equal(form(text, false), 'plain', text)
  }
  for (const text of [
    'hello',
    '1. first',
    '2 * 3 * 4',
    'a_b_c',
    '- one dash',
    'echo: hi',
    'a | b',
    '#tag',
    '5 > 3',
    '你好。',
  ]) {
    assert.equal(form(text), 'plain', text)
  }
})

test('broken surrogates never leave the planner', () => {
  const { posts } = plan('a\ud800b')
  assert.ok(posts[0]?.text.isWellFormed())
})

test('a text of which people see the beginning keeps its only place, and says itself that more is kept', () => {
  const wide = { textLimit: 80, markdown: false }
  const { posts, heldText } = planReply(words(40), 'answer', budget({ placesLeft: 1 }), wide, en, true)
  const [only, ...others] = posts
  assert.ok(only && others.length === 0)
  assert.deepEqual([only.purpose, only.seq], ['answer', budget({}).nextSeq])
  assert.ok([...only.text].length <= 80 && only.text.endsWith(en.moreIsKept))
  assert.equal(`${only.text.replace(`\n\n${en.moreIsKept}`, '')} ${heldText}`, words(40))
  const short = planReply('word', 'answer', budget({ placesLeft: 1 }), wide, en, true)
  assert.deepEqual([short.posts.length, short.heldText], [1, undefined])
})

test('held texts go first in a new budget and leave one place for its answer', () => {
  const { posts, heldText } = planHeld(['one', 'two'], budget({ nextSeq: 1 }), limits, en)
  assert.deepEqual(
    posts.map(post => [post.text, post.seq]),
    [['one\n\ntwo', 1]],
  )
  assert.equal(heldText, undefined)
})

test('what finds no place stays held as one text, and the last piece says so', () => {
  const wide = { textLimit: 80, markdown: false }
  const { posts, heldText } = planHeld([words(40), words(40)], budget(), wide, en)
  assert.equal(posts.length, 3)
  assert.ok(posts[2]?.text.endsWith(en.moreIsKept))
  for (const post of posts) assert.ok([...post.text].length <= 80)
  const sent = posts.map(post => post.text.replace(`\n\n${en.moreIsKept}`, ''))
  assert.equal([...sent, heldText].join(' ').replaceAll(/\s+/g, ' '), `${words(40)} ${words(40)}`)
})

test('a piece that is held again loses the words that more follows', () => {
  const { posts } = planHeld([`one\n\n${en.moreIsKept}`, 'two'], budget(), limits, en)
  assert.deepEqual(
    posts.map(post => post.text),
    ['one\n\ntwo'],
  )
})

test('with one place left, held texts wait on', () => {
  assert.deepEqual(planHeld(['one'], budget({ placesLeft: 1 }), limits, en), { posts: [], heldText: 'one' })
})
