import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLines } from '../../../src/delivery/text/blocks.ts'
import { type Piece, restFrom, splitText } from '../../../src/delivery/text/split.ts'
import { type Random, seededRandom } from '../../../src/lib/random.ts'

const length = (text: string): number => [...text].length
const texts = (pieces: readonly Piece[]): readonly string[] => pieces.map(piece => piece.text)
const cut = (text: string, limit: number): readonly string[] => texts(splitText(text, { limit }))

test('an empty or blank text has no piece', () => {
  for (const text of ['', ' ', '\n\n \t', '\u200b', '\ufeff\n', '\u3000'])
    assert.deepEqual(cut(text, 10), [], JSON.stringify(text))
})

test('a text that fits is one piece, as it is but for blank edges', () => {
  assert.deepEqual(cut('hello', 10), ['hello'])
  assert.deepEqual(cut('\n\n  hello  \n', 10), ['  hello'])
  assert.deepEqual(cut('😀'.repeat(10), 10), ['😀'.repeat(10)])
})

test('the most sensible place wins: paragraph, line, sentence, word', () => {
  assert.deepEqual(cut('one two\nthree four\n\nfive six seven eight', 30), [
    'one two\nthree four',
    'five six seven eight',
  ])
  assert.deepEqual(cut('one two three\nfour five six seven', 22), ['one two three', 'four five six seven'])
  assert.deepEqual(cut('One two. Three four five six', 16), ['One two.', 'Three four five', 'six'])
  assert.deepEqual(cut('one two three four', 10), ['one two', 'three four'])
  assert.deepEqual(cut('今天天气很好。我们出去玩吧！好不好？', 10), ['今天天气很好。', '我们出去玩吧！', '好不好？'])
  assert.deepEqual(cut('他说：“好的。”然后就走了很远', 10), ['他说：“好的。”', '然后就走了很远'])
})

test('a heading stays with what it heads', () => {
  const pieces = cut(`${'a'.repeat(25)}\n\n# Title\n\n${'b'.repeat(25)}`, 50)
  assert.deepEqual(pieces, ['a'.repeat(25), `# Title\n\n${'b'.repeat(25)}`])
})

test('a code fence is closed and opened again with its language', () => {
  const pieces = cut(`\`\`\`ts\n${'let a = 1\n'.repeat(12)}\`\`\`\nafter`, 80)
  assert.ok(pieces.length > 1)
  for (const piece of pieces) assert.match(piece, /^```ts\n(let a = 1\n)+```(\nafter)?$/)
  assert.equal(pieces.join('\n').match(/let a/g)?.length, 12)
})

test('a cut just before the end of a fence leaves no empty fence behind', () => {
  for (let limit = 40; limit < 80; limit++) {
    for (const piece of cut(`\`\`\`ts\n${'let a = 1\n'.repeat(12)}\`\`\`\nafter`, limit)) {
      assert.doesNotMatch(piece, /```ts\n```/, `limit ${limit}`)
    }
  }
})

test('a table is cut between rows and its head repeated', () => {
  const row = (at: number): string => `| row ${at} | value ${at} |`
  const rows = Array.from({ length: 20 }, (_, at) => row(at))
  const pieces = cut(`| a | b |\n|---|---|\n${rows.join('\n')}`, 100)
  assert.ok(pieces.length > 3)
  for (const piece of pieces) assert.match(piece, /^\| a \| b \|\n\|---\|---\|\n(\| row \d+ \| value \d+ \|\n?)+$/)
  assert.deepEqual(
    pieces.flatMap(piece => piece.split('\n').slice(2)),
    rows,
  )
})

