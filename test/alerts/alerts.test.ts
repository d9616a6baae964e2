/** A real Herald, a platform that goes down and comes back, and everybody who wants to hear of it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { configFor, createWorld, type Settings } from '../../scripts/survival/world.ts'
import { eventually } from '../support/eventually.ts'
import { SOURCES } from '../support/herald.ts'
import { httpReceiver, mailReceiver, programReceiver } from './receivers.ts'

const DEADLINE_MS = 20_000

async function sceneWith(t: TestContext, alerts: object, settings: Settings = {}) {
  const world = createWorld(t, SOURCES, boxHere)
  const scene = await world.scene()
  scene.write(JSON.stringify({ ...configFor(scene.box, settings), alerts }))
  return scene
}

test('down for a while, and up again: everybody is told of each once, with cause and duration', async t => {
  const world = createWorld(t, SOURCES, boxHere)
  const hook = await httpReceiver(t)
  const mail = await mailReceiver(t)
  const program = programReceiver(world.folder())
  const scene = await sceneWith(t, {
    after_s: 1,
    to: [
      { type: 'webhook', url: `${hook.url}/hook` },
      { type: 'webhook', url: `${hook.url}/robot`, format: 'wecom' },
      { type: 'command', command: program.command },
      {
        type: 'email',
        host: '127.0.0.1',
        port: mail.port,
        security: 'none',
        from: 'bot@box.test',
        to: ['ops@box.test'],
      },
    ],
  })
  const herald = scene.start()
  await herald.connected()
  await scene.box.fault('host_down')
  const bodies = (path: string): readonly string[] => hook.got.filter(one => one.path === path).map(one => one.body)
  await eventually('word that it is down', DEADLINE_MS, () => bodies('/hook').length > 0, herald.stderr)
  await scene.box.mend()
  await herald.connected()
  await eventually('word that it is up', DEADLINE_MS, () => bodies('/hook').length > 1, herald.stderr)
  await eventually(
    'all others',
    DEADLINE_MS,
    () => mail.mails.length > 1 && program.got().length > 1 && bodies('/robot').length > 1,
    herald.stderr,
  )
  assert.equal(herald.file()?.alerts, 'ok')
  herald.kill('SIGTERM')
  await herald.end(DEADLINE_MS)

  const [down, up, ...more] = bodies('/hook').map(body => JSON.parse(body))
  assert.deepEqual(more, [])
  assert.deepEqual([down.kind, up.kind], ['raised', 'cleared'])
  assert.match(down.text, /^qqbot is down \(since .*\)\nqq_/)
  assert.match(up.text, /^qqbot is up again \(after \d+ s\)/)
  assert.match(JSON.parse(bodies('/robot')[0] ?? '').text.content, /^qqbot is down/)
  assert.equal(mail.mails.length, 2)
  assert.match(mail.mails[0] ?? '', /^Subject: \[Herald\] qqbot is down/m)
  assert.match(mail.mails[1] ?? '', /^Subject: \[Herald\] qqbot is up again/m)
  assert.deepEqual(
    program.got().map(line => JSON.parse(line).kind),
    ['raised', 'cleared'],
  )
})

test('an agent that fails, a disk with too little room, a dead list that grew: each is told of once, over a restart too', async t => {
  const hook = await httpReceiver(t)
  const alerts = { after_s: 0, free_disk_mb: 10_000_000, dead_list: 1, to: [{ type: 'webhook', url: hook.url }] }
  const scene = await sceneWith(t, alerts, { agent: { type: 'command', command: 'false' } })
  /** Without a dwell too an account that connects for the first time is not down. */
  const told = (): readonly string[] =>
    hook.got.map(({ body }) => JSON.parse(body)).map(({ key, kind }) => `${key} ${kind}`)
  const first = scene.start()
  await first.connected()
  await eventually('word of the disk', DEADLINE_MS, () => told().includes('disk raised'), first.stderr)
  await scene.box.say({ person: 'Alice', text: 'nobody answers this' })
  await eventually('word of the agent', DEADLINE_MS, () => told().includes('agent:default raised'), first.stderr)
  first.kill('SIGTERM')
  await first.end(DEADLINE_MS)
  scene.write(JSON.stringify({ ...configFor(scene.box, { agent: { type: 'echo' } }), alerts }))
  const second = scene.start()
  await second.connected()
  await eventually('word of the dead list', DEADLINE_MS, () => told().includes('dead_list raised'), second.stderr)
  await scene.box.say({ person: 'Alice', text: 'and this?' })
  await eventually('word of the agent', DEADLINE_MS, () => told().includes('agent:default cleared'), second.stderr)
  assert.deepEqual([...told()].sort(), [
    'agent:default cleared',
    'agent:default raised',
    'dead_list raised',
    'disk raised',
  ])
})

test('dead, and the process ends with 75: told before the end, also when its time has not come', async t => {
  const hook = await httpReceiver(t)
  const scene = await sceneWith(
    t,
    { after_s: 3600, to: [{ type: 'webhook', url: hook.url }] },
    { gateway: { on_all_platforms_down: 'exit' }, bot: { reconnect: { backoff_s: [0.1], max_attempts: 2 } } },
  )
  await scene.box.fault('host_down')
  const { code } = await scene.start().end(DEADLINE_MS)
  assert.equal(code, 75)
  assert.equal(hook.got.length, 1)
  assert.match(hook.got[0]?.body ?? '', /qq_reconnect_exhausted/)
  // The next process finds it the same, and says nothing new.
  assert.equal((await scene.start().end(DEADLINE_MS)).code, 75)
  assert.equal(hook.got.length, 1)
})

test('the ping comes for as long as all is well, and no longer', async t => {
  const hook = await httpReceiver(t)
  const scene = await sceneWith(t, { ping: { url: `${hook.url}/alive`, every_s: 10 } })
  await scene.box.fault('host_down')
  const herald = scene.start()
  await herald.until('retrying', ({ state }) => state === 'retrying')
  await eventually('a look at a gateway that is down', DEADLINE_MS, () => herald.alive && herald.changes().length > 1)
  assert.equal(hook.got.length, 0)
  await scene.box.mend()
  await herald.connected()
  await eventually('a ping', DEADLINE_MS, () => hook.got.length > 0)
  assert.deepEqual([hook.got[0]?.method, hook.got[0]?.path], ['GET', '/alive'])
})

test('a channel that refuses is named in status, and its key stands nowhere', async t => {
  const KEY = 'k3y-0f-the-r0b0t-42'
  const hook = await httpReceiver(t, () => 403)
  const scene = await sceneWith(t, { after_s: 0, to: [{ type: 'webhook', url: `${hook.url}/${KEY}?key=${KEY}` }] })
  await scene.box.fault('host_down')
  const herald = scene.start()
  await eventually('status says so', DEADLINE_MS, () => herald.file()?.alerts?.includes('HTTP 403'), herald.stderr)
  const { status } = await herald.get('/readyz')
  assert.equal(status, 503)
  herald.kill('SIGTERM')
  await herald.end(DEADLINE_MS)
  for (const text of [herald.stderr(), readFileSync(join(scene.home, 'gateway_state.json'), 'utf8')])
    assert.ok(!text.includes(KEY))
})
