/** Loops, refusals, broken frames, odd numbers: rows C 26 to 31 of the survival table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../../src/lib/clock.ts'
import { sandboxFor } from '../../../support/sandbox.ts'
import { framesOf, LIMITS, type LinkHouse, linkHouse, openedAtMs, proven, resumesOf } from './house.ts'
import { createLeapClock } from './leap-clock.ts'

/** The most that fall into any window of that length. */
function mostWithin(atMs: readonly number[], windowMs: number): number {
  return Math.max(0, ...atMs.map((startMs, i) => atMs.slice(i).filter(each => each - startMs < windowMs).length))
}

test('C26 two hundred links that end right after READY: delay at the cap, at most 20 IDENTIFYs in ten minutes, up afterwards', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(t, {
    clock,
    settings: { backoffSeconds: [0.005, 0.01, 0.02] },
    limits: { reportMs: 30_000 },
    sandbox: { logCapacity: 200_000 },
  })
  await house.connected()
  const faults = [house.box.fault('close_after_ready'), house.box.fault('close_after_resumed')]
  house.box.fault('cut')
  const waits = (): boolean => {
    const { error_code, next_retry_at } = house.status()
    return error_code === 'qq_identify_budget' && next_retry_at !== null
  }
  while (openedAtMs(house.box).length < 200) {
    await house.reach('200 links, or a wait for the allowance', () => openedAtMs(house.box).length >= 200 || waits())
    if (!waits()) continue
    assert.equal(house.status().state, 'retrying')
    assert.ok(Date.parse(house.status().next_retry_at ?? '') - clock.nowMs() <= 10 * 60_000)
    clock.leap(60_000)
    const leaptToMs = clock.nowMs()
    await house.reach('it speaks again', () => Date.parse(house.status().updated_at) >= leaptToMs)
  }
  const identifies = framesOf(house.box, 2).map(({ atMs }) => atMs)
  assert.ok(
    mostWithin(identifies, 10 * 60_000) <= 20,
    `${mostWithin(identifies, 10 * 60_000)} IDENTIFYs in ten minutes`,
  )
  assert.ok(identifies.length > 20)
  assert.equal(house.box.counters().maxSockets, 1)
  for (const fault of faults) fault.off()
  house.box.clearFaults()
  clock.leap(11 * 60_000)
  await house.connected()
  await house.hear('after')
})

test('C26 the allowance is kept on disk: a restart does not bring a new one', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(t, { clock, settings: { backoffSeconds: [0.005] } })
  house.box.fault({ kind: 'gateway', on: 'identify', do: 'close', code: 4006 })
  await house.reach('used up', () => house.status().error_code === 'qq_identify_budget')
  assert.equal(house.box.counters().identifies, 20)
  await house.stop()
  house.box.clearFaults()
  const next = await linkHouse(t, { clock, box: house.box, path: house.path })
  await next.reach('it waits as well', () => next.status().error_code === 'qq_identify_budget')
  assert.equal(house.box.counters().identifies, 20)
  clock.leap(11 * 60_000)
  await next.connected()
})

test('C26 two hundred links that are cut as they open: backoff at the cap, no IDENTIFY spent, up when it ends', async t => {
  const house = await linkHouse(t, { settings: { backoffSeconds: [0.005, 0.02] }, limits: { gatewayWindowMs: 2_000 } })
  await house.connected()
  const startMs = house.box.now()
  const broken = house.box.fault('close_on_open')
  house.box.fault('cut')
  await house.reach('two hundred', () => openedAtMs(house.box).length >= 201)
  assert.ok(house.box.now() - startMs >= 198 * 16, 'faster than the cap allows')
  assert.equal(house.box.counters().identifies, 1)
  assert.ok(house.box.counters().gatewayCalls <= 2 * ((house.box.now() - startMs) / 2_000 + 1) + 1)
  broken.off()
  await house.connected()
})

for (const fault of ['close_after_resumed', 'close_on_resume'] as const)
  test(`C27 ${fault}, every time: after two in vain an IDENTIFY goes out, and the bot is ready again`, async t => {
    const house = await linkHouse(t)
    await house.connected()
    house.box.fault(fault)
    house.box.fault('cut')
    await house.reach('a new session', () => house.box.counters().identifies === 2)
    await house.connected()
    const resumes = house.box.counters().resumes
    assert.ok(resumes >= 1 && resumes <= 3, `${resumes} resumes`)
    await house.hear('after')
  })