test('what is left after some pieces stands by itself', () => {
  const source = `intro\n\n\`\`\`py\n${'print(1)\n'.repeat(30)}\`\`\``
  const pieces = splitText(source, { limit: 60 })
  const third = pieces[2]
  assert.ok(third)
  const rest = restFrom(source, third)
  assert.match(rest, /^```py\nprint\(1\)\n/)
  assert.deepEqual(texts(splitText(rest, { limit: 60 })), texts(pieces).slice(2))
})

test('no cut inside a surrogate pair, an emoji sequence or a combining sequence', () => {
  const family = '👨‍👩‍👧‍👦'
  for (const cluster of ['😀', family, 'é̂', '🇨🇳', '👍🏽', '한']) {
    const size = length(cluster)
    for (const limit of [size, size + 1, size * 3 + 1]) {
      const pieces = cut(cluster.repeat(20), limit)
      assert.equal(pieces.join(''), cluster.repeat(20))
      for (const piece of pieces) assert.equal(length(piece) % size, 0, `${cluster} at ${limit}`)
    }
  }
})

test('a character longer than the limit is cut between code points, and never loops', () => {
  assert.deepEqual(cut(`a${'\u0301'.repeat(9)}`, 4).map(length), [4, 4, 2])
  assert.deepEqual(cut('😀😀', 1), ['😀', '😀'])
})

const WORDS = [
  'hello',
  'world.',
  '你好',
  '，世界。',
  '“引用”',
  '😀',
  '👨‍👩‍👧‍👦',
  'é',
  '🇨🇳',
  'a'.repeat(70),
  '```',
  'x ``` y',
  '~~~',
]
const LINES = [
  '',
  '# Heading',
  '| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |',
  '- item',
  '> quote',
  '   indented',
  '\t',
  '|',
]

function randomText(random: Random): string {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random.next() * list.length)]
  const sentence = (): string =>
    Array.from({ length: 1 + Math.floor(random.next() * 12) }, () => pick(WORDS)).join(random.next() < 0.7 ? ' ' : '')
  const parts: string[] = []
  for (let count = Math.floor(random.next() * 40); count >= 0; count--) {
    const dice = random.next()
    if (dice < 0.15) {
      const marker = random.next() < 0.5 ? '```' : '~~~~'
      const body = Array.from({ length: Math.floor(random.next() * 12) }, () =>
        random.next() < 0.2 ? '' : '  code();',
      )
      parts.push(`${marker}ts`, ...body, marker)
    } else if (dice < 0.4) parts.push(pick(LINES) ?? '')
    else parts.push(sentence().replace(/^[ \t]*(```|~~~)/, 'a $1'))
  }
  return parts.join(random.next() < 0.1 ? '\r\n' : '\n')
}

test('random texts: limits kept, nothing lost, nothing broken, fences balanced', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
  let pieceCount = 0
  for (let seed = 1; seed <= 1500; seed++) {
    const random = seededRandom(seed)
    const text = randomText(random)
    const limit = 60 + Math.floor(random.next() * 300)
    const pieces = splitText(text, { limit, fill: random.next() < 0.5 ? 0.5 : 0.9 })
    const context = `seed ${seed}, limit ${limit}`
    const boundaries = new Set([...segmenter.segment(text)].map(segment => segment.index))
    boundaries.add(text.length)
    let at = 0
    for (const piece of pieces) {
      pieceCount += 1
      assert.ok(length(piece.text) <= limit, `${context}: ${length(piece.text)} code points`)
      assert.notEqual(piece.text.trim(), '', context)
      assert.ok(piece.text.isWellFormed(), context)
      assert.ok(piece.start >= at && piece.end > piece.start, context)
      assert.match(text.slice(at, piece.start), /^\s*((```|~~~~)\s*)?$/, `${context}: lost between pieces`)
      assert.ok(piece.text.startsWith(piece.reopen + text.slice(piece.start, piece.end)), context)
      assert.ok(boundaries.has(piece.start) && boundaries.has(piece.end), `${context}: a character is torn`)
      at = piece.end
      const last = readLines(piece.text, 100).at(-1)
      assert.ok(last?.kind !== 'fence_body' && last?.kind !== 'fence_open', `${context}: open fence in\n${piece.text}`)
    }
    assert.match(text.slice(at), /^\s*((```|~~~~)\s*)?$/, `${context}: the end is lost`)
  }
  assert.ok(pieceCount > 5000, `the texts were long enough to be cut: ${pieceCount}`)
})

test('limits of a few code points are kept too', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const text = randomText(random)
    const limit = 1 + Math.floor(random.next() * 30)
    for (const piece of splitText(text, { limit })) {
      assert.ok(length(piece.text) <= limit && piece.text.isWellFormed(), `seed ${seed}, limit ${limit}`)
    }
  }
})

test('work grows with the text, not with its square', () => {
  const hostile = [
    'a',
    'hello world. ',
    'line\n',
    '```\n',
    '`',
    ')',
    '。',
    '。”',
    ' |-',
    '😀',
    '\u0301',
    '> \n',
    '**',
    '[',
    '  \n',
  ]
  for (const unit of hostile) {
    const text = `x${unit.repeat(Math.ceil(200_000 / unit.length))}`
    const began = performance.now()
    splitText(text, { limit: 4000 })
    // Quadratic work on this much text takes minutes.
    assert.ok(performance.now() - began < 3000, JSON.stringify(unit))
  }
})
