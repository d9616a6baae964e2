/** Messages of a bot's own accord through a gateway that runs: from the command line and over HTTP, each said once. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { configFor, createWorld } from '../../../scripts/survival/world.ts'
import { eventually } from '../../support/eventually.ts'
import { SOURCES } from '../../support/herald.ts'

async function ready(t: TestContext) {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const herald = scene.start()
  await herald.connected()
  const said = await scene.box.say({ person: 'Alice', text: 'hi' })
  const shown = async (): Promise<string[]> => (await scene.box.answers({ person: 'Alice' })).map(({ text }) => text)
  await eventually('an answer', 10_000, async () => (await shown()).length === 1)
  return { scene, herald, chat: `qqbot:c2c:${said.chat.openid}`, shown }
}

test('herald send: accepted, and shown; with a key only once, also after a restart', async t => {
  const { scene, herald, chat, shown } = await ready(t)
  const first = await scene.command('send', chat, 'good morning', '--key', 'k1', '--json')
  assert.equal(first.code, 0, first.stderr + first.stdout)
  assert.equal(JSON.parse(first.stdout).outcome, 'accepted')
  const again = await scene.command('send', chat, 'good morning', '--key', 'k1')
  assert.equal(again.code, 0)
  assert.match(again.stdout, /nothing was sent now/)
  assert.match((await scene.command('send', chat, 'something else', '--key', 'k1')).stderr, /used for another message/)
  herald.kill('SIGKILL')
  await herald.ended
  await scene.start().connected()
  assert.match(
    (await scene.command('send', chat, 'good morning', '--key', 'k1')).stdout,
    /^accepted.*\n.*nothing was sent now/,
  )
  assert.deepEqual((await shown()).slice(1), ['good morning'])
})

test('written down while the link is away, and the process is killed: asked again, it says how it is now', async t => {
  const { scene, herald, chat, shown } = await ready(t)
  await scene.box.fault('host_down')
  await herald.until('retrying', ({ state }) => state !== 'connected')
  const order = scene.command('send', chat, 'later', '--key', 'k2')
  await herald.until('it is in the outbox', ({ pending_out }) => pending_out === 1)
  herald.kill('SIGKILL')
  await Promise.all([herald.ended, order])
  const next = scene.start()
  await next.until('retrying', ({ state }) => state === 'retrying')
  assert.match((await scene.command('send', chat, 'later', '--key', 'k2')).stdout, /^pending/)
  await scene.box.mend()
  await next.connected()
  await eventually('it is shown', 20_000, async () => (await shown()).includes('later'))
  await next.until('the outbox is empty', ({ pending_out }) => pending_out === 0)
  assert.match((await scene.command('send', chat, 'later', '--key', 'k2')).stdout, /^accepted/)
  assert.equal((await shown()).filter(text => text === 'later').length, 1)
})

test('a long text goes out in parts, in order; a wrong chat or account is told at once', async t => {
  const { scene, chat, shown } = await ready(t)
  const text = Array.from({ length: 900 }, (_, at) => `word${at}`).join(' ')
  assert.equal((await scene.command('send', chat, text)).code, 0)
  assert.equal((await shown()).slice(1).join(' '), text)
  for (const [address, why] of [
    ['nowhere', /<account>:<kind>:<id>/],
    ['qqbot:other:c2c:X', /no such account/],
  ] as const) {
    const { code, stderr } = await scene.command('send', address, 'x')
    assert.equal(code, 1)
    assert.match(stderr, why)
  }
})

test('refused by the platform: the outcome, its code, and that nothing was guessed', async t => {
  const { scene, chat } = await ready(t)
  await scene.box.fault('proactive_refused')
  const { code, stdout } = await scene.command('send', chat, 'good morning', '--json')
  assert.equal(code, 1)
  const answer = JSON.parse(stdout)
  assert.equal(answer.outcome, 'held')
  assert.equal(answer.proactive, 'refused')
  assert.match(answer.code, /^\d+$/)
})

test('what was accepted proves the right to write first, also after a restart, until the platform refuses', async t => {
  const { scene, herald, chat } = await ready(t)
  const send = async (text: string) => JSON.parse((await scene.command('send', chat, text, '--json')).stdout)
  assert.equal((await send('good morning')).proactive, 'granted')
  herald.kill('SIGKILL')
  await herald.ended
  const next = scene.start()
  await next.connected()
  await scene.box.fault('proactive_refused')
  assert.equal((await send('good night')).proactive, 'refused')
  await scene.box.mend()
  const after = await send('good morning again')
  assert.deepEqual([after.outcome, after.proactive], ['accepted', 'granted'])
})

test('no gateway: it says so, and that nothing was sent', async t => {
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const { code, stderr } = await scene.command('send', 'qqbot:c2c:X', 'hello')
  assert.equal(code, 3)
  assert.match(stderr, /no gateway runs/)
})

test('POST /send: with the key of the home, and never without', async t => {
  const { scene, herald, chat, shown } = await ready(t)
  const address = /127\.0\.0\.1:\d+/.exec(herald.file()?.http ?? '')?.[0]
  const key = readFileSync(join(scene.home, 'dashboard.key'), 'utf8').trim()
  const post = (headers: Record<string, string>, body: unknown): Promise<Response> =>
    fetch(`http://${address}/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const order = { chat, text: 'from a program', key: 'p-1' }
  assert.equal((await post({}, order)).status, 401)
  assert.equal((await post({ authorization: 'Bearer nonsense' }, order)).status, 401)
  const right = { authorization: `Bearer ${key}` }
  assert.equal((await post({ ...right, origin: 'http://evil.test' }, order)).status, 403)
  assert.equal((await post(right, 'no json')).status, 400)
  assert.equal((await post(right, { chat })).status, 400)
  assert.equal((await post(right, { chat, text: 'twice, perhaps', kye: 'p-0' })).status, 400)
  const [one, two] = await Promise.all([post(right, order), post(right, order)])
  assert.deepEqual([one.status, two.status], [200, 200])
  const answers = [await one.json(), await two.json()] as { outcome: string }[]
  assert.deepEqual(
    answers.map(({ outcome }) => outcome),
    ['accepted', 'accepted'],
  )
  assert.deepEqual((await shown()).slice(1), ['from a program'])
})

test('an alert about one account arrives through another', async t => {
  const { scene, herald, chat, shown } = await ready(t)
  herald.kill('SIGTERM')
  await herald.end(10_000)
  const dead = { ...scene.box.bot, appId: '999999999' }
  const others = {
    'qqbot:work': {
      app_id: dead.appId,
      client_secret: 'wrong-secret',
      api_base: scene.box.apiBase,
      token_url: scene.box.tokenUrl,
    },
  }
  scene.write(
    JSON.stringify({ ...configFor(scene.box, { others }), alerts: { after_s: 0, to: [{ type: 'chat', chat }] } }),
  )
  const next = scene.start()
  await eventually(
    'the alert',
    20_000,
    async () => (await shown()).some(text => /qqbot:work is down/.test(text)),
    next.stderr,
  )
})

test('a schedule says its text at its time, and a wrong one is one line before anything begins', async t => {
  const { scene, herald, chat, shown } = await ready(t)
  const schedule = { name: 'often', cron: '*/2 * * * * *', time_zone: 'Asia/Shanghai', to: chat, text: 'it is time' }
  const settings = (schedules: object): string => JSON.stringify({ ...configFor(scene.box, {}), schedules })
  scene.write(settings([schedule]))
  assert.equal((await scene.command('reload')).code, 0)
  await eventually(
    'two runs',
    15_000,
    async () => (await shown()).filter(text => text === 'it is time').length >= 2,
    herald.stderr,
  )
  for (const [change, why] of [
    [{ cron: '0 25 * * *' }, /schedules\.?\[?0\]?\.cron.*write five fields/],
    [{ time_zone: 'Asia/Nowhere' }, /time_zone.*Asia\/Shanghai/],
    [{ to: 'qqbot:other:c2c:X' }, /there is no account qqbot:other/],
  ] as const) {
    scene.write(settings([{ ...schedule, ...change }]))
    const { code, stderr } = await scene.command('reload')
    assert.equal(code, 78)
    assert.match(stderr, why)
  }
})
