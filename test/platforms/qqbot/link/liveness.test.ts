/** Whether a link still lives: heartbeats, silence, half-open connections. Part B of the survival table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../../src/lib/clock.ts'
import { startHalfOpenProxy } from '../../../../src/sandbox/half-open-proxy.ts'
import type { FaultSpec } from '../../../../src/sandbox/sandbox.ts'
import { cleanUp } from '../../../support/clean-up.ts'
import { sandboxFor } from '../../../support/sandbox.ts'
import { framesOf, linkHouse, openedAtMs, requestsOf, resumesOf } from './house.ts'

const INTERVAL_MS = 400
const beating = { options: { heartbeatIntervalMs: INTERVAL_MS, heartbeatTimeoutIntervals: 0 } }

for (const [row, what, fault] of [
  ['B12', 'no ACK any more, TCP open', { kind: 'mute', what: 'ack' }],
  ['B13', 'the link freezes: nothing read, nothing written, nothing closed', { kind: 'freeze_links' }],
] as const satisfies readonly (readonly [string, string, FaultSpec])[])
  test(`${row} ${what}: dropped after two intervals, resumed, and later events arrive`, async t => {
    const house = await linkHouse(t, { sandbox: beating })
    await house.connected()
    await house.hear('before')
    await house.reach('an ACK', () => house.status().evidence.last_ack_at !== null)
    const startMs = systemClock.monotonicMs()
    const broken = house.box.fault(fault)
    await house.reach('the silence is noticed', () => house.status().error_code === 'qq_ack_missing')
    const noticedMs = systemClock.monotonicMs() - startMs
    assert.ok(noticedMs >= INTERVAL_MS / 2, `noticed after ${noticedMs} ms`)
    // The last proof may be an interval old when the silence begins; a busy machine is given some time.
    assert.ok(noticedMs <= 2 * INTERVAL_MS + 1_500, `noticed after ${noticedMs} ms`)
    broken.off()
    await house.connected()
    await house.hear('after')
    assert.equal(house.box.counters().identifies, 1)
    assert.ok(house.box.counters().resumeds >= 1)
    assert.deepEqual(new Set(house.kept.map(({ text }) => text)), new Set(['before', 'after']))
  })

test('B13 the whole host freezes: never shown as connected for longer than a proof stands, and up when it goes on', async t => {
  const house = await linkHouse(t, { sandbox: beating, limits: { dialMs: 300, tokenMs: 300, gatewayMs: 300 } })
  await house.connected()
  const broken = house.box.fault('freeze')
  await house.reach('not connected', () => house.status().state !== 'connected', 2 * INTERVAL_MS + 3_000)
  const until = systemClock.monotonicMs() + 1_000
  while (systemClock.monotonicMs() < until) {
    assert.notEqual(house.status().state, 'connected')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  broken.off()
  await house.connected()
  await house.hear('after')
})

for (const direction of ['both', 'to_target', 'to_client'] as const)
  test(`B13 a connection that is half open (${direction}): noticed, replaced, nothing lost`, async t => {
    const box = await sandboxFor(t, beating)
    const proxy = await startHalfOpenProxy({ port: box.port })
    cleanUp(t, () => proxy.stop())
    box.fault({
      kind: 'http',
      route: 'gateway',
      answer: { status: 200, body: { url: `${proxy.url.replace('http', 'ws')}/websocket` } },
    })
    const house = await linkHouse(t, { box, limits: { dialMs: 400, helloMs: 300, readyMs: 300 } })
    await house.connected()
    await house.hear('before')
    const startMs = systemClock.monotonicMs()
    proxy.blackHole(direction)
    await house.reach('noticed', () => house.status().error_code === 'qq_ack_missing')
    assert.ok(systemClock.monotonicMs() - startMs <= 2 * INTERVAL_MS + 2_000)
    box.say({ person: 'Alice', text: 'into the hole' })
    await house.reach('tried in vain', () => house.status().attempt >= 2)
    proxy.flow()
    await house.connected()
    await house.hear('after')
    assert.deepEqual(
      house.kept.map(({ text, acceptance }) => `${acceptance} ${text}`),
      ['new before', 'new into the hole', 'new after'],
    )
    assert.equal(box.counters().maxLinks, 1)
  })

/** Gaps between the heartbeats of the last link, the first one from READY on (it goes out at once). */
function gapsOf(house: Awaited<ReturnType<typeof linkHouse>>): number[] {
  const beats = framesOf(house.box, 1)
  const connection = beats.at(-1)?.connection
  const atMs = beats.filter(beat => beat.connection === connection).map(beat => beat.atMs)
  return atMs.slice(1).map((each, i) => each - (atMs[i] ?? 0))
}

