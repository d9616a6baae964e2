/** Each row of the survival table has a test that carries its name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LAST_ROW, proofsIn, rowsNamedIn } from '../../scripts/survival/proofs.ts'
import { ROOT } from '../support/herald.ts'

test('no row of the table is without a test', () => {
  const proofs = proofsIn(ROOT)
  assert.equal(proofs.length, LAST_ROW)
  assert.deepEqual(
    proofs.filter(({ files }) => files.length === 0).map(({ row }) => row),
    [],
  )
})

test('a row is named at the beginning of a name, and nowhere else', () => {
  assert.deepEqual(rowsNamedIn("test('C26 G79 two', f); quick('E61', `J106 down for hours`)"), [26, 79, 61, 106])
  assert.deepEqual(rowsNamedIn("test('as row C26 has it'); // A5\nconst M1 = 'U1'"), [])
})
