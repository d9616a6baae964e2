/** A bot with several connections, in a real process: killed and begun again, and with another count by a reload. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { createWorld, type Scene } from '../../../scripts/survival/world.ts'
import type { AccountStatus } from '../../../src/gateway/status/status-document.ts'
import { isRecord, parseJson } from '../../../src/lib/json.ts'
import { eventually } from '../../support/eventually.ts'
import { SOURCES } from '../../support/herald.ts'

const COUNT = 3
const ALL_AT_ONCE = { sessionStarts: { maxConcurrency: 8 } }
const connections =
  (count: number) =>
  ({ state, shards = [] }: AccountStatus): boolean =>
    state === 'connected' && shards.length === count
const inGuild = ({ box }: Scene, shard: number, text: string): Promise<unknown> => {
  const guild_id = String((BigInt(COUNT * 7 + shard) << 22n) + 12_345n)
  return box.say({ person: 'Alice', channel: `room-${shard}`, text, mention: true, patch: { guild_id } })
}
const answersIn = async ({ box }: Scene, shard: number): Promise<string[]> =>
  (await box.answers({ channel: `room-${shard}` })).map(({ text }) => text ?? '')
/** Sessions that were begun, and resumed, by now. */
const starts = async ({ box }: Scene): Promise<[identifies: number, resumeds: number]> => {
  const { identifies, resumeds } = await box.counters()
  return [identifies, resumeds]
}

test('kill -9: every connection is resumed by the next process, and what came meanwhile is answered once', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene({ bot: { shards: COUNT } }, ALL_AT_ONCE)
  const first = scene.start()
  await first.until('three connections', connections(COUNT))
  for (const shard of [0, 1, 2]) await inGuild(scene, shard, `hello ${shard}`)
  for (const shard of [0, 1, 2])
    await eventually(`an answer in guild ${shard}`, 20_000, async () => (await answersIn(scene, shard)).length === 1)

  const told = await scene.command('status')
  assert.equal(told.code, 0)
  assert.match(told.stdout, /^ {2}shards {6}3 of 3 connected$/m)
  const metrics = (await first.get('/metrics')).text
  assert.match(metrics, /^herald_shard_state\{account="qqbot",shard="2",state="connected"\} 1$/m)

  process.kill(first.pid, 'SIGKILL')
  await first.ended
  for (const shard of [0, 1, 2]) await inGuild(scene, shard, `while away ${shard}`)
  const second = scene.start()
  await second.until('three connections', connections(COUNT))
  for (const shard of [0, 1, 2])
    await eventually(`two answers in guild ${shard}`, 20_000, async () => (await answersIn(scene, shard)).length >= 2)
  assert.deepEqual(await starts(scene), [COUNT, COUNT])
  for (const shard of [0, 1, 2])
    assert.deepEqual(await answersIn(scene, shard), [`echo: hello ${shard}`, `echo: while away ${shard}`])
})

test('another count by a reload: all begin anew with it, and the reload says so', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene({}, ALL_AT_ONCE)
  const herald = scene.start()
  await herald.connected()
  assert.equal(herald.account()?.shards, undefined)
  const json = parseJson((await scene.command('status', '--json')).stdout)
  const platforms = isRecord(json) ? json['platforms'] : undefined
  assert.ok(isRecord(platforms) && isRecord(platforms['qqbot']) && !('shards' in platforms['qqbot']))

  scene.configure({ bot: { shards: 2 } })
  const reload = await scene.command('reload')
  assert.equal(reload.code, 0)
  assert.match(reload.stdout, /qqbot/)
  await herald.until('two connections', connections(2))
  assert.deepEqual(await starts(scene), [3, 0])
  await scene.box.say({ person: 'Alice', text: 'still there?' })
  await eventually('an answer', 20_000, async () => (await scene.box.answers({ person: 'Alice' })).length === 1)

  scene.configure({ bot: { shards: 0 } })
  const refused = await scene.command('reload')
  assert.equal(refused.code, 78)
  assert.match(refused.stderr, /platforms\.qqbot\.shards .*wants auto, or a whole number from 1 to 100/)
  assert.equal(herald.account()?.shards?.length, 2)
})
