/** From nothing to READY, and all that can be in the way: part A of the survival table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultName, FaultSpec } from '../../../../src/sandbox/sandbox.ts'
import { TEST_BOT } from '../../../support/sandbox.ts'
import { framesOf, LIMITS, linkHouse, openedAtMs, requestsOf, SECOND_BOT } from './house.ts'
import { createLeapClock } from './leap-clock.ts'

const TOKEN_PATH = '/app/getAppAccessToken'

/** A sandbox that is already broken when the account starts. */
async function brokenHouse(t: Parameters<typeof linkHouse>[0], fault: FaultName | FaultSpec, limits = {}) {
  const house = await linkHouse(t, { limits })
  await house.connected()
  const broken = house.box.fault(fault)
  house.runner.restart('qqbot')
  return { house, broken }
}

const TOKEN_FAULTS: readonly (readonly [FaultName, RegExp])[] = [
  ['host_down', /^qq_token_unreachable$/],
  ['token_reset', /^qq_token_unreachable$/],
  ['token_500', /^qq_token_failed$/],
  ['token_html', /^qq_token_failed$/],
  ['token_silent', /^qq_token_timeout$/],
]

for (const [fault, code] of TOKEN_FAULTS)
  test(`A1 ${fault} at the start: tried again and again, with reason and next try, and up soon after it heals`, async t => {
    const { house, broken } = await brokenHouse(t, fault, { tokenMs: 150 })
    await house.reach('a named failure', () => code.test(house.status().error_code ?? ''))
    await house.reach('more than one try', () => house.status().attempt >= 4)
    const { state } = house.status()
    assert.equal(state, 'retrying')
    await house.reach('the next try is announced', () => house.status().next_retry_at !== null)
    broken.off()
    await house.connected()
    assert.equal(house.status().attempt, 0)
    assert.equal(house.status().generation, 2)
  })

test('A1 a token host without an address: named, and up when the configuration is mended', async t => {
  const house = await linkHouse(t, {
    settings: { tokenUrl: 'http://no-such-host.invalid/token', maxAttempts: 3 },
  })
  await house.reach('fatal', () => house.status().state === 'fatal')
  assert.match(house.status().error_message ?? '', /no-such-host\.invalid/)
  house.change({ tokenUrl: house.box.tokenUrl })
  await house.connected()
})

for (const fault of ['token_100016', 'token_100007', 'token_10004'] as const)
  test(`A2 ${fault}: fatal with a hint, quiet, the other bot untouched, and up with a corrected secret`, async t => {
    const house = await linkHouse(t, { second: true, settings: { clientSecret: 'wrong-secret-1' } })
    if (fault !== 'token_100016') house.box.fault(fault, { appId: TEST_BOT.appId })
    await house.reach('fatal', () => house.status().state === 'fatal')
    const { error_code, retryable, hint, next_retry_at } = house.status()
    assert.equal(error_code, 'qq_credentials_rejected')
    assert.equal(retryable, false)
    assert.match(hint ?? '', /q\.qq\.com/)
    assert.ok(Date.parse(next_retry_at ?? '') - Date.now() > 25 * 60_000, 'probed at a slow pace')
    await house.reach('the other bot is up', () => house.status('qqbot:second').state === 'connected')
    assert.ok(requestsOf(house.box, TOKEN_PATH).length <= 3)
    house.box.clearFaults()
    house.change({ clientSecret: TEST_BOT.secret })
    house.runner.resume('qqbot')
    await house.connected()
    assert.equal(house.status('qqbot:second').generation, 1)
  })

test('A2 a parked bot is probed every half hour and comes back by itself', async t => {
  const clock = createLeapClock()
  const house = await linkHouse(t, { clock, settings: { clientSecret: 'wrong-secret-1' } })
  await house.reach('fatal', () => house.status().state === 'fatal')
  house.change({ clientSecret: TEST_BOT.secret })
  clock.leap(31 * 60_000)
  await house.connected()
})

