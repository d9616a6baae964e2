/** What the documents point to is there. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/herald.ts'
import { DOCUMENTS } from './documents.ts'

/** As GitHub names the headings of a page. */
function anchors(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  )
}

for (const { path, text } of DOCUMENTS)
  test(`${path}: every link leads somewhere`, () => {
    const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '')
    for (const [whole, target = ''] of prose.matchAll(/!?\[[^\]]*\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [file = '', anchor] = target.split('#')
      const aim = file === '' ? path : normalize(join(dirname(path), file))
      assert.ok(existsSync(join(ROOT, aim)), `${whole}: there is no ${aim}`)
      if (anchor === undefined || !aim.endsWith('.md')) continue
      assert.ok(anchors(readFileSync(join(ROOT, aim), 'utf8')).has(anchor), `${whole}: ${aim} has no #${anchor}`)
    }
  })

test('every npm script that is named exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const known = new Set([...Object.keys(scripts), 'ci'])
  for (const { path, text } of DOCUMENTS)
    for (const [, run, short] of text.matchAll(/\bnpm (?:run ([a-z-]+)|(start|test)\b)/g)) {
      const name = run ?? short ?? ''
      assert.ok(known.has(name), `${path}: there is no npm script ${name}`)
    }
})
