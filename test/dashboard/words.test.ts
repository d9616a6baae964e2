/** What the dashboard calls things, in both languages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TurnEnd } from '../../src/journal/journal.ts'

interface Words {
  readonly TERMS: { readonly zh: Readonly<Record<string, string>> }
  readonly WORDS: Readonly<Record<'en' | 'zh', Readonly<Record<string, string>>>>
}

/** A script of the page, which knows no types. */
const PAGE_WORDS = new URL('../../src/dashboard/page/words/words.js', import.meta.url).href
const { TERMS, WORDS }: Words = await import(PAGE_WORDS)

/** An end that the type gains and this table lacks does not compile. */
const ENDS: Readonly<Record<TurnEnd, true>> = {
  answered: true,
  silent: true,
  denied: true,
  'dead: stale': true,
  'dead: poison': true,
  'dead: queue_full': true,
  'dead: agent': true,
}

for (const end of Object.keys(ENDS))
  test(`the end "${end}" has a name in Chinese`, () => assert.match(TERMS.zh[end] ?? '', /\p{Script=Han}/u))

test('every word of one language has its like in the other', () => {
  assert.deepEqual(Object.keys(WORDS.zh).sort(), Object.keys(WORDS.en).sort())
})
