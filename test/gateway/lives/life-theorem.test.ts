/**
 * The theorem "it cannot die silently", for the life of an account: a walk through every state that any order of events
 * can reach. What has not ended waits for something that is armed, no two generations live at once, and the end of a former one
 * moves nothing.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createLife,
  dueAtMs,
  fallOf,
  type Life,
  type LifeEffect,
  type LifeEvent,
  step,
} from '../../../src/gateway/lives/life.ts'
import type { Ending } from '../../../src/platforms/platform.ts'

const REVIVE = [30, 60]
const ENDINGS: readonly Ending[] = [
  { code: 'toy_exhausted', message: 'can pass', retryable: true },
  { code: 'toy_secret_wrong', message: 'cannot pass', retryable: false },
  { code: 'journal_unwritable', message: 'the disk is full', retryable: true },
  { code: 'owned_elsewhere', message: 'pid 1', retryable: true },
]

/** The machine and the part of the world that it answers for: which generations were begun and not cut off. */
interface World {
  readonly life: Life
  readonly nowMs: number
  readonly uncut: readonly number[]
  readonly path: readonly string[]
}

/** How long after the last event the next one comes: at once, within seconds, long enough to have proven itself. */
const PAUSES_MS = [0, 1, 5_000, 9_000, 70_000]

function eventsAt(life: Life): LifeEvent[] {
  const events: LifeEvent[] = [
    { kind: 'start' },
    { kind: 'due' },
    { kind: 'probed', ok: true },
    { kind: 'probed', ok: false },
    { kind: 'pause' },
    { kind: 'resume' },
    { kind: 'restart' },
    { kind: 'disable' },
    { kind: 'enable' },
    { kind: 'shutdown' },
  ]
  for (const generation of [life.generation, life.generation - 1])
    for (const ending of ENDINGS)
      for (const connectedMs of [0, 60_000])
        for (const kind of ['ended', 'failed'] as const) events.push({ kind, generation, ending, connectedMs })
  return events
}

function apply(world: World, event: LifeEvent, nowMs: number): World {
  const { life, effects } = step(world.life, event, nowMs, REVIVE)
  const path = [...world.path, `${nowMs - world.nowMs}ms ${event.kind}`].slice(-30)
  return { life, nowMs, path, uncut: carryOut(world.uncut, effects, path) }
}

function carryOut(before: readonly number[], effects: readonly LifeEffect[], path: readonly string[]): number[] {
  let uncut = [...before]
  for (const effect of effects) {
    if (effect.kind === 'cut') uncut = uncut.filter(generation => generation !== effect.generation)
    if (effect.kind === 'start') uncut.push(effect.generation)
    if (effect.kind === 'hung') assert.ok(!uncut.includes(effect.generation), `left behind uncut: ${path.join(', ')}`)
    assert.ok(uncut.length <= 1, `two live generations: ${path.join(', ')}`)
  }
  return uncut
}

/** Worlds that behave alike from here on; times count only as far as the machine looks at them. */
function keyOf({ life, nowMs, uncut }: World): string {
  const fall = fallOf(life)
  const dueMs = dueAtMs(life)
  return JSON.stringify([
    life.phase,
    life.phase === 'stopping' ? life.why : '',
    fall?.ending.code ?? '',
    fall && fall.quickEnds > 0,
    dueMs === undefined ? '' : Math.sign(dueMs - nowMs),
    life.phase === 'running' ? bucket(nowMs - life.startedAtMs) : '',
    Math.min(life.generation, 2),
    Math.min(life.pace.failures, REVIVE.length + 1),
    Math.min(life.pace.quickEndsAtMs.length, 8),
    uncut.length,
  ])
}

const bucket = (livedMs: number): string => (livedMs < 10_000 ? 'young' : 'old')

