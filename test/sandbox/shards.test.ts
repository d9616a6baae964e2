/** A bot with several connections: who hears what, how many may begin at once, and how the platform says how many there should be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sandboxFor, TEST_BOT } from '../support/sandbox.ts'
import { call, greeted, identify, login, ready } from './raw-bot.ts'

const EVERYTHING = (1 << 30) | (1 << 25)

test('a guild is heard by the connection that its number falls to, and by no other', async t => {
  const box = await sandboxFor(t)
  const links = await Promise.all([0, 1, 2].map(index => ready(box, { intents: EVERYTHING, shard: [index, 3] })))
  const guildOf = (shard: number): string => String((BigInt(3 * 7 + shard) << 22n) + 12_345n)
  for (const [index, { link }] of links.entries()) {
    box.push({ type: 'AT_MESSAGE_CREATE', d: { id: `g${index}`, guild_id: guildOf(index) } })
    assert.deepEqual((await link.next()).d, { id: `g${index}`, guild_id: guildOf(index) })
  }
  assert.deepEqual(
    links.map(({ link }) => link.waiting),
    [0, 0, 0],
  )
  for (const { link } of links) link.end()
})

test('private chats and groups are heard by the first connection, by one of each, or by all', async t => {
  const box = await sandboxFor(t)
  const links = await Promise.all([0, 1].map(index => ready(box, { shard: [index, 2] })))
  const people = Array.from({ length: 12 }, (_, index) => `person ${index}`)
  const heard = async (): Promise<number[]> => {
    for (const person of people) box.say({ person, text: 'hi' })
    // In order on each link: what comes after it came last.
    box.setOptions({ chatShard: 'all' })
    box.push({ type: 'C2C_MESSAGE_CREATE', d: { id: 'last' } })
    return Promise.all(
      links.map(async ({ link }) => {
        let count = 0
        while (JSON.stringify((await link.next()).d) !== '{"id":"last"}') count += 1
        return count
      }),
    )
  }
  assert.deepEqual(await heard(), [12, 0])
  box.setOptions({ chatShard: 'spread' })
  const spread = await heard()
  assert.equal((spread[0] ?? 0) + (spread[1] ?? 0), 12)
  assert.ok(Math.min(...spread) > 0, `spread ${spread}`)
  box.setOptions({ chatShard: 'all' })
  assert.deepEqual(await heard(), [12, 12])
  for (const { link } of links) link.end()
})

test('how many connections it recommends stands in the answer; fewer than it needs are closed with 4011', async t => {
  const box = await sandboxFor(t, {
    options: { shards: { recommended: 3, least: 2 }, sessionStarts: { maxConcurrency: 4 } },
  })
  const token = await login(box)
  const { json } = await call(box, 'GET', '/gateway/bot', undefined, `QQBot ${token}`)
  assert.equal(json['shards'], 3)
  assert.deepEqual(json['session_start_limit'], {
    total: 1000,
    remaining: 1000,
    reset_after: 86_400_000,
    max_concurrency: 4,
  })
  const link = await greeted(box)
  link.send(identify(token, { shard: [0, 1] }))
  assert.equal((await link.closed).code, 4011)
  const enough = await ready(box, { shard: [0, 2] })
  enough.link.end()
})

test('more IDENTIFYs within 5 s than may begin at once are refused, and count for nothing', async t => {
  const box = await sandboxFor(t, { options: { sessionStarts: { maxConcurrency: 2, enforceConcurrency: true } } })
  const token = await login(box)
  const first = [await ready(box, { shard: [0, 3] }), await ready(box, { shard: [1, 3] })]
  const third = await greeted(box)
  third.send(identify(token, { shard: [2, 3] }))
  assert.deepEqual([(await third.next()).op, (await third.closed).code], [9, 4903])
  box.advance(5_001)
  const again = await ready(box, { shard: [2, 3] })
  assert.equal(box.counters(TEST_BOT.appId).readies, 3)
  for (const { link } of [...first, again]) link.end()
})