test('C28 op 9 false in answer to RESUME: after a short pause one IDENTIFY', async t => {
  const house = await linkHouse(t)
  await house.connected()
  house.box.fault('op9_on_resume')
  house.box.fault('cut')
  await house.reach('a new session', () => house.box.counters().identifies === 2)
  await house.connected()
  assert.equal(house.box.counters().resumes, 1)
  const opened = openedAtMs(house.box)
  assert.ok((opened.at(-1) ?? 0) - (opened.at(-2) ?? 0) >= (LIMITS.invalidSessionPauseMs?.[0] ?? 0))
})

test('C28 op 9 true in answer to RESUME: resumed again, a bounded number of times', async t => {
  const house = await linkHouse(t)
  await house.connected()
  house.box.fault({ kind: 'gateway', on: 'resume', do: 'op9', resumable: true, times: 1 })
  house.box.fault('cut')
  await house.reach('resumed after all', () => house.box.counters().resumeds === 1)
  await house.connected()
  assert.equal(house.box.counters().identifies, 1)
  await house.reach('proven', () => house.status().evidence.last_ack_at !== null)

  house.box.fault({ kind: 'gateway', on: 'resume', do: 'op9', resumable: true })
  const before = house.box.counters().resumes
  house.box.fault('cut')
  await house.reach('a new session', () => house.box.counters().identifies === 2)
  await house.connected()
  assert.ok(house.box.counters().resumes - before <= 3)
})

for (const badResume of ['op9_4902', 'documented'] as const)
  test(`C28 the platform has forgotten the session (${badResume}): one IDENTIFY, and up`, async t => {
    const house = await linkHouse(t, { sandbox: { options: { badResume } } })
    await house.connected()
    house.box.fault('forget_sessions')
    house.box.fault('cut')
    await house.reach('a new session', () => house.box.counters().identifies === 2)
    await house.connected()
    assert.equal(house.box.counters().resumes, 1)
  })

test('C29 op 7, twice in a row, and in place of READY: one reconnect each, session kept, never fatal', async t => {
  const house = await linkHouse(t)
  await house.connected()
  await house.hear('before')
  for (let i = 1; i <= 2; i += 1) {
    house.box.fault('op7')
    house.box.say({ person: 'Alice', text: `during ${i}` })
    await house.reach('resumed', () => house.box.counters().resumeds === i)
    await house.reach('replayed', () => house.kept.some(({ text }) => text === `during ${i}`))
  }
  await house.connected()
  assert.equal(openedAtMs(house.box).length, 3)
  assert.equal(house.box.counters().identifies, 1)
  // A link that is not proven has this favour once; then there is a backoff, and still no error that lasts.
  house.box.fault('forget_sessions')
  house.box.fault('op7_on_identify')
  house.box.fault('op7')
  await house.reach('a new session', () => house.box.counters().readies === 2)
  await house.connected()
  assert.ok(house.transitions.every(({ to }) => to !== 'fatal'))
})

test('C29 after op 7 nothing looks connected until there is a link again', async t => {
  const house = await linkHouse(t)
  await house.connected()
  await house.reach('proven', () => house.status().evidence.last_ack_at !== null)
  const broken = house.box.fault({ kind: 'http', route: 'websocket', answer: 'silence' })
  house.box.fault('op7')
  await house.reach('not connected', () => house.status().state !== 'connected', 1_000)
  broken.off()
  await house.connected()
})

test('C30 broken JSON, an array, binary, five times each: the link is kept, each kind is warned of once', async t => {
  const house = await linkHouse(t)
  await house.connected()
  for (let i = 0; i < 5; i += 1)
    for (const frame of ['broken_json', 'array', 'binary'] as const)
      house.box.fault({ kind: 'gateway', on: 'now', do: 'raw', frame })
  await house.hear('after')
  const counts = house.status().unknown_events
  assert.deepEqual(counts, { 'frame:not_json': 5, 'frame:not_an_object': 5, 'frame:binary': 5 })
  for (const name of Object.keys(counts))
    assert.equal(house.lines.filter(line => line.includes(`"unknown":"${name}"`)).length, 1, name)
  assert.equal(openedAtMs(house.box).length, 1)
})

test('C30 a frame of 10 MB: the link is closed for it, and RESUME goes on from the last event', async t => {
  const house = await linkHouse(t)
  await house.connected()
  await house.hear('before')
  house.box.fault('huge_frame')
  await house.reach('named or up again', () => openedAtMs(house.box).length === 2)
  await house.connected()
  await house.hear('after')
  assert.equal(house.box.counters().identifies, 1)
  assert.equal(house.kept.length, 2)
})

