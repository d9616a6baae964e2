import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  afterWindow,
  detailOf,
  judge,
  mayHaveKept,
  type Step,
  type TryState,
} from '../../../src/delivery/outcomes/verdict.ts'
import type { SendOutcome } from '../../../src/platforms/platform.ts'

const keyed: TryState = {
  keyed: true,
  inDoubt: false,
  suspect: false,
  form: 'plain',
  tokenRetried: false,
  seqMoved: false,
  halved: false,
  media: false,
  keyboard: false,
  quote: false,
  stream: false,
  cut: false,
  limited: 0,
}
const keyless: TryState = { ...keyed, keyed: false }

const rows: readonly [string, TryState, SendOutcome, Step][] = [
  ['accepted', keyed, { kind: 'accepted', platformId: 'x' }, { kind: 'accepted' }],
  ['audit pending', keyed, { kind: 'accepted', auditId: 'x' }, { kind: 'accepted' }],
  ['unknown, keyed', keyed, { kind: 'unknown' }, { kind: 'again', pace: 'doubt' }],
  ['unknown twice', { ...keyed, inDoubt: true }, { kind: 'unknown' }, { kind: 'unknown' }],
  ['unknown without a key', keyless, { kind: 'unknown' }, { kind: 'unknown' }],
  ['not sent', keyed, { kind: 'not_sent' }, { kind: 'again', pace: 'not_sent' }],
  ['not sent without a key', keyless, { kind: 'not_sent' }, { kind: 'again', pace: 'not_sent' }],
  ['token', keyed, { kind: 'token_refused' }, { kind: 'again', pace: 'now' }],
  ['token again', { ...keyed, tokenRetried: true }, { kind: 'token_refused' }, { kind: 'again', pace: 'busy' }],
  ['busy', keyed, { kind: 'busy' }, { kind: 'again', pace: 'busy' }],
  ['busy with a time', keyless, { kind: 'busy', retryAfterMs: 9 }, { kind: 'again', pace: 'busy', afterMs: 9 }],
  ['duplicate in doubt', { ...keyed, inDoubt: true }, { kind: 'duplicate' }, { kind: 'accepted' }],
  ['duplicate after 5xx', { ...keyed, suspect: true }, { kind: 'duplicate' }, { kind: 'accepted' }],
  ['duplicate', keyed, { kind: 'duplicate' }, { kind: 'next_seq' }],
  ['duplicate twice', { ...keyed, seqMoved: true }, { kind: 'duplicate' }, { kind: 'refused' }],
  ['window', keyed, { kind: 'window_closed' }, { kind: 'window' }],
  ['too often', keyless, { kind: 'quota_spent', soon: true }, { kind: 'again', pace: 'limited' }],
  ['too often for minutes', { ...keyless, limited: 3 }, { kind: 'quota_spent', soon: true }, { kind: 'spent' }],
  ['used up for today', keyless, { kind: 'quota_spent', soon: false }, { kind: 'spent' }],
  ['no right', keyless, { kind: 'no_right' }, { kind: 'no_right' }],
  [
    'markdown',
    { ...keyed, form: 'markdown' },
    { kind: 'form_refused', part: 'markdown' },
    { kind: 'reform', form: 'plain' },
  ],
  ['markdown of plain', keyed, { kind: 'form_refused', part: 'markdown' }, { kind: 'refused', notice: 'form' }],
  [
    'keyboard',
    { ...keyed, keyboard: true },
    { kind: 'form_refused', part: 'keyboard' },
    { kind: 'without', extra: 'keyboard' },
  ],
  [
    'markdown under buttons',
    { ...keyed, keyboard: true },
    { kind: 'form_refused', part: 'markdown' },
    { kind: 'without', extra: 'keyboard' },
  ],
  [
    'keyboard, and none is there',
    keyed,
    { kind: 'form_refused', part: 'keyboard' },
    { kind: 'refused', notice: 'form' },
  ],
  ['quote', { ...keyed, quote: true }, { kind: 'form_refused', part: 'quote' }, { kind: 'without', extra: 'quote' }],
  ['link', keyed, { kind: 'form_refused', part: 'link' }, { kind: 'reform', form: 'disarmed' }],
  [
    'link in markdown',
    { ...keyed, form: 'markdown' },
    { kind: 'form_refused', part: 'link' },
    { kind: 'reform', form: 'disarmed' },
  ],
  [
    'link again',
    { ...keyed, form: 'disarmed' },
    { kind: 'form_refused', part: 'link' },
    { kind: 'refused', notice: 'form' },
  ],
  ['length', keyed, { kind: 'form_refused', part: 'length' }, { kind: 'halve' }],
  [
    'length again',
    { ...keyed, halved: true },
    { kind: 'form_refused', part: 'length' },
    { kind: 'refused', notice: 'form' },
  ],
  ['keyboard', keyed, { kind: 'form_refused', part: 'keyboard' }, { kind: 'refused', notice: 'form' }],
  ['content', keyless, { kind: 'content_refused' }, { kind: 'refused', notice: 'content' }],
  ['gone', keyed, { kind: 'chat_gone' }, { kind: 'refused', gone: true }],
  ['anything else', keyed, { kind: 'refused', known: false }, { kind: 'refused' }],
]

for (const [name, state, outcome, step] of rows) {
  test(`outcome: ${name}`, () => assert.deepEqual(judge(state, outcome), step))
}

test('after the window nothing that may have been shown goes a second way', () => {
  for (const hasReply of [true, false]) {
    for (const proactive of [true, false]) assert.equal(afterWindow(true, hasReply, proactive), 'unknown')
  }
  assert.equal(afterWindow(false, true, true), 'proactive')
  assert.equal(afterWindow(false, true, false), 'held')
  assert.equal(afterWindow(false, false, true), 'held')
})

test('a broken server may have kept the message; one that throttles has not', () => {
  assert.equal(mayHaveKept({ kind: 'busy', status: 502 }), true)
  assert.equal(mayHaveKept({ kind: 'busy', status: 429 }), false)
  assert.equal(mayHaveKept({ kind: 'unknown' }), false)
})

test('what is kept of an outcome', () => {
  assert.deepEqual(detailOf({ kind: 'refused', known: true, status: 400, code: '1', traceId: 't', message: 'm' }), {
    status: 400,
    code: '1',
    traceId: 't',
    message: 'm',
  })
  assert.deepEqual(detailOf({ kind: 'accepted', status: 202, auditId: 'a1' }), {
    status: 202,
    message: 'audit a1',
    auditId: 'a1',
  })
})
