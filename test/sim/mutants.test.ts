/**
 * The table of planted faults cannot rot: each of them still has its place in the code. And the net still catches: three
 * quick ones are hunted. `npm run mutants` hunts them all.
 */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { MUTANTS } from '../../scripts/mutants/all.ts'
import { brokenIn, failedIn, hunt } from '../../scripts/mutants/hunt.ts'
import { copyTree, matches } from '../../scripts/mutants/tree.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const WORLDS = { first: 1, seeds: 10, hours: 6 }
const QUICK = [
  'a frozen socket is not terminated: two are alive',
  'a new process does not resume the session on disk',
  'a bare return where the socket closes',
]

test('every planted fault has its place, exactly once, and a name of its own', () => {
  assert.ok(MUTANTS.length >= 20, `${MUTANTS.length} faults`)
  assert.equal(new Set(MUTANTS.map(({ what }) => what)).size, MUTANTS.length)
  for (const mutant of MUTANTS) {
    assert.equal(matches(ROOT, mutant), 1, `${mutant.what}: ${mutant.file} has this not exactly once:\n${mutant.from}`)
    assert.notEqual(mutant.from, mutant.to, mutant.what)
  }
})

test('quick ones are found by the simulation', async t => {
  const tree = copyTree(ROOT)
  try {
    for (const name of QUICK) {
      const mutant = MUTANTS.find(({ what }) => what === name)
      assert.ok(mutant, name)
      const caught = await hunt(tree, mutant, WORLDS)
      assert.equal(caught?.by, 'simulation', name)
      t.diagnostic(`${name}: ${caught.what}, seed ${caught.seeds}`)
    }
  } finally {
    tree.remove()
  }
})

test('only a broken invariant is a find: what cannot be run shows nothing', () => {
  assert.equal(brokenIn('  seed 3: +01:02:03.004 two sockets: process #1 holds 2\n'), 'two sockets')
  assert.equal(brokenIn('  seed 3: the world broke down: SyntaxError: Unexpected token\n'), '')
  assert.equal(brokenIn('  seed 3: the world broke down: not done after 120 s\n'), 'never done')
  assert.equal(
    failedIn('# AssertionError [ERR_ASSERTION]: nothing is armed: waiting after +0 start\n'),
    'nothing is armed',
  )
  assert.equal(failedIn('not ok 1 - it comes back\nnot ok 2 - test/a.test.ts\n'), 'it comes back')
  assert.equal(failedIn('# SyntaxError: Unexpected token\nnot ok 1 - test/a.test.ts\n'), '')
})
