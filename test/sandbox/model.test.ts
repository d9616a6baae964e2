/** The model without any network, on a clock that stands still: what a simulation builds on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import { createPlatform, type Platform } from '../../src/sandbox/model/platform.ts'
import type { Effect } from '../../src/sandbox/model/world.ts'
import { createOperator, type Operator } from '../../src/sandbox/operator.ts'
import { createDriver } from '../../src/sandbox/shell/driver.ts'

interface World {
  readonly clock: VirtualClock
  readonly platform: Platform
  readonly operator: Operator
  readonly effects: Effect[]
  /** Texts sent to a link since the last look. */
  heard(link: number): string[]
  token(): string
  connect(): number
  stop(): void
}

function createWorld(seed = 1): World {
  const clock = createVirtualClock()
  const effects: Effect[] = []
  let model: Platform | undefined
  const driver = createDriver(clock, () => model)
  const platform = createPlatform({
    clock,
    random: seededRandom(seed),
    effect: effect => effects.push(effect),
    rearm: driver.rearm,
  })
  model = platform
  platform.addBot({ appId: '102000001', secret: 'model-secret' })
  const world: World = {
    clock,
    platform,
    operator: createOperator(platform),
    effects,
    heard(link) {
      const texts = effects.flatMap(effect => (effect.kind === 'text' && effect.link === link ? [effect.text] : []))
      effects.splice(0)
      return texts
    },
    token() {
      const body = '{"appId":"102000001","clientSecret":"model-secret"}'
      const plan = platform.rest.handle({ method: 'POST', path: '/app/getAppAccessToken', headers: {}, body })
      assert.ok(plan.outcome === 'answer')
      return JSON.parse(plan.body).access_token
    },
    connect() {
      let link = 0
      platform.gateway.opened(id => {
        link = id
      })
      platform.gateway.received(
        link,
        JSON.stringify({ op: 2, d: { token: `QQBot ${world.token()}`, intents: 1 << 25, shard: [0, 1] } }),
      )
      return link
    },
    stop: driver.stop,
  }
  return world
}

test('a session lives, misses its beats and is closed, all in virtual time', async () => {
  const world = createWorld()
  const link = world.connect()
  assert.equal(world.heard(link).length, 2)
  await world.clock.advance(100_000)
  world.platform.gateway.received(link, '{"op":1,"d":1}')
  assert.deepEqual(world.heard(link), ['{"op":11}'])
  await world.clock.advance(112_499)
  assert.deepEqual(world.effects, [])
  await world.clock.advance(1)
  assert.deepEqual(world.effects, [{ kind: 'close', link, code: 4009, reason: 'Session timed out' }])
  world.platform.gateway.closed(link, 4009, '')
  assert.equal(world.clock.armed, 0)
})

test("tokens expire by the platform's time, and the wall clock does not move it", async () => {
  const world = createWorld()
  const first = world.token()
  world.clock.jumpWall(86_400_000)
  assert.equal(world.token(), first)
  await world.clock.advance(7_140_000)
  const second = world.token()
  assert.notEqual(second, first)
  world.operator.advance(7_200_000)
  assert.notEqual(world.token(), second)
})

test('faults begin, end and strike in virtual time', async () => {
  const world = createWorld()
  const link = world.connect()
  world.heard(link)
  world.operator.fault('no_ack', { afterMs: 1_000, forMs: 1_000 })
  const beat = (): string[] => {
    world.platform.gateway.received(link, '{"op":1,"d":1}')
    return world.heard(link)
  }
  assert.equal(beat().length, 1)
  await world.clock.advance(1_000)
  assert.equal(beat().length, 0)
  await world.clock.advance(1_000)
  assert.equal(beat().length, 1)
  assert.equal(world.operator.faults().length, 0)
  world.operator.fault({ kind: 'slow', what: 'ack', delayMs: 5_000 })
  assert.equal(beat().length, 0)
  await world.clock.advance(5_000)
  assert.deepEqual(world.heard(link), ['{"op":11}'])
})

test('the same seed tells the same story', () => {
  const story = (seed: number): unknown => {
    const world = createWorld(seed)
    world.connect()
    world.operator.say({ person: 'Alice', text: 'hi' })
    world.operator.say({ group: 'Family', person: 'Bob', text: 'ho' })
    return world.effects
  }
  assert.deepEqual(story(7), story(7))
  assert.notDeepEqual(story(7), story(8))
})

test('a session keeps what it missed, as long and as much as it may', async () => {
  const world = createWorld()
  world.operator.setOptions({ replayLimit: 3 })
  const link = world.connect()
  world.platform.gateway.closed(link, 1006, '')
  const [session] = world.operator.sessions()
  for (let at = 0; at < 5; at += 1) world.operator.say({ person: 'Alice', text: `n${at}` })
  const resume = (seq: number): string[] => {
    let id = 0
    world.effects.splice(0)
    world.platform.gateway.opened(opened => {
      id = opened
    })
    const d = { token: `QQBot ${world.token()}`, session_id: session?.id, seq }
    world.platform.gateway.received(id, JSON.stringify({ op: 6, d }))
    const texts = world.heard(id).slice(1)
    world.platform.gateway.closed(id, 1006, '')
    return texts
  }
  assert.deepEqual(resume(1), ['{"op":9,"d":false}'])
  const replayed = resume(3).map(text => JSON.parse(text))
  assert.deepEqual(
    replayed.map(({ s, t: type }) => [s, type]),
    [
      [4, 'C2C_MESSAGE_CREATE'],
      [5, 'C2C_MESSAGE_CREATE'],
      [6, 'C2C_MESSAGE_CREATE'],
      [7, 'RESUMED'],
    ],
  )
  await world.clock.advance(10 * 60_000 + 1)
  assert.deepEqual(resume(6), ['{"op":9,"d":false}'])
})

test('unknown options and values of another type are refused by name', () => {
  const { operator, platform } = createWorld()
  assert.throws(() => operator.setOptions({ textLimits: 3 } as object), /no option textLimits/)
  assert.throws(() => operator.setOptions({ passive: { c2c: { places: 'many' } } } as object), /passive\.c2c\.places/)
  operator.setOptions({ passive: { c2c: { places: 5 } }, heartbeatIntervalMs: null })
  assert.deepEqual(platform.world.options.passive.c2c, { places: 5, windowMs: 3_600_000 })
})

test('the record is bounded, and continues where a reader left', () => {
  const clock = createVirtualClock()
  const platform = createPlatform({
    clock,
    random: seededRandom(1),
    effect: () => {},
    rearm: () => {},
    logCapacity: 10,
  })
  platform.addBot({ appId: '102000001', secret: 'model-secret' })
  const operator = createOperator(platform)
  for (let at = 0; at < 30; at += 1) operator.say({ person: 'Alice', text: `n${at}` })
  const entries = operator.log.entries()
  assert.equal(entries.length, 10)
  assert.equal(entries.at(-1)?.n, 60)
  assert.equal(operator.log.entries({ since: 58 }).length, 2)
})