function check({ life, nowMs, uncut, path }: World): void {
  const told = `${life.phase} after ${path.join(', ')}`
  const dueMs = dueAtMs(life)
  switch (life.phase) {
    case 'running':
      assert.deepEqual(uncut, [life.generation], `runs without a promise under a lease: ${told}`)
      break
    case 'disabled':
    case 'stopped':
    case 'paused':
      assert.equal(dueMs, undefined, told)
      assert.deepEqual(uncut, [], `ended, and still holds a generation: ${told}`)
      break
    default:
      assert.ok(dueMs !== undefined, `nothing is armed: ${told}`)
      assert.ok(dueMs - nowMs <= 30 * 60_000, `armed too late: ${told}`)
      assert.deepEqual(uncut, [], `down, and still holds a generation: ${told}`)
  }
}

/** Left alone, with the journal well again, the account lives or has ended as somebody asked. */
function comesBack(world: World): boolean {
  let now = world
  for (let steps = 0; steps < 5; steps += 1) {
    if (['running', 'paused', 'stopped', 'disabled'].includes(now.life.phase)) return true
    if (now.life.phase === 'probing') now = apply(now, { kind: 'probed', ok: true }, now.nowMs)
    else now = apply(now, { kind: 'due' }, Math.max(now.nowMs, dueAtMs(now.life) ?? Number.NaN))
  }
  return false
}

function explore(enabled: boolean): Map<string, World> {
  const start: World = { life: createLife(enabled), nowMs: 0, uncut: [], path: [] }
  const seen = new Map([[keyOf(start), start]])
  const queue = [start]
  for (let world = queue.shift(); world; world = queue.shift()) {
    check(world)
    assert.ok(comesBack(world), `never lives again: ${world.path.join(', ')}`)
    const dueMs = dueAtMs(world.life)
    const moments = PAUSES_MS.map(pauseMs => (world?.nowMs ?? 0) + pauseMs)
    if (dueMs !== undefined) moments.push(Math.max(world.nowMs, dueMs))
    for (const nowMs of moments)
      for (const event of eventsAt(world.life)) {
        const next = apply(world, event, nowMs)
        const late = 'generation' in event && event.generation !== world.life.generation
        if (late) assert.equal(next.life, world.life, `a former generation is heard: ${next.path.join(', ')}`)
        const key = keyOf(next)
        if (seen.has(key)) continue
        seen.set(key, next)
        queue.push(next)
      }
  }
  return seen
}

test('in every reachable state something is armed, and never two generations live', context => {
  const seen = explore(true)
  const phases = new Set<string>(
    [...seen.values()].map(({ life }) => (life.phase === 'stopping' ? life.why : life.phase)),
  )
  context.diagnostic(`visited ${seen.size} states of a life in ${phases.size} phases`)
  const all = ['stopped', 'paused', 'disabled', 'running', 'waiting', 'probing', 'parked']
  for (const phase of [...all, 'failure', 'restart', 'pause', 'disable', 'shutdown'])
    assert.ok(phases.has(phase), `the walk never saw ${phase}`)
  assert.ok(seen.size > 200, `only ${seen.size} states`)
})

test('nothing but its settings moves a disabled account', () => {
  const disabled = createLife(false)
  for (const event of eventsAt(disabled))
    assert.equal(
      step(disabled, event, 0, REVIVE).life.phase,
      event.kind === 'enable' ? 'running' : 'disabled',
      event.kind,
    )
})

test('what the settings, or a shutdown, ended is not brought back by a person while it settles', () => {
  const running = step(createLife(true), { kind: 'start' }, 0, REVIVE).life
  for (const why of ['disable', 'shutdown'] as const) {
    const stopping = step(running, { kind: why }, 1, REVIVE).life
    for (const kind of ['resume', 'restart', 'pause'] as const) {
      const { life } = step(stopping, { kind }, 2, REVIVE)
      assert.equal(life.phase === 'stopping' && life.why, why, `${kind} after ${why}`)
    }
  }
})
