import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLife, dueAtMs, fallOf, type Life, type LifeEvent, step } from '../../../src/gateway/lives/life.ts'
import { freshPace, nextLife, type Pace } from '../../../src/gateway/lives/pace.ts'
import type { Ending } from '../../../src/platforms/platform.ts'

const canPass: Ending = { code: 'toy_exhausted', message: 'tried everything', retryable: true }
const cannot: Ending = { code: 'toy_banned', message: 'banned', retryable: false }
const REVIVE = [30, 60]

/** Plays events, each at its moment, and returns the effects of the last one. */
function play(life: Life, ...events: readonly (readonly [number, LifeEvent])[]): ReturnType<typeof step> {
  let last: ReturnType<typeof step> = { life, effects: [] }
  for (const [atMs, event] of events) last = step(last.life, event, atMs, REVIVE)
  return last
}
const started = (): Life => play(createLife(true), [0, { kind: 'start' }]).life
const ended = (ending: Ending, generation = 1, connectedMs = 0): LifeEvent => ({
  kind: 'ended',
  generation,
  ending,
  connectedMs,
})
const failed = (ending: Ending, generation = 1): LifeEvent => ({ kind: 'failed', generation, ending, connectedMs: 0 })

test('a life that gave up is revived after 30, then 60 seconds, and then for ever every 60', () => {
  let life = started()
  let nowMs = 0
  const waits: number[] = []
  for (let generation = 1; generation <= 6; generation += 1) {
    nowMs += 3_600_000
    life = step(life, ended(canPass, generation), nowMs, REVIVE).life
    const dueMs = dueAtMs(life) ?? Number.NaN
    waits.push((dueMs - nowMs) / 1000)
    nowMs = dueMs
    life = step(life, { kind: 'due' }, nowMs, REVIVE).life
    assert.equal(life.phase, 'running')
  }
  assert.deepEqual(waits, [30, 60, 60, 60, 60, 60])
})

test('a life that was connected for a minute starts the pace anew', () => {
  const tired: Pace = { failures: 7, quickEndsAtMs: [] }
  const span = (connectedMs: number) => ({ livedMs: 600_000, connectedMs })
  assert.equal(nextLife(tired, canPass, span(59_999), 0, REVIVE).delayMs, 60_000)
  assert.equal(nextLife(tired, canPass, span(60_000), 0, REVIVE).delayMs, 30_000)
})

test('lives that end at once, again and again, are slowed, up to ten minutes, and forgiven afterwards', () => {
  let pace = freshPace
  let nowMs = 0
  const waits: number[] = []
  for (let life = 0; life < 12; life += 1) {
    const next = nextLife(pace, canPass, { livedMs: 1000, connectedMs: 0 }, nowMs, [1])
    waits.push(next.delayMs / 1000)
    assert.equal(next.quickEnds > 0, life >= 5)
    pace = next.pace
    nowMs += next.delayMs + 1000
  }
  assert.deepEqual(waits.slice(0, 9), [1, 1, 1, 1, 1, 2, 4, 8, 16])
  assert.ok(waits.every(seconds => seconds <= 600))
  const later = nextLife(pace, canPass, { livedMs: 1000, connectedMs: 0 }, nowMs + 3_600_000, [1])
  assert.equal(later.delayMs, 1000)
  assert.equal(later.quickEnds, 0)
})

test('a pace that is slower than the cap stays as it was written', () => {
  const pace: Pace = { failures: 0, quickEndsAtMs: [1, 2, 3, 4, 5, 6, 7, 8] }
  assert.equal(nextLife(pace, canPass, { livedMs: 1, connectedMs: 0 }, 10, [3600]).delayMs, 3_600_000)
})

test('a cause that waiting cannot cure parks the account and is tried every 30 minutes', () => {
  const parked = play(started(), [1000, ended(cannot)]).life
  assert.equal(parked.phase, 'parked')
  assert.equal(dueAtMs(parked), 1000 + 30 * 60_000)
  assert.deepEqual(play(parked, [1000 + 30 * 60_000, { kind: 'due' }]).effects, [{ kind: 'start', generation: 2 }])
})

test('a failure cuts first, waits for the promise, and keeps the moment of the next life', () => {
  const cut = play(started(), [20_000, failed(canPass)])
  assert.deepEqual(cut.effects, [{ kind: 'cut', generation: 1, reason: 'toy_exhausted' }])
  assert.equal(cut.life.phase, 'stopping')
  assert.equal(fallOf(cut.life)?.nextLifeAtMs, 50_000)
  const settled = play(cut.life, [21_000, ended(canPass)]).life
  assert.equal(settled.phase, 'waiting')
  assert.equal(dueAtMs(settled), 50_000)
  const hung = play(cut.life, [25_000, { kind: 'due' }])
  assert.deepEqual(hung.effects, [{ kind: 'hung', generation: 1 }])
  assert.equal(dueAtMs(hung.life), 50_000)
})

test('a person is obeyed in every state: the last wish before the end counts', () => {
  const stopping = play(started(), [1, { kind: 'pause' }]).life
  assert.equal(play(stopping, [2, ended(canPass)]).life.phase, 'paused')
  assert.equal(play(stopping, [2, { kind: 'resume' }], [3, ended(canPass)]).life.phase, 'running')
  assert.equal(play(stopping, [2, { kind: 'shutdown' }], [3, ended(canPass)]).life.phase, 'stopped')
  assert.equal(
    play(stopping, [2, { kind: 'shutdown' }], [3, { kind: 'resume' }], [4, ended(canPass)]).life.phase,
    'stopped',
  )

  const parked = play(started(), [1, ended(cannot)]).life
  assert.equal(play(parked, [2, { kind: 'pause' }]).life.phase, 'paused')
  assert.deepEqual(play(parked, [2, { kind: 'resume' }]).effects, [{ kind: 'start', generation: 2 }])
  assert.deepEqual(play(parked, [2, { kind: 'pause' }], [3, { kind: 'restart' }]).effects, [
    { kind: 'start', generation: 2 },
  ])
  assert.equal(play(started(), [1, { kind: 'resume' }]).life.phase, 'running')
})

test('the journal is probed before a life begins, and again at the pace of revival while it refuses', () => {
  const refusal: Ending = { code: 'journal_unwritable', message: 'disk full', retryable: true }
  const waiting = play(started(), [0, failed(refusal)], [1, ended(refusal)]).life
  const probing = play(waiting, [30_000, { kind: 'due' }])
  assert.deepEqual(probing.effects, [{ kind: 'probe_journal' }])
  const refused = play(probing.life, [30_001, { kind: 'probed', ok: false }]).life
  assert.equal(refused.phase, 'waiting')
  assert.equal(dueAtMs(refused), 90_001)
  const hung = play(probing.life, [40_000, { kind: 'due' }]).life
  assert.equal(hung.phase, 'waiting')
  assert.equal(play(probing.life, [30_001, { kind: 'probed', ok: true }]).life.phase, 'running')
  assert.deepEqual(play(waiting, [5, { kind: 'resume' }]).effects, [{ kind: 'probe_journal' }])
})

test('a timer that rings early, and words of another generation, change nothing', () => {
  const waiting = play(started(), [0, ended(canPass)]).life
  assert.equal(step(waiting, { kind: 'due' }, 29_999, REVIVE).life, waiting)
  assert.equal(step(waiting, ended(canPass), 1, REVIVE).life, waiting)
  const second = play(waiting, [30_000, { kind: 'due' }]).life
  assert.equal(step(second, ended(canPass, 1), 30_001, REVIVE).life, second)
})
