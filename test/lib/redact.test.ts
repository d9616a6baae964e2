import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRedactor } from '../../src/lib/redact.ts'

test('a known secret never comes through, wherever and however often it stands', () => {
  const redactor = createRedactor()
  redactor.add('s3cret-value')
  assert.equal(redactor.redact('a s3cret-value, and s3cret-value'), 'a [redacted], and [redacted]')
  assert.equal(redactor.redact('nothing here'), 'nothing here')
})

test('its spellings in URLs and in JSON are masked too', () => {
  const redactor = createRedactor()
  const secret = 'pa"ss/wörd&1'
  redactor.add(secret)
  for (const text of [secret, `?key=${encodeURIComponent(secret)}`, JSON.stringify({ secret })]) {
    const clean = redactor.redact(text)
    assert.match(clean, /\[redacted\]/)
    assert.doesNotMatch(clean, /rd&1|rd%261/)
  }
})

test('what is too short or missing is not masked: it would blacken ordinary text', () => {
  const redactor = createRedactor()
  redactor.add('echo')
  redactor.add('')
  redactor.add(undefined)
  assert.equal(redactor.redact('echo: hi'), 'echo: hi')
})

test('letters that mean something elsewhere are taken literally', () => {
  const redactor = createRedactor()
  redactor.add('a.c$&*()')
  assert.equal(redactor.redact('abc$&*() a.c$&*()'), 'abc$&*() [redacted]')
})

test('of two secrets, one within the other, nothing is left over', () => {
  const redactor = createRedactor()
  redactor.add('abcdef')
  redactor.add('abcdef-and-more')
  assert.doesNotMatch(redactor.redact('x abcdef-and-more y'), /and-more/)
})

test('a secret that passes is masked while it lasts and until the next of its row comes; then it is looked for no longer', () => {
  const redactor = createRedactor()
  const fetch = (row: string, secret: string, nowMs: number): void => redactor.add(secret, { row, nowMs, keepMs: 100 })
  const masked = (...secrets: string[]): boolean[] => secrets.map(each => redactor.redact(each) === '[redacted]')
  fetch('a', 'token-1', 0)
  fetch('a', 'token-2', 50)
  fetch('b', 'token-3', 60)
  assert.deepEqual(masked('token-1', 'token-2', 'token-3'), [true, true, true])
  fetch('a', 'token-4', 149)
  assert.deepEqual(masked('token-1', 'token-2', 'token-3', 'token-4'), [false, true, true, true])
  // The same one again lasts anew.
  fetch('a', 'token-2', 149)
  fetch('a', 'token-5', 150)
  fetch('b', 'token-6', 151)
  assert.deepEqual(masked('token-2', 'token-3', 'token-4', 'token-5', 'token-6'), [true, true, true, true, true])
})

test('what is a lasting secret too stays one', () => {
  const redactor = createRedactor()
  redactor.add('token-1')
  redactor.add('token-1', { row: 'a', nowMs: 0, keepMs: 100 })
  redactor.add('token-2', { row: 'a', nowMs: 1000, keepMs: 100 })
  assert.equal(redactor.redact('token-1 token-2'), '[redacted] [redacted]')
})
