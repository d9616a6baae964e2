/** What the table itself must keep to; what each of its codes comes to, over sockets, stands in `every-code.test.ts`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODE_ROWS, isKnown, outcomeOfCode } from '../../../../src/platforms/qqbot/outbound/error-codes.ts'

test('E61 a code that no row has is refused, and said to be new', () => {
  for (const code of [1, -1, 40099999, 2 ** 40]) {
    assert.deepEqual(outcomeOfCode(code, false), { kind: 'refused', known: false })
    assert.equal(isKnown(code), false)
  }
})

test('every row has codes, a meaning and a source; no code has two rows, and none is said to be new', () => {
  const seen = new Set<number>()
  for (const { codes, outcome, meaning, source } of CODE_ROWS) {
    assert.ok(codes.length > 0 && meaning !== '' && /^(?:doc|seen|sdk)\b/.test(source), meaning)
    assert.notDeepEqual(outcome, { kind: 'refused', known: false })
    for (const code of codes) {
      assert.ok(!seen.has(code), `${code} stands in two rows`)
      seen.add(code)
    }
  }
})
