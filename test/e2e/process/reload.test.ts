/** Settings that change while the gateway runs: the real process, its signal, its commands, and the links it holds. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { boxHere, newBot } from '../../../scripts/survival/boxes.ts'
import { accountAt, createWorld, type Scene } from '../../../scripts/survival/world.ts'
import { httpReceiver } from '../../alerts/receivers.ts'
import { PNG } from '../../media/house.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { type Herald, SOURCES } from '../../support/herald.ts'

interface House {
  readonly scene: Scene
  readonly herald: Herald
  readonly work: { readonly appId: string; readonly secret: string }
  /** The links that the platform holds of a bot. */
  links(appId: string): Promise<readonly number[]>
}

/** A gateway with the accounts `qqbot` and `qqbot:work`, both connected. */
async function twoAccounts(t: CleanUp): Promise<House> {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const work = newBot()
  await scene.box.addBot(work)
  scene.configure({ others: { 'qqbot:work': accountAt(scene.box, work) } })
  const herald = scene.start()
  await herald.connected()
  await herald.connected(20_000, 'qqbot:work')
  const links = async (appId: string): Promise<readonly number[]> =>
    (await scene.box.state()).connections.filter(link => link.appId === appId).map(({ id }) => id)
  return { scene, herald, work, links }
}

test('one account changes, one begins, one ends; the one that stays keeps its socket', async t => {
  const { scene, herald, work, links } = await twoAccounts(t)
  const { box, configure, command } = scene
  const [mine, its] = [await links(box.bot.appId), await links(work.appId)]
  assert.deepEqual([mine.length, its.length], [1, 1])
  const { generation, since } = herald.account() ?? assert.fail()

  const third = newBot()
  await box.addBot(third)
  const work2 = { ...accountAt(box, work), text_limit: 500 }
  configure({ others: { 'qqbot:work': work2, 'qqbot:third': accountAt(box, third) } })
  const told = await command('reload', '--json')
  assert.equal(told.code, 0, told.stderr)
  assert.deepEqual(JSON.parse(told.stdout), {
    ok: true,
    changes: { begun: ['qqbot:third'], restarted: ['qqbot:work'], ended: [], swapped: ['rules'], later: [] },
  })
  await herald.connected(20_000, 'qqbot:third')
  await herald.until('a second life', its => its.generation === 2 && its.state === 'connected', 20_000, 'qqbot:work')
  assert.notDeepEqual(await links(work.appId), its)

  configure({})
  assert.match((await command('reload')).stdout, /^ended: qqbot:work, qqbot:third$/m)
  await eventually('the file knows one', 5_000, () => Object.keys(herald.file()?.platforms ?? {}).join() === 'qqbot')
  await eventually('only one link', 10_000, async () => (await box.state()).connections.length === 1)
  assert.deepEqual(await links(box.bot.appId), mine)
  assert.equal(herald.account()?.generation, generation)
  // Wall time is read anew for each status, and may differ by the rounding.
  assert.ok(Math.abs(Date.parse(herald.account()?.since ?? '') - Date.parse(since)) < 100)
  assert.equal((await box.counters(box.bot.appId)).identifies, 1)
  assert.match((await command('reload')).stdout, /^The settings are as they were\.$/m)
})

test('agents and rules are others for the next message, and no link is touched', async t => {
  const { scene, herald, links } = await twoAccounts(t)
  const { box, configure } = scene
  const mine = await links(box.bot.appId)
  const alice = { appId: box.bot.appId, person: 'Alice' }
  const answers = async (): Promise<readonly string[]> => (await box.answers(alice)).map(({ text }) => text)
  await box.say({ ...alice, text: 'one' })
  await eventually('an echo', 10_000, async () => (await answers()).at(-1) === 'echo: one')

  configure({ agent: { type: 'command', command: 'sh', args: ['-c', 'cat >/dev/null; echo from the program'] } })
  herald.kill('SIGHUP')
  await eventually('the new agent', 10_000, () => herald.file()?.agent?.startsWith('command'))
  await box.say({ ...alice, text: 'two' })
  await eventually('its answer', 10_000, async () => (await answers()).at(-1) === 'from the program')

  configure({ bot: { dm_policy: 'disabled' } })
  herald.kill('SIGHUP')
  await herald.until('closed to everybody', ({ access }) => access?.includes('nobody') ?? false)
  const before = (await answers()).length
  await box.say({ ...alice, text: 'three' })
  configure({})
  herald.kill('SIGHUP')
  await herald.until('open again', ({ access }) => !access?.includes('nobody'))
  await box.say({ ...alice, text: 'four' })
  await eventually('an echo again', 10_000, async () => (await answers()).at(-1) === 'echo: four')
  assert.equal((await answers()).length, before + 1, 'what was said to a closed door stays unanswered')
  assert.deepEqual(await links(box.bot.appId), mine)
})

