/** Splitting and planning of answers, for any text that a model may write and any budget that a message may leave. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planHeld, planReply } from '../../src/delivery/plan/planner.ts'
import { codePointLength, isBlank } from '../../src/delivery/text/code-points.ts'
import { restFrom, splitText } from '../../src/delivery/text/split.ts'
import { wordsFor } from '../../src/delivery/text/texts.ts'
import { anyText } from './arbitraries.ts'

const RUNS = 600
const FENCE_LINE = /^[ \t]*(```+|~~~+)/

/** Markdown as models write it: paragraphs, headings, lists, tables, fences with and without a language, left open or not. */
const markdown = fc
  .array(
    fc.oneof(
      anyText(60),
      fc.constantFrom('# Title', '## 标题', '- one\n- two', '1. 一\n2. 二', '> quoted', '', '\n', '---'),
      fc.array(fc.lorem({ maxCount: 12 }), { minLength: 1, maxLength: 5 }).map(lines => lines.join('\n')),
      fc
        .tuple(fc.constantFrom('```', '````', '~~~'), fc.constantFrom('', 'ts', 'python'), fc.nat(20), fc.boolean())
        .map(([marker, language, lines, closed]) =>
          [
            `${marker}${language}`,
            ...Array.from({ length: lines }, (_, at) => `let a${at} = ${at}`),
            ...(closed ? [marker] : []),
          ].join('\n'),
        ),
      fc
        .nat(12)
        .map(rows =>
          ['| a | b |', '|---|---|', ...Array.from({ length: rows }, (_, at) => `| ${at} | 值 |`)].join('\n'),
        ),
    ),
    { maxLength: 8 },
  )
  .map(parts => parts.join('\n\n').toWellFormed())
const limit = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 400 }))

/** The characters that a reader sees, in order; what a cut repeats or passes over is white space, fences and table heads. */
const ink = (text: string): string => text.replaceAll(/\s+/gu, '')

test('pieces are within the limit, none is blank, and no character is broken', () => {
  fc.assert(
    fc.property(markdown, limit, (text, most) => {
      for (const piece of splitText(text, { limit: most })) {
        assert.ok(codePointLength(piece.text) <= most, `${codePointLength(piece.text)} of ${most}`)
        assert.ok(!isBlank(piece.text))
        assert.ok(piece.text.isWellFormed())
      }
    }),
    { numRuns: RUNS },
  )
})

test('nothing is lost, doubled or put out of order: the shown parts of the source follow one another', () => {
  fc.assert(
    fc.property(markdown, limit, (text, most) => {
      let at = 0
      for (const piece of splitText(text, { limit: most })) {
        assert.ok(piece.start >= at, 'a part is shown twice')
        assertPassedOver(text.slice(at, piece.start))
        assert.ok(
          piece.text.startsWith(piece.reopen + text.slice(piece.start, piece.end)),
          'a part is not what was written',
        )
        at = piece.end
      }
      assertPassedOver(text.slice(at))
    }),
    { numRuns: RUNS },
  )
})

/** Between two pieces only white space and lines of fences may be left out. */
function assertPassedOver(text: string): void {
  for (const line of text.split('\n'))
    assert.ok(isBlank(line) || FENCE_LINE.test(line), `lost: ${JSON.stringify(line)}`)
}

test('every code fence that is opened in a piece is closed in it, wherever there is room to do so', () => {
  const fenced = fc
    .tuple(
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom('```', '~~~'),
      fc.constantFrom('', 'ts'),
      fc.lorem(),
      fc.lorem(),
    )
    .map(
      ([lines, marker, language, before, after]) =>
        `${before}\n\n${marker}${language}\n${Array.from({ length: lines }, (_, at) => `let a${at} = ${at}`).join('\n')}\n${marker}\n\n${after}`,
    )
  fc.assert(
    fc.property(fenced, fc.integer({ min: 60, max: 300 }), (text, most) => {
      for (const piece of splitText(text, { limit: most })) {
        const fences = piece.text.split('\n').filter(line => FENCE_LINE.test(line))
        assert.equal(fences.length % 2, 0, piece.text)
      }
    }),
    { numRuns: RUNS },
  )
})

