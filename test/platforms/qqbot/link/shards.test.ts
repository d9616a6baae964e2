/** A bot with several connections, over real sockets: each lives for itself, and together they are one account. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LinkStatus } from '../../../../src/gateway/status/status-document.ts'
import { isRecord } from '../../../../src/lib/json.ts'
import type { OptionChanges } from '../../../../src/sandbox/sandbox.ts'
import { TEST_BOT } from '../../../support/sandbox.ts'
import { framesOf, type HouseOptions, type LinkHouse, linkHouse, requestsOf, resumesOf } from './house.ts'
import { createLeapClock, type LeapClock } from './leap-clock.ts'

const GUILDS_AND_CHATS = (1 << 30) | (1 << 25)

const withShards = (shards: 'auto' | number, more: HouseOptions = {}): HouseOptions => ({
  ...more,
  settings: { shards, intents: GUILDS_AND_CHATS, ...more.settings },
  limits: { startWindowMs: 50, ...more.limits },
})
const box = (options: OptionChanges): HouseOptions => ({ sandbox: { options } })

const shardsOf = (house: LinkHouse): readonly LinkStatus[] => house.status().shards ?? []
const allConnected = (house: LinkHouse, count: number): Promise<void> =>
  house.reach(`${count} connections`, () => {
    const shards = shardsOf(house)
    return shards.length === count && shards.every(({ state }) => state === 'connected')
  })
/** IDENTIFYs, `index/count` of each; who of those that wait is next is nobody's promise. */
const begun = (house: LinkHouse): string[] =>
  framesOf(house.box, 2)
    .map(({ d }) => (isRecord(d) && Array.isArray(d['shard']) ? d['shard'].join('/') : 'none'))
    .sort()

/** A guild whose events the connection hears, of three. */
const guildOf = (shard: number, count = 3): string => String((BigInt(count * 7 + shard) << 22n) + 12_345n)
const sayInGuild = (house: LinkHouse, shard: number, text: string, count = 3): void => {
  house.box.say({
    person: 'Alice',
    channel: 'general',
    text,
    mention: true,
    patch: { guild_id: guildOf(shard, count) },
  })
}

/** Time goes on in steps, until it holds. */
async function inSteps(house: LinkHouse, clock: LeapClock, what: string, holds: () => boolean): Promise<void> {
  await house.reach(what, () => {
    if (holds()) return true
    clock.leap(100)
    return false
  })
}

test('three connections begin their sessions one at a time, with one token and one question for the gateway', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(
    t,
    withShards(3, {
      clock,
      limits: { startWindowMs: 5_500 },
      ...box({ sessionStarts: { maxConcurrency: 1, enforceConcurrency: true }, heartbeatTimeoutIntervals: 0 }),
    }),
  )
  await inSteps(house, clock, 'three READYs', () => house.box.counters().readies === 3)
  await allConnected(house, 3)
  const starts = framesOf(house.box, 2)
  assert.deepEqual(starts.map(({ d }) => isRecord(d) && d['shard']).sort(), [
    [0, 3],
    [1, 3],
    [2, 3],
  ])
  for (const [index, { atMs }] of starts.entries())
    assert.ok(index === 0 || atMs - (starts[index - 1]?.atMs ?? 0) >= 5_000, 'two IDENTIFYs within five seconds')
  assert.equal(house.box.counters().tokenCalls, 1)
  assert.equal(requestsOf(house.box, '/gateway/bot').length, 1)
  assert.equal(house.status().state, 'connected')
  assert.equal(house.status().generation, 1)
})

test('as many begin at the same time as the platform lets', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(
    t,
    withShards(4, {
      clock,
      limits: { startWindowMs: 5_500 },
      ...box({ sessionStarts: { maxConcurrency: 2, enforceConcurrency: true }, heartbeatTimeoutIntervals: 0 }),
    }),
  )
  await house.reach('two READYs', () => house.box.counters().readies === 2)
  assert.equal(house.status().state, 'connecting')
  await inSteps(house, clock, 'four READYs', () => house.box.counters().readies === 4)
  assert.equal(house.box.counters().identifies, 4)
})

test('what comes by any of them is kept once, also where several bring it', async t => {
  const house = await linkHouse(t, withShards(3))
  await allConnected(house, 3)
  for (const shard of [0, 1, 2]) sayInGuild(house, shard, `guild ${shard}`)
  await house.reach('all guilds', () => house.kept.length === 3)
  house.box.setOptions({ chatShard: 'all' })
  house.box.say({ person: 'Alice', text: 'to everyone' })
  await house.reach('three copies', () => house.kept.length === 6)
  assert.deepEqual(house.kept.map(({ text, acceptance }) => `${text} ${acceptance}`).sort(), [
    'guild 0 new',
    'guild 1 new',
    'guild 2 new',
    'to everyone known',
    'to everyone known',
    'to everyone new',
  ])
})