test('a bad file changes nothing, also for a life that begins meanwhile, and status says which settings are in force', async t => {
  const { scene, herald, work, links } = await twoAccounts(t)
  const { box, home, write, configure, command } = scene
  const mine = await links(box.bot.appId)
  const since = herald.file()?.settings?.since
  write('platforms: { qqbot: { app_idd: 1 } }')
  const refused = await command('reload')
  assert.deepEqual([refused.code, refused.stdout], [78, ''])
  assert.match(refused.stderr, /^herald: .*app_idd.*app_id.*; nothing is changed\n$/)
  await herald.until('the reason', () => herald.file()?.settings?.error?.includes('app_idd') ?? false)
  assert.equal(herald.file()?.settings?.since, since)
  const status = await command('status')
  assert.equal(status.code, 0, 'all accounts are connected')
  assert.match(status.stdout, /settings +the last good ones, of \d+ s ago, are in force/)
  assert.match(status.stdout, /refused +\d+ s ago: .*app_idd/)

  // The bot of the environment alone would be another one: paired people only, and an echo.
  const { appId, secret } = box.bot
  writeFileSync(join(home, '.env'), `QQ_APP_ID=${appId}\nQQ_CLIENT_SECRET=${secret}\n`)
  write('')
  const emptied = await command('reload')
  assert.deepEqual([emptied.code, emptied.stdout], [78, ''])
  assert.match(emptied.stderr, /^herald: the settings file is empty or gone; .*; nothing is changed\n$/)
  rmSync(join(home, '.env'))

  await command('restart', 'qqbot:work')
  await herald.until('a second life', its => its.generation === 2 && its.state === 'connected', 20_000, 'qqbot:work')
  assert.equal((await links(work.appId)).length, 1)
  assert.deepEqual(await links(box.bot.appId), mine)

  configure({ others: { 'qqbot:work': accountAt(box, work) } })
  assert.equal((await command('reload')).code, 0)
  await eventually('the file says so', 5_000, () => herald.file()?.settings?.error === null)
  assert.doesNotMatch((await command('status')).stdout, /last good/)
})

test('an account that came by a reload is brought its files, though its platform lies on a host that no account had before', async t => {
  const world = createWorld(t, SOURCES, boxHere)
  const { configure, start, command, box } = await world.scene()
  const { box: other } = await world.scene()
  const herald = start()
  await herald.connected()
  configure({ others: { 'qqbot:other': accountAt(other, other.bot) } })
  assert.match((await command('reload')).stdout, /^begun: qqbot:other$/m)
  await herald.connected(20_000, 'qqbot:other')
  for (const [each, name] of [
    [box, 'first.png'],
    [other, 'second.png'],
  ] as const) {
    const picture = await each.host(name, PNG)
    const attachments = [{ content_type: 'image/png', filename: name, ...picture }]
    await each.say({ person: 'Alice', text: 'look', attachments })
    const answer = await eventually('an answer', 20_000, async () => (await each.answers({ person: 'Alice' }))[0]?.text)
    assert.equal(answer, `echo: look\n[image: ${name}, ${PNG.length} B]`)
  }
})

test('another language of the gateway is that of its alerts too', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const { url, got } = await httpReceiver(t)
  const top = { alerts: { after_s: 5, to: [{ type: 'webhook', url }] } }
  scene.configure({ top, gateway: { language: 'en' } })
  const herald = scene.start()
  await herald.connected()
  scene.configure({ top, gateway: { language: 'zh' } })
  assert.match((await scene.command('reload')).stdout, /gateway/)
  await scene.box.fault('host_down')
  await eventually('an alert', 30_000, () => got.length > 0, herald.stderr)
  assert.match(got[0]?.body ?? '', /^\{"text":"qqbot 已断线/)
  await scene.box.mend()
})

test('a change of the port waits for the next start, and status names it until then', async t => {
  const { scene, herald, work } = await twoAccounts(t)
  const before = herald.file()?.http
  scene.configure({ gateway: { http: false } })
  assert.match((await scene.command('reload')).stdout, /^waits for the next start: gateway\.http$/m)
  assert.match((await scene.command('status')).stdout, /next start +changes of gateway\.http wait for it/)
  assert.equal(herald.file()?.http, before)

  // Also after further reloads: the port is still the one of the start.
  scene.configure({ gateway: { http: false }, others: { 'qqbot:work': accountAt(scene.box, work) } })
  assert.match((await scene.command('reload')).stdout, /^waits for the next start: gateway\.http$/m)
  assert.match((await scene.command('status')).stdout, /next start +changes of gateway\.http wait for it/)
  scene.configure({})
  assert.doesNotMatch((await scene.command('reload')).stdout, /next start/)
  assert.doesNotMatch((await scene.command('status')).stdout, /next start/)
})

test('nothing to reload without a gateway: 3', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const said = await scene.command('reload')
  assert.deepEqual([said.code, said.stdout], [3, ''])
  assert.match(said.stderr, /no gateway runs/)
})
