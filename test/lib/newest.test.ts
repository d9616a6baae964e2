import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropOldest, putNewest } from '../../src/lib/newest.ts'

test('of more than the most the oldest goes, and what is put again is new again', () => {
  const map = new Map<string, number>()
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['a', 4],
    ['d', 5],
  ] as const)
    putNewest(map, key, value, 3)
  assert.deepEqual(
    [...map],
    [
      ['c', 3],
      ['a', 4],
      ['d', 5],
    ],
  )
})

test('an empty name is an entry like any other', () => {
  const map = new Map([['', 1]])
  putNewest(map, 'a', 2, 1)
  assert.deepEqual([...map.keys()], ['a'])
  putNewest(map, '', 3, 2)
  assert.deepEqual([...map.keys()], ['a', ''])
})

test('what was too large before comes down to the most at once; a set too', () => {
  const map = new Map([1, 2, 3, 4, 5].map(n => [n, n]))
  putNewest(map, 6, 6, 2)
  assert.deepEqual([...map.keys()], [5, 6])
  const set = new Set([1, 2, 3])
  dropOldest(set, 2)
  assert.deepEqual([...set], [2, 3])
  dropOldest(set, 2)
  assert.deepEqual([...set], [2, 3])
})