test('what is left from any piece on, split again, shows the same that the pieces would have shown', () => {
  fc.assert(
    fc.property(markdown, fc.integer({ min: 20, max: 300 }), fc.nat(), (text, most, which) => {
      const pieces = splitText(text, { limit: most })
      const piece = pieces[which % Math.max(1, pieces.length)]
      if (!piece) return
      const rest = restFrom(text, piece)
      assert.ok(rest.startsWith(piece.reopen))
      assert.equal(ink(rest.slice(piece.reopen.length)), ink(text.slice(piece.start)))
      const again = splitText(rest, { limit: most })
      assert.ok(again.every(one => codePointLength(one.text) <= most))
    }),
    { numRuns: RUNS },
  )
})

const budget = fc.record({
  placesLeft: fc.integer({ min: -1, max: 5 }),
  nextSeq: fc.integer({ min: 1, max: 5 }),
  untilMs: fc.constantFrom(0, 1000),
  nowMs: fc.constantFrom(0, 999, 1000),
  proactive: fc.boolean(),
})
const words = wordsFor('zh', '')

test('a plan stays within its budget: distinct seqs in order, no place too many, an honest notice at the end', () => {
  fc.assert(
    fc.property(markdown, budget, fc.integer({ min: words.restIsKept.length, max: 200 }), (text, given, textLimit) => {
      const plan = planReply(text, 'answer', given, { textLimit, markdown: true }, words)
      const open = given.nowMs < given.untilMs ? Math.max(0, given.placesLeft) : 0
      const seqs = plan.posts.flatMap(post => (post.seq === null ? [] : [post.seq]))
      assert.deepEqual(
        seqs,
        Array.from({ length: seqs.length }, (_, at) => given.nextSeq + at),
      )
      assert.ok(seqs.length <= open)
      if (!given.proactive) assert.equal(plan.posts.length, seqs.length)
      assert.ok(plan.posts.every(post => codePointLength(post.text) <= textLimit))
      if (plan.heldText === undefined) return
      if (plan.posts.length > 0)
        assert.deepEqual([plan.posts.at(-1)?.purpose, plan.posts.at(-1)?.text], ['notice', words.restIsKept])
      else assert.equal(open, 0)
    }),
    { numRuns: RUNS },
  )
})

test('a plan loses nothing: what is posted and what is held are the whole text', () => {
  const plain = fc.array(fc.lorem({ maxCount: 20 }), { minLength: 1, maxLength: 8 }).map(parts => parts.join('\n\n'))
  fc.assert(
    fc.property(plain, budget, fc.integer({ min: 30, max: 200 }), (text, given, textLimit) => {
      const { posts, heldText = '' } = planReply(text, 'answer', given, { textLimit, markdown: false }, words)
      const shown = posts.filter(post => post.purpose === 'answer').map(post => post.text)
      assert.equal(ink([...shown, heldText].join('')), ink(text))
    }),
    { numRuns: RUNS },
  )
})

test('what was held is released in order, leaves a place for the new answer, and loses nothing', () => {
  const held = fc.array(fc.lorem({ maxCount: 30 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(held, budget, fc.integer({ min: 40, max: 200 }), (texts, given, textLimit) => {
      const { posts, heldText } = planHeld(texts, given, { textLimit, markdown: false }, words)
      const open = given.nowMs < given.untilMs ? Math.max(0, given.placesLeft - 1) : 0
      assert.ok(posts.length <= open)
      const shown = posts.map(post => post.text.replace(words.moreIsKept, ''))
      assert.equal(ink([...shown, heldText ?? ''].join('')), ink(texts.join('')))
      if (heldText !== undefined && posts.length > 0) assert.ok(posts.at(-1)?.text.endsWith(words.moreIsKept))
    }),
    { numRuns: RUNS },
  )
})