/** One that was late, or was heard late, does not count. */
function medianOf(gaps: readonly number[]): number {
  return [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? Number.NaN
}

for (const [told, expectedMs] of [
  [250, 250],
  [412.5, 412.5],
  [null, 300],
  ['250', 300],
  [0, 300],
  [-1, 300],
  [1, 100],
  [1e12, 600],
] as const)
  test(`B15 HELLO names the interval ${JSON.stringify(told)}: beats come on time, and no loop runs hot`, async t => {
    const house = await linkHouse(t, {
      limits: { heartbeatDefaultMs: 300, heartbeatMinMs: 100, heartbeatMaxMs: 600 },
      sandbox: { options: { heartbeatIntervalMs: told, heartbeatTimeoutIntervals: 0 } },
    })
    await house.connected()
    await house.reach('six beats', () => framesOf(house.box, 1).length >= 6)
    const gap = medianOf(gapsOf(house))
    assert.equal(openedAtMs(house.box).length, 1, 'the link was kept')
    assert.ok(gap >= expectedMs - 25 && gap <= expectedMs + 200, `${gapsOf(house)} for ${expectedMs}`)
  })

test('B15 the interval is another one after a reconnect: beats follow the new one', async t => {
  const house = await linkHouse(t, { sandbox: { options: { heartbeatIntervalMs: 1_000 } } })
  await house.connected()
  house.box.setOptions({ heartbeatIntervalMs: 200 })
  house.box.fault('cut')
  await house.reach('another link', () => openedAtMs(house.box).length === 2)
  const before = framesOf(house.box, 1).length
  await house.reach('beats on it', () => framesOf(house.box, 1).length >= before + 6)
  const gap = medianOf(gapsOf(house))
  assert.ok(gap >= 175 && gap < 600, `${gapsOf(house)}`)
})

test('B16 our own event loop stands still for more than two intervals: one late beat, and the peer is not blamed', async t => {
  const house = await linkHouse(t, { sandbox: beating })
  await house.connected()
  await house.reach('an ACK', () => house.status().evidence.last_ack_at !== null)
  const beats = framesOf(house.box, 1).length
  const untilMs = systemClock.monotonicMs() + 3 * INTERVAL_MS
  while (systemClock.monotonicMs() < untilMs);
  await house.reach('it beats again', () => framesOf(house.box, 1).length >= beats + 3)
  const gaps = framesOf(house.box, 1)
    .map(({ atMs }) => atMs)
    .slice(beats)
    .map((atMs, i, all) => atMs - (all[i - 1] ?? 0))
    .slice(1)
  for (const gap of gaps) assert.ok(gap >= INTERVAL_MS / 2, `beats in a row after ${gap} ms`)
  await house.connected()
  assert.equal(openedAtMs(house.box).length, 1)
  assert.equal(house.status().attempt, 0)
})

test('B17 quiet, with ACKs flowing, for many intervals: no reconnect, connected all the time', async t => {
  const house = await linkHouse(t, { sandbox: { options: { heartbeatIntervalMs: 200 } } })
  await house.connected()
  await house.reach('thirty beats', () => house.box.counters().heartbeats >= 30)
  assert.equal(openedAtMs(house.box).length, 1)
  assert.equal(house.box.counters().identifies, 1)
  assert.equal(requestsOf(house.box, '/gateway').length, 1)
  assert.equal(resumesOf(house.box).length, 0)
  assert.equal(house.status().state, 'connected')
})
