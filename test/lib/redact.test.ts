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
