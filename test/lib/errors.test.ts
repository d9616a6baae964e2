import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, describeError, describeWithCure, HeraldError } from '../../src/lib/errors.ts'
import { isRecord, parseJson } from '../../src/lib/json.ts'

test('whatever was thrown is described in one line', () => {
  assert.equal(describeError(new Error('a\n  b')), 'a b')
  assert.equal(describeError(new Error('')), 'Error')
  assert.equal(describeError(new Error('outer', { cause: new Error('inner') })), 'outer (inner)')
  assert.equal(describeError(new Error('1.2.3.4: refused', { cause: new Error('refused') })), '1.2.3.4: refused')
  assert.equal(describeError('plain text'), 'plain text')
  assert.equal(describeError(undefined), 'a thrown undefined')
  assert.equal(describeError({ code: 1 }), 'a thrown object')
})

test('errors keep what happened, which one it is and what to do', () => {
  const error = new ConfigError('config.yaml: no', { hint: 'yes' })
  assert.ok(error instanceof HeraldError)
  assert.deepEqual(
    [error.code, error.message, error.hint, error.name],
    ['config_invalid', 'config.yaml: no', 'yes', 'ConfigError'],
  )
})

test('a cure is said once, also where the message says it', () => {
  assert.equal(describeWithCure(new ConfigError('config.yaml: no', { hint: 'mend it' })), 'config.yaml: no; mend it')
  assert.equal(describeWithCure(new ConfigError('no: mend it', { hint: 'mend it' })), 'no: mend it')
  assert.equal(describeWithCure(new Error('no')), 'no')
})

test('text of outsiders is JSON or nothing', () => {
  assert.deepEqual(parseJson('{"a":1}'), { a: 1 })
  assert.equal(parseJson('<html>'), undefined)
  assert.equal(parseJson(''), undefined)
  assert.equal(isRecord([]), false)
  assert.equal(isRecord(null), false)
  assert.equal(isRecord({}), true)
})