test('A3 429 with Retry-After, and 100001 without: left alone for so long, and up afterwards', async t => {
  const house = await linkHouse(t, { limits: { slowDownMs: 600 } })
  await house.connected()
  for (const [answer, leastMs] of [
    [{ status: 429, headers: { 'retry-after': '1.5' }, body: '<html>too many</html>' }, 1_500],
    [{ status: 200, body: { code: 100001, message: 'Too many requests' } }, 600],
  ] as const) {
    house.box.fault({ kind: 'http', route: 'token', times: 1, answer })
    const before = requestsOf(house.box, TOKEN_PATH).length
    house.runner.restart('qqbot')
    await house.reach('it waits', () => house.status().error_code === 'qq_token_busy')
    await house.reach('a second call', () => requestsOf(house.box, TOKEN_PATH).length === before + 2)
    const [first, second] = requestsOf(house.box, TOKEN_PATH).slice(before)
    assert.ok(first && second && second.atMs - first.atMs >= leastMs - 5, `${answer.status}: called again too soon`)
    await house.connected()
  }
})

for (const value of [undefined, '0', 0, 1, 'soon'])
  test(`A4 expires_in ${JSON.stringify(value)}: connected, and the token endpoint is left in peace`, async t => {
    const house = await linkHouse(t, {
      limits: { tokenSpacingMs: 300 },
      sandbox: { options: { heartbeatIntervalMs: 100 } },
    })
    house.box.fault({ kind: 'expires_in', value })
    const startMs = house.box.now()
    await house.connected()
    for (let i = 0; i < 6; i += 1) {
      const links = openedAtMs(house.box).length
      house.box.fault('cut')
      await house.reach('another link', () => openedAtMs(house.box).length > links)
      await house.connected()
    }
    const calls = requestsOf(house.box, TOKEN_PATH)
    assert.ok(calls.length <= (house.box.now() - startMs) / 300 + 2, `${calls.length} calls`)
    for (const [i, call] of calls.entries())
      assert.ok(call.atMs - (calls[i - 1]?.atMs ?? 0) >= 290, 'two calls within the spacing')
  })

test('A6 GET /gateway answers 500: the URL of the former life serves meanwhile', async t => {
  const { house } = await brokenHouse(t, 'gateway_500')
  await house.reach('the new life is up', () => house.status().generation === 2 && house.status().state === 'connected')
  assert.ok(house.lines.some(line => line.includes('the former one is used')))
})

test('A6 GET /gateway answers 500 at the very first start: retrying with the reason, then up by itself', async t => {
  const house = await linkHouse(t, { settings: { apiBase: 'http://127.0.0.1:1' } })
  await house.reach('retrying', () => house.status().error_code === 'qq_gateway_unreachable')
  house.box.fault('gateway_500')
  house.change({ apiBase: house.box.url })
  house.runner.restart('qqbot')
  await house.reach('named', () => house.status().error_code === 'qq_gateway_failed' && house.status().attempt >= 3)
  assert.equal(house.status().state, 'retrying')
  assert.equal(openedAtMs(house.box).length, 0)
  house.box.clearFaults()
  await house.connected()
})

const GATEWAY_FAULTS: readonly (readonly [FaultName, string])[] = [
  ['gateway_no_url', 'qq_gateway_url_missing'],
  ['gateway_bad_url', 'qq_gateway_url_invalid'],
  ['gateway_html', 'qq_gateway_unreadable'],
]

for (const [fault, code] of GATEWAY_FAULTS)
  test(`A7 ${fault}: named, tried again, and not shown as connected`, async t => {
    const house = await linkHouse(t, { settings: { apiBase: 'http://127.0.0.1:1' } })
    house.box.fault(fault)
    house.change({ apiBase: house.box.url })
    house.runner.restart('qqbot')
    await house.reach('named', () => house.status().error_code === code && house.status().attempt >= 2)
    assert.ok(house.transitions.every(({ to }) => to !== 'connected'))
    house.box.clearFaults()
    await house.connected()
  })