test('C30 half a frame: no spin, noticed by the missing ACKs, resumed, nothing lost', async t => {
  const house = await linkHouse(t, { sandbox: { options: { heartbeatIntervalMs: 300, heartbeatTimeoutIntervals: 0 } } })
  await house.connected()
  await house.hear('before')
  house.box.fault('half_frame')
  house.box.say({ person: 'Alice', text: 'swallowed' })
  const cpu = process.cpuUsage()
  const startMs = systemClock.monotonicMs()
  await house.reach('another link', () => openedAtMs(house.box).length === 2)
  const { user, system } = process.cpuUsage(cpu)
  const busyShare = (user + system) / 1_000 / (systemClock.monotonicMs() - startMs)
  assert.ok(busyShare < 0.6, `busy for ${Math.round(busyShare * 100)} % of the time`)
  await house.connected()
  await house.hear('after')
  assert.deepEqual(
    house.kept.map(({ text }) => text),
    ['before', 'swallowed', 'after'],
  )
})

test('C30 the link is cut in the middle of a frame', async t => {
  const house = await linkHouse(t)
  await house.connected()
  await house.hear('before')
  house.box.fault('half_frame')
  house.box.fault('cut')
  await house.reach('another link', () => openedAtMs(house.box).length === 2)
  await house.hear('after')
  assert.equal(house.box.counters().identifies, 1)
})

/** `s` of the last event that the session has, as the platform counts. */
function seqOf(house: LinkHouse): number {
  return house.box.sessions()[0]?.seq ?? 0
}

test('C31 events before READY, out of order, with a repeated s, with a gap: RESUME names the highest', async t => {
  const house = await linkHouse(t)
  // On every link: events that belong to no session that it has.
  const early = '{"op":0,"s":4000,"t":"FRIEND_ADD","id":"x","d":{"openid":"X","timestamp":1}}'
  for (const on of ['open', 'hello'] as const)
    house.box.fault({ kind: 'gateway', on, do: 'raw', frame: { text: early }, ...(on === 'hello' ? { times: 1 } : {}) })
  await proven(house)
  await house.hear('first')
  for (const name of ['swap_events', 'repeat_seq', 'skip_seq', 'duplicate_events'] as const) {
    const fault = house.box.fault(name, { times: 1 })
    house.box.say({ person: 'Alice', text: `${name} 1` })
    house.box.say({ person: 'Alice', text: `${name} 2` })
    await house.reach('both are kept', () => [1, 2].every(i => house.kept.some(({ text }) => text === `${name} ${i}`)))
    fault.off()
    const before = seqOf(house)
    const resumes = house.box.counters().resumeds
    house.box.fault('cut')
    await house.reach('resumed', () => house.box.counters().resumeds === resumes + 1)
    assert.equal(resumesOf(house.box).at(-1)?.seq, before, name)
    // A link that was never proven is resumed from twice, and no more.
    await proven(house)
  }
  assert.equal(house.box.counters().identifies, 1)
})

test('C31 events out of order, then a restart: the highest number is on disk', async t => {
  const box = await sandboxFor(t)
  const first = await linkHouse(t, { box })
  await first.connected()
  box.fault('swap_events')
  for (const text of ['sent first', 'sent second']) box.say({ person: 'Alice', text })
  await first.reach('both are kept', () => first.kept.length === 2)
  assert.deepEqual(
    first.kept.map(({ text }) => text),
    ['sent second', 'sent first'],
  )
  await first.stop()
  const second = await linkHouse(t, { box, path: first.path })
  await second.connected()
  assert.equal(resumesOf(box).at(-1)?.seq, 3)
})

test('C31 after a new IDENTIFY the numbers begin anew, and RESUME uses the new ones', async t => {
  const house = await linkHouse(t)
  await house.connected()
  for (const text of ['one', 'two', 'three', 'four']) await house.hear(text)
  house.box.fault('close_4006')
  await house.reach('a new session', () => house.box.counters().identifies === 2)
  await house.connected()
  await house.hear('five')
  const [session] = house.box.sessions().filter(each => each.connection !== undefined)
  house.box.fault('cut')
  await house.reach('resumed', () => house.box.counters().resumeds === 1)
  assert.deepEqual(resumesOf(house.box).at(-1), { session: session?.id, seq: 2 })
})

test('C31 heartbeats carry the last event that is kept', async t => {
  const house = await linkHouse(t, { sandbox: { options: { heartbeatIntervalMs: 200 } } })
  await house.connected()
  await house.hear('one')
  await house.hear('two')
  await house.reach('a beat that tells it', () => framesOf(house.box, 1).at(-1)?.d === seqOf(house))
  assert.equal(seqOf(house), 3)
})
