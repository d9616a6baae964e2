/** Through a proxy: REST and WebSocket alike, the dead one named, and nothing sent there that need not be. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { boxHere } from '../../../scripts/survival/boxes.ts'
import { ledgerOf } from '../../../scripts/survival/steps.ts'
import { createWorld } from '../../../scripts/survival/world.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { createRequest } from '../../../src/lib/net/http.ts'
import { NetworkError } from '../../../src/lib/net/network.ts'
import { proxyAt, proxyFromEnv } from '../../../src/lib/net/proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { SOURCES } from '../../support/herald.ts'
import { startProxy } from './http-proxy.ts'

const BOUND_MS = 30_000

const scene = (t: TestContext, bot: object = {}) => createWorld(t, SOURCES, boxHere).scene({ bot: { ...bot } })

test('G83 an account with a proxy of its own: token, gateway, link and answers go through it', async t => {
  const proxy = await startProxy(t)
  const { box, start } = await scene(t, { proxy: `http://me:hunter2-and-more@${proxy.host}` })
  const herald = start()
  await herald.connected()
  const ledger = ledgerOf(box)
  await ledger.say({ person: 'Alice' })
  await ledger.even()
  for (const what of [/^POST .*getAppAccessToken/, /^GET .*\/gateway/, /^UPGRADE .*\/websocket/, /^POST .*\/messages/])
    assert.ok(
      proxy.asked.some(line => what.test(line)),
      `${what} in ${proxy.asked.join('\n')}`,
    )
  assert.equal(proxy.authorization, `Basic ${Buffer.from('me:hunter2-and-more').toString('base64')}`)
  assert.ok(!herald.stderr().includes('hunter2'))
})

test('G83 a dead proxy is named, in status too', async t => {
  const { start } = await scene(t, { proxy: 'http://127.0.0.1:9' })
  const { error_message } = await start().until('retrying', ({ state }) => state === 'retrying')
  assert.match(error_message ?? '', /through the proxy 127\.0\.0\.1:9/)
})

test('G83 the environment: what stays on this machine asks no proxy', async t => {
  const proxy = await startProxy(t)
  const { start } = await scene(t)
  const address = `http://${proxy.host}`
  await start({ env: { HTTP_PROXY: address, HTTPS_PROXY: address } }).connected()
  assert.deepEqual(proxy.asked, [])
})

test('alerts and pings leave this machine by the proxy of the environment, too', async t => {
  const proxy = await startProxy(t)
  const alerts = {
    to: [{ type: 'webhook', url: 'http://alerts.invalid/in' }],
    // There is always less.
    free_disk_mb: 10_000_000,
    ping: { url: 'http://pings.invalid/me' },
  }
  const { start, command, configure } = await scene(t)
  configure({ top: { alerts } })
  const env = { HTTP_PROXY: `http://${proxy.host}` }
  const herald = start({ env })
  const asked = (what: string) => eventually(what, BOUND_MS, () => proxy.asked.includes(what), herald.stderr)
  await asked('POST http://alerts.invalid/in')
  configure({ top: { alerts: { ...alerts, free_disk_mb: 0 } } })
  await command('reload')
  await asked('GET http://pings.invalid/me')
})

test('https goes through a tunnel; one that cannot be made is a failure before anything is written', async t => {
  const proxy = await startProxy(t)
  const request = createRequest(systemClock, proxyAt(`http://${proxy.host}`))
  await assert.rejects(
    request({ method: 'GET', url: 'https://127.0.0.1:9/', timeoutMs: 5_000 }),
    (error: unknown) =>
      error instanceof NetworkError && !error.written && error.message.includes(`through the proxy ${proxy.host}`),
  )
  assert.deepEqual(proxy.asked, ['CONNECT 127.0.0.1:9'])
})

test('G83 whom a proxy is asked for', () => {
  const env = { HTTPS_PROXY: 'http://one:1', http_proxy: 'http://two:2', NO_PROXY: '.example.org, spared.net:8080' }
  const proxy = proxyFromEnv(env) ?? assert.fail()
  const asked = (url: string): string | undefined => proxy.askedFor(new URL(url))
  assert.equal(asked('https://api.sgroup.qq.com/gateway'), 'one:1')
  assert.equal(asked('wss://api.sgroup.qq.com/websocket'), 'one:1')
  assert.equal(asked('http://api.sgroup.qq.com/'), 'two:2')
  for (const url of [
    'https://a.example.org',
    'http://spared.net:8080',
    'http://127.0.0.1:1',
    'http://[::1]:1',
    'http://localhost',
  ])
    assert.equal(asked(url), undefined, url)
  assert.equal(asked('http://spared.net:81'), 'two:2')
  assert.equal(proxyFromEnv({ HTTPS_PROXY: 'socks5://x:1' }), undefined)
  assert.equal(proxyFromEnv({}), undefined)
  assert.equal(proxyFromEnv({ NO_PROXY: '*', HTTP_PROXY: 'http://x:1' })?.askedFor(new URL('http://a')), undefined)
})
