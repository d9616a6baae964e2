/** Outages, failures inside, half-closed sockets, restarts: rows C 32 to 37 of the survival table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../../src/lib/clock.ts'
import { isRecord } from '../../../../src/lib/json.ts'
import { cleanUp } from '../../../support/clean-up.ts'
import { sandboxFor } from '../../../support/sandbox.ts'
import { framesOf, linkHouse, openedAtMs } from './house.ts'

test('C32 an outage longer than any budget of attempts: still trying, honest all the time, up within one cap', async t => {
  const capMs = 120
  const house = await linkHouse(t, {
    settings: { maxAttempts: 3, backoffSeconds: [0.03, 0.06, capMs / 1000] },
    reviveSeconds: [capMs / 1000],
  })
  await house.connected()
  const down = house.box.fault('host_down')
  await house.reach('noticed', () => house.status().state !== 'connected', 2_000)
  const lives = house.status().generation
  await house.reach('many lives', () => {
    assert.notEqual(house.status().state, 'connected')
    return house.status().generation >= lives + 4
  })
  const healedMs = systemClock.monotonicMs()
  down.off()
  await house.connected()
  assert.ok(systemClock.monotonicMs() - healedMs < 5_000)
  await house.hear('after')
})

test('C33 something inside a life throws: the life ends as a bug, and another one takes over', async t => {
  let armed = false
  const house = await linkHouse(t, {
    async accept() {
      if (!armed) return
      armed = false
      throw new TypeError('a bug in the house')
    },
  })
  await house.connected()
  armed = true
  house.box.say({ person: 'Alice', text: 'the one that breaks it' })
  await house.reach('fatal', () => house.transitions.some(({ to, code }) => to === 'fatal' && code === 'bug'))
  await house.connected()
  assert.equal(house.status().generation, 2)
  // It was not kept, so the platform is asked for it again.
  await house.reach('replayed', () => house.kept.some(({ text }) => text === 'the one that breaks it'))
  assert.equal(house.box.counters().identifies, 1)
})

test('C35 a restart asked for while the life fails: exactly one new link, never two at once', async t => {
  let asked = 0
  const house = await linkHouse(t, {
    onTransition({ to }, runner) {
      if (to !== 'retrying' && to !== 'fatal') return
      asked += 1
      if (asked <= 3) runner.restart('qqbot')
    },
  })
  await house.connected()
  house.box.fault('close_4009')
  await house.reach('asked', () => asked >= 1)
  await house.connected()
  await house.hear('after')
  assert.equal(house.box.sessions().filter(each => each.connection !== undefined).length, 1)
  assert.equal(house.box.counters().maxLinks, 1)
})

test('C36 the old socket is half closed while a new one is up: what it still says is not heard', async t => {
  const box = await sandboxFor(t, { options: { heartbeatIntervalMs: 300, heartbeatTimeoutIntervals: 0 } })
  const house = await linkHouse(t, { box })
  await house.connected()
  await house.hear('before')
  const frozen = box.fault('freeze_links')
  await house.reach('another link', () => openedAtMs(box).length === 2)
  await house.connected()
  // Everything that the old link held back goes out now: ACKs, op 7, a close.
  box.fault('op7')
  frozen.off()
  await house.connected()
  await house.hear('after')
  assert.deepEqual(
    house.kept.map(({ text, acceptance }) => `${acceptance} ${text}`),
    ['new before', 'new after'],
  )
  assert.equal(box.counters().maxLinks, 1)
})

test('C37 a restart within the resume window: the kept session is resumed, what was missed comes once', async t => {
  const box = await sandboxFor(t)
  const first = await linkHouse(t, { box })
  await first.connected()
  await first.hear('before')
  await first.stop()
  await first.reach('gone', () => box.totals.openSockets === 0)
  box.say({ person: 'Alice', text: 'missed 1' })
  box.say({ person: 'Alice', text: 'missed 2' })
  const second = await linkHouse(t, { box, path: first.path })
  await second.connected()
  await second.hear('after')
  assert.deepEqual(
    second.kept.map(({ text, acceptance }) => `${acceptance} ${text}`),
    ['new missed 1', 'new missed 2', 'new after'],
  )
  assert.equal(box.counters().identifies, 1)
  const resume = framesOf(box, 6).at(-1)
  assert.ok(isRecord(resume?.d) && resume.d['seq'] === 2)
})

test('C37 a restart long after: a clean IDENTIFY', async t => {
  const box = await sandboxFor(t)
  const first = await linkHouse(t, { box })
  await first.connected()
  await first.hear('before')
  await first.stop()
  const second = await linkHouse(t, { box, path: first.path, limits: { resumeMaxAgeMs: 0 } })
  await second.connected()
  assert.equal(box.counters().identifies, 2)
  assert.equal(box.counters().resumes, 0)
})

test('C37 a restart to which the platform says that the session is gone: IDENTIFY, and no message twice', async t => {
  const box = await sandboxFor(t)
  const first = await linkHouse(t, { box })
  await first.connected()
  await first.hear('before')
  await first.stop()
  box.fault('forget_sessions')
  const second = await linkHouse(t, { box, path: first.path })
  cleanUp(t, () => second.stop())
  await second.connected()
  await second.hear('after')
  assert.equal(box.counters().identifies, 2)
  assert.deepEqual(
    second.kept.map(({ text }) => text),
    ['after'],
  )
})
