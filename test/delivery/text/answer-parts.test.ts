/** What of an answer becomes a file. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readParts, wordsFirst } from '../../../src/delivery/text/answer-parts.ts'

/** Texts as they are; files as `kind name target`. */
function brief(text: string): readonly string[] {
  return readParts(text).map(part => {
    if (part.kind === 'text') return part.text
    const { kind, name, source } = part.media
    return `<${kind} ${name} ${'url' in source ? source.url : source.path}>`
  })
}

test('an answer without a file is one text, as it was', () => {
  for (const text of ['hi', ' a [link](https://a.cn) \n\n\n\nb ', '', 'social MEDIA', '\n'])
    assert.equal(brief(text).join('|'), text.includes('](') ? 'a [link](https://a.cn) \n\nb'.replace(/^/, ' ') : text)
})

test('pictures of Markdown and MEDIA lines, in their order', () => {
  assert.deepEqual(brief('Look:\n\n![a cat](https://a.cn/x/cat.png?s=1)\n\nNice.'), [
    'Look:',
    '<image cat.png https://a.cn/x/cat.png?s=1>',
    'Nice.',
  ])
  assert.deepEqual(brief('MEDIA:/srv/out/song.mp3\nMEDIA: "my file.pdf"\n- MEDIA:`v.mp4`'), [
    '<voice song.mp3 /srv/out/song.mp3>',
    '<file my file.pdf my file.pdf>',
    '<video v.mp4 v.mp4>',
  ])
  assert.deepEqual(brief('MEDIA:a.opus\nMEDIA:b.OGA'), ['<voice a.opus a.opus>', '<voice b.OGA b.OGA>'])
  assert.deepEqual(brief('![](a.png) and ![b](<my b.png>) here'), [
    'and here',
    '<image a.png a.png>',
    '<image my b.png my b.png>',
  ])
  assert.deepEqual(brief('![chart](https://a.cn/chart?id=5 "title")'), ['<image chart https://a.cn/chart?id=5>'])
  assert.deepEqual(brief('![旗](https://a.cn/%E6%97%97.png)'), ['<image 旗.png https://a.cn/%E6%97%97.png>'])
  assert.deepEqual(brief('![x](https://a.cn/)'), ['<image x https://a.cn/>'])
})

test('code is code', () => {
  const fenced = 'Use:\n```md\n![a](b.png)\nMEDIA:/etc/passwd\n```\nand `![a](b.png)` so'
  assert.deepEqual(brief(fenced), [fenced])
})

test('a hundred thousand beginnings of pictures cost no time', () => {
  const startMs = performance.now()
  for (const text of [
    '![a]('.repeat(100_000),
    '!['.repeat(200_000),
    `${'`'.repeat(200_001)}](`,
    '![](x '.repeat(100_000),
  ])
    readParts(text)
  assert.ok(performance.now() - startMs < 3_000)
})

test('words first: the texts become one, the files follow in order', () => {
  const parts = wordsFirst(readParts('one\n![a](a.png)\ntwo\n![b](b.png)\nthree'))
  assert.deepEqual(
    parts.map(part => (part.kind === 'text' ? part.text : part.media.name)),
    ['one\n\ntwo\n\nthree', 'a.png', 'b.png'],
  )
})
