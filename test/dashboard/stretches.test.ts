/** What the time line makes of changes, of those that are no trouble above all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stretches, upShare, withoutPauses } from '../../src/dashboard/page/parts/stretches.js'

const changes = (...states: readonly string[]) =>
  states.map((to, at) => ({ atMs: at * 1000, from: '', to, code: null, message: null }))

test('a stretch lasts until the next change; what lies before the window is cut off', () => {
  const all = stretches(changes('connecting', 'connected', 'retrying'), 1500, 4000)
  assert.deepEqual(
    all.map(({ state, fromMs, toMs }) => [state, fromMs, toMs]),
    [
      ['connected', 1500, 2000],
      ['retrying', 2000, 4000],
    ],
  )
  assert.equal(upShare(all), 0.2)
  assert.equal(upShare([]), undefined)
})

test('callbacks that come and pause are one line, and no time in which it was down', () => {
  const all = stretches(
    changes('connecting', 'unverified', 'connected', 'unverified', 'retrying', 'unverified', 'paused', 'connected'),
    0,
    8000,
  )
  assert.deepEqual(
    withoutPauses(all).map(({ state, fromMs, toMs }) => [state, fromMs, toMs]),
    [
      ['connecting', 0, 1000],
      ['connected', 1000, 4000],
      ['retrying', 4000, 5000],
      ['unverified', 5000, 6000],
      ['paused', 6000, 7000],
      ['connected', 7000, 8000],
    ],
  )
  assert.equal(upShare(all), 5 / 8)
})