test('a connection that breaks is resumed from its own place, and the others notice nothing', async t => {
  const house = await linkHouse(t, withShards(3))
  await allConnected(house, 3)
  for (const shard of [0, 1, 2])
    for (let count = 0; count <= shard; count += 1) sayInGuild(house, shard, `${shard}.${count}`)
  await house.reach('six messages', () => house.kept.length === 6)
  const readyMs = (): number[] => shardsOf(house).map(({ evidence }) => Date.parse(evidence.ready_at ?? ''))
  const before = readyMs()
  house.box.fault({ kind: 'gateway', on: 'heartbeat', do: 'destroy', times: 1 })
  await house.reach('resumed', () => house.box.counters().resumeds === 1)
  await allConnected(house, 3)
  const after = readyMs()
  const broken = [0, 1, 2].filter(shard => Math.abs((before[shard] ?? 0) - (after[shard] ?? 0)) > 50)
  assert.equal(broken.length, 1, `${before} ${after}`)
  // READY was 1, and each event one more.
  assert.deepEqual(resumesOf(house.box)[0]?.seq, 1 + (broken[0] ?? 0) + 1)
  const told = house.transitions.find(({ to }) => to === 'retrying')
  assert.match(told?.message ?? '', new RegExp(`^shard ${broken[0]} of 3: `))
  assert.equal(house.box.counters().identifies, 3)
  assert.deepEqual(
    shardsOf(house).map(({ generation }) => generation),
    [1, 1, 1],
  )
})

test('while one is down the account is not connected, and can be sent through all the same', async t => {
  const house = await linkHouse(t, withShards(2))
  await allConnected(house, 2)
  const fault = house.box.fault({ kind: 'gateway', on: 'hello', do: 'close', code: 4000 })
  house.box.fault({ kind: 'gateway', on: 'heartbeat', do: 'close', code: 4000, times: 1 })
  await house.reach('one down', () => house.status().attempt >= 2)
  const { state, error_code: code, shards = [] } = house.status()
  assert.deepEqual([state, code], ['retrying', 'qq_session_lost'])
  assert.deepEqual(shards.map(each => each.state).sort(), ['connected', 'retrying'])
  assert.equal(house.runner.links.isUp('qqbot'), true)
  fault.off()
  await allConnected(house, 2)
  assert.equal(house.status().state, 'connected')
})

test('one that is refused for good leaves the others alive: the account is fatal to whoever looks, and the process goes on', async t => {
  const house = await linkHouse(t, withShards(3))
  await allConnected(house, 3)
  house.box.fault({ kind: 'gateway', on: 'heartbeat', do: 'close', code: 4012, times: 1 })
  await house.reach('fatal', () => house.status().state === 'fatal')
  const { error_code: code, error_message: message, retryable, shards = [] } = house.status()
  assert.deepEqual([code, retryable], ['qq_version_refused', false])
  assert.match(message ?? '', /^shard [012] of 3: invalid protocol version/)
  assert.deepEqual(shards.map(({ state }) => state).sort(), ['connected', 'connected', 'fatal'])
  const fallen = shards.findIndex(({ state }) => state === 'fatal')
  const living = (fallen + 1) % 3
  sayInGuild(house, living, 'still there?')
  await house.reach('heard', () => house.kept.some(({ text }) => text === 'still there?'))
  // A person's wish is for the account, and brings back the one that needs it.
  const generations = shards.map(({ generation }) => generation)
  house.runner.resume('qqbot')
  await allConnected(house, 3)
  assert.deepEqual(
    shardsOf(house).map(({ generation }) => generation),
    generations.map((generation, shard) => generation + (shard === fallen ? 1 : 0)),
  )
})

test('pause, resume and restart are for all of them', async t => {
  const house = await linkHouse(t, withShards(2))
  await allConnected(house, 2)
  house.runner.pause('qqbot')
  await house.reach('paused', () => shardsOf(house).every(({ state }) => state === 'paused'))
  assert.equal(house.status().state, 'paused')
  await house.reach('no link', () => house.box.counters().liveLinks === 0)
  house.runner.resume('qqbot')
  await allConnected(house, 2)
  house.runner.restart('qqbot')
  await house.reach('third generation', () => shardsOf(house).every(({ generation }) => generation === 3))
  await allConnected(house, 2)
  assert.equal(house.box.counters().maxLinks, 2, 'never two links of one connection')
})

test('a process that comes back resumes each session in its place', async t => {
  const first = await linkHouse(t, withShards(3))
  await allConnected(first, 3)
  sayInGuild(first, 1, 'before')
  await first.reach('kept', () => first.kept.length === 1)
  await first.stop()
  sayInGuild(first, 2, 'while away')
  const second = await linkHouse(t, withShards(3, { box: first.box, path: first.path }))
  await allConnected(second, 3)
  await second.reach('what came meanwhile', () => second.kept.some(({ text }) => text === 'while away'))
  assert.equal(second.box.counters().identifies, 3)
  assert.equal(new Set(resumesOf(second.box).map(({ session }) => session)).size, 3)
})