test('A8 no HELLO: given up after its bound, tried again, never ready', async t => {
  const { house, broken } = await brokenHouse(t, 'no_hello', { helloMs: 200 })
  await house.reach('named', () => house.status().error_code === 'qq_hello_timeout' && house.status().attempt >= 2)
  assert.equal(house.status().state, 'retrying')
  await house.reach('the silent link is gone', () => house.box.totals.openSockets <= 1)
  broken.off()
  await house.connected()
  assert.equal(house.box.counters().maxLinks, 1)
})

test('A9 IDENTIFY is answered by silence: given up after its bound, tried again, never connected', async t => {
  const house = await linkHouse(t, { limits: { readyMs: 200 }, settings: { apiBase: 'http://127.0.0.1:1' } })
  const broken = house.box.fault('no_ready')
  house.change({ apiBase: house.box.url })
  house.runner.restart('qqbot')
  await house.reach('named', () => house.status().error_code === 'qq_ready_timeout' && house.status().attempt >= 2)
  assert.ok(house.transitions.every(({ to }) => to !== 'connected'))
  broken.off()
  await house.connected()
})

test('A10 the token cannot be renewed between HELLO and IDENTIFY: socket closed, reason told, up when it heals', async t => {
  const house = await linkHouse(t, { settings: { apiBase: 'http://127.0.0.1:1' } })
  // Over at once, by its own word: it is used within the spacing, and has to be renewed for an IDENTIFY that comes later.
  house.box.fault({ kind: 'expires_in', value: '0' })
  house.box.fault({ kind: 'slow', what: 'hello', delayMs: 4 * (LIMITS.tokenSpacingMs ?? 0) })
  const off = house.box.on(entry => {
    if (entry.kind === 'connection' && entry.state === 'opened') house.box.fault('token_500')
  })
  house.change({ apiBase: house.box.url })
  house.runner.restart('qqbot')
  await house.reach('named', () => house.status().error_code === 'qq_token_failed' && openedAtMs(house.box).length > 0)
  await house.reach('the socket is closed', () => house.box.totals.openSockets === 0)
  assert.equal(framesOf(house.box, 2).length, 0)
  off()
  house.box.clearFaults()
  await house.connected()
  assert.equal(house.runner.counts()['qqbot']?.endings['bug'], undefined)
})

test('attempts used up: fatal within a second, with code, message, attempts and hint; and alive again later', async t => {
  const house = await linkHouse(t, { settings: { maxAttempts: 4 }, reviveSeconds: [1.5] })
  await house.connected()
  const down = house.box.fault('host_down')
  await house.reach('the last try', () => house.status().attempt >= 3 || house.status().state === 'fatal')
  await house.reach('fatal', () => house.status().state === 'fatal', 1_500)
  const { error_code, error_message, attempt, hint, retryable, next_retry_at } = house.status()
  assert.equal(error_code, 'qq_reconnect_exhausted')
  assert.match(error_message ?? '', /after 4 attempts in a row; the last one: .*ECONNREFUSED/)
  assert.equal(attempt, 4)
  assert.match(hint ?? '', /network/)
  assert.equal(retryable, true)
  assert.ok(next_retry_at)
  down.off()
  await house.connected()
  assert.equal(house.status().generation, 2)
})

test('C38 one bot is fatal, the other one works on', async t => {
  const house = await linkHouse(t, { second: true })
  await house.connected()
  await house.reach('both', () => house.status('qqbot:second').state === 'connected')
  house.box.changeBot({ appId: TEST_BOT.appId, status: 'banned' })
  house.box.fault('close_4915', { appId: TEST_BOT.appId })
  await house.reach('fatal', () => house.status().state === 'fatal')
  house.box.say({ appId: SECOND_BOT.appId, person: 'Bob', text: 'are you there?' })
  await house.reach('kept', () => house.kept.some(({ text }) => text === 'are you there?'))
  assert.equal(house.status('qqbot:second').state, 'connected')
  assert.equal(house.status('qqbot:second').generation, 1)
})
