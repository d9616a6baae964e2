import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODE_ROWS, isKnown, outcomeOfCode } from '../../../src/platforms/qqbot/outbound/error-codes.ts'

/** The rows of `docs/outcomes.md`, by the codes that the survey names for them. */
const TABLE: Readonly<Record<string, readonly number[]>> = {
  accepted: [304023, 304024],
  token_refused: [11241, 11242, 11243, 11244],
  busy: [20028, 1100100, 50002, 100017, 304016, 50055001],
  duplicate: [40054005],
  window_closed: [40034128, 40034005, 22009, 304103, 304027, 40034026, 40034031],
  no_right: [40034102, 40034105],
  quota_spent: [40034100, 40034122, 304035, 304045, 304050],
  'form_refused markdown': [304014, 304036, 40034008, 40034011, 40034012, 40034127, 11293, 50056],
  'form_refused link': [304003, 40034028, 40054010],
  'form_refused keyboard': [304037, 304057, 40034029],
  'form_refused length': [40054007, 40054018],
  content_refused: [40034006, 304025, 1100101, 1100102, 1100103],
  chat_gone: [40034101, 40054002, 40054003, 40054004, 40054013, 1100104],
  refused: [11245, 11255, 11265, 11298, 40023002, 50006, 22006, 340069, 40054016],
}

const wordOf = (code: number, proactive = false): string => {
  const outcome = outcomeOfCode(code, proactive)
  return outcome.kind === 'form_refused' ? `${outcome.kind} ${outcome.part}` : outcome.kind
}

for (const [word, codes] of Object.entries(TABLE)) {
  test(`E61 ${word}: ${codes.join(', ')}`, () => {
    for (const code of codes) {
      assert.equal(wordOf(code), word, String(code))
      assert.ok(isKnown(code), String(code))
    }
  })
}

test('E61 a code that no row has is refused, and said to be new', () => {
  for (const code of [1, -1, 40099999, 2 ** 40]) {
    assert.deepEqual(outcomeOfCode(code, false), { kind: 'refused', known: false })
    assert.equal(isKnown(code), false)
  }
})

test('E56 a user who takes no unasked messages is not gone', () => {
  assert.equal(wordOf(40054013, true), 'no_right')
  assert.equal(wordOf(40054013, false), 'chat_gone')
  assert.equal(wordOf(40054004, true), 'chat_gone')
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