test('another count begins anew: a session is resumed by nobody else than who began it', async t => {
  const house = await linkHouse(t, withShards(1))
  await house.connected()
  assert.equal(house.status().shards, undefined)
  house.change({ shards: 2 })
  house.runner.restart('qqbot')
  await allConnected(house, 2)
  house.change({ shards: 1 })
  house.runner.restart('qqbot')
  await house.reach('one again', () => house.status().shards === undefined && house.status().state === 'connected')
  await house.reach('one link', () => house.box.counters().liveLinks === 1)
  assert.deepEqual(begun(house), ['0/1', '0/1', '0/2', '1/2'])
  assert.deepEqual(resumesOf(house.box), [])
})

test('auto: as many as the platform recommends, known from the first moment on by the next process', async t => {
  const options = box({ shards: { recommended: 2, least: 2 } })
  const house = await linkHouse(t, withShards('auto', options))
  await allConnected(house, 2)
  // Asked before anything was begun: nothing was begun in vain.
  assert.deepEqual(begun(house), ['0/2', '1/2'])
  await house.stop()
  const next = await linkHouse(t, withShards('auto', { box: house.box, path: house.path }))
  await allConnected(next, 2)
  assert.equal(next.status().generation, 1)
  assert.equal(next.box.counters().resumeds, 2)
})

test('auto: a platform that does not say leaves the last count in force, and one at the very beginning', async t => {
  const options = box({ shards: { recommended: 2, least: 0 } })
  const former = await linkHouse(t, withShards('auto', options))
  await allConnected(former, 2)
  await former.stop()
  former.box.fault('gateway_500')
  const house = await linkHouse(t, withShards('auto', { box: former.box, path: former.path }))
  await allConnected(house, 2)
  const fresh = await linkHouse(t, withShards('auto', { box: former.box }))
  await fresh.reach('it tries with one', () => fresh.status().error_code === 'qq_gateway_failed')
  assert.equal(fresh.status().shards, undefined)
})

test('auto: 4011 asks anew, and all begin with what the platform recommends then', async t => {
  const house = await linkHouse(t, withShards('auto'))
  await house.connected()
  house.box.setOptions({ shards: { recommended: 3, least: 3 } })
  house.box.fault({ kind: 'gateway', on: 'now', do: 'close', code: 4011, reason: 'too many guilds' })
  await allConnected(house, 3)
  assert.deepEqual(begun(house), ['0/1', '0/3', '1/3', '2/3'])
  assert.ok(house.transitions.some(({ code }) => code === 'qq_shards_too_few'))
})

test('auto: a platform that refuses what it recommends is tried again at a pace, and is never fatal for it', async t => {
  const house = await linkHouse(t, withShards('auto', box({ shards: { recommended: 1, least: 2 } })))
  await house.reach('three tries', () => house.box.counters().identifies === 3)
  await house.reach('the third is refused', () => {
    const { state, error_code } = house.status()
    return state === 'retrying' && error_code === 'qq_shards_too_few'
  })
  house.box.setOptions({ shards: { recommended: 2 } })
  await allConnected(house, 2)
})

test('auto: a platform that recommends another number each time does not make it begin anew each time', async t => {
  const house = await linkHouse(
    t,
    withShards('auto', { ...box({ shards: { recommended: 2, least: 0 } }), limits: { gatewayWindowMs: 60_000 } }),
  )
  await allConnected(house, 2)
  house.box.setOptions({ shards: { recommended: 5 } })
  house.runner.restart('qqbot')
  await house.reach('restarted', () => shardsOf(house).every(({ generation }) => generation > 1))
  await allConnected(house, 2)
})

test('a number that is too small for the platform is final, and the setting is named', async t => {
  const house = await linkHouse(t, withShards(2, box({ shards: { recommended: 4, least: 4 } })))
  await house.reach(
    'fatal',
    () => shardsOf(house).length === 2 && shardsOf(house).every(({ state }) => state === 'fatal'),
  )
  const { error_code: code, hint, retryable } = house.status()
  assert.deepEqual([code, retryable], ['qq_shards_too_few', false])
  assert.match(hint ?? '', /platforms\.<account>\.shards to auto/)
  assert.equal(house.box.counters(TEST_BOT.appId).identifies, 2)
})

test('what a bot may begin is one allowance: each connection spends of it, and what the platform says is left counts', async t => {
  const house = await linkHouse(t, withShards(3, box({ sessionStarts: { total: 5 } })))
  await allConnected(house, 3)
  house.box.fault({ kind: 'gateway', on: 'now', do: 'close', code: 4006 })
  // Two are left of five for three connections.
  await house.reach('nothing left', () => house.status().error_code === 'qq_identify_budget')
  await house.reach('two of three', () => shardsOf(house).filter(({ state }) => state === 'connected').length === 2)
  assert.equal(house.box.counters().identifies, 5)
  const waits = Date.parse(house.status().next_retry_at ?? '') - Date.now()
  assert.ok(waits > 23 * 3_600_000 && waits <= 24 * 3_600_000, `${waits} ms`)
})
