import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallError } from '../../../../src/platforms/qqbot/link/failure.ts'
import type { Failure } from '../../../../src/platforms/qqbot/link/session-types.ts'
import type { FaultSpec } from '../../../../src/sandbox/sandbox.ts'
import { type Calls, callsTo, inTime, seen } from '../calls.ts'

const never = new AbortController().signal

const get = async ({ gatewayUrl }: Calls, fresh: boolean): Promise<string> =>
  (await gatewayUrl.get({ fresh }, never)).url

async function failureFrom(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise
  } catch (thrown) {
    assert.ok(thrown instanceof CallError, String(thrown))
    return thrown.failure
  }
  throw new assert.AssertionError({ message: 'no failure' })
}

const answers = (status: number, body: unknown): FaultSpec => ({
  kind: 'http',
  route: 'gateway',
  answer: { status, body },
})

test('it is asked for once, and again only when a fresh one is wanted', async t => {
  const calls = await callsTo(t)
  const url = await get(calls, false)
  assert.match(url, /^ws:\/\/127\.0\.0\.1:/)
  assert.equal(await get(calls, false), url)
  assert.equal(seen(calls.box, '/gateway'), 1)
  assert.equal(await get(calls, true), url)
  assert.equal(seen(calls.box, '/gateway'), 2)
})

test('at most two calls a minute, whatever is wanted; the known URL serves meanwhile', async t => {
  const calls = await callsTo(t)
  const url = await get(calls, false)
  for (let atMs = 0; atMs < 600_000; atMs += 2_000) {
    assert.equal(await get(calls, true), url)
    await calls.clock.advance(2_000)
  }
  assert.ok(seen(calls.box, '/gateway') <= 20, `asked ${seen(calls.box, '/gateway')} times in ten minutes`)
  assert.ok(seen(calls.box, '/gateway') >= 18)
})

test('A6 500 for an hour without any URL: paced, named, and found when the platform has healed', async t => {
  const calls = await callsTo(t)
  const fault = calls.box.fault('gateway_500')
  for (let atMs = 0; atMs < 3_600_000; atMs += 10_000) {
    const failure = await failureFrom(get(calls, false))
    assert.equal(failure.verdict, 'passing')
    assert.equal(failure.code, 'qq_gateway_failed')
    assert.ok((failure.waitMs ?? 0) <= 60_000)
    await calls.clock.advance(10_000)
  }
  assert.ok(seen(calls.box, '/gateway') <= 120, `asked ${seen(calls.box, '/gateway')} times`)
  fault.off()
  await calls.clock.advance(60_000)
  assert.match(await get(calls, false), /^ws:/)
})

test('A6 the last good URL serves while the platform gives none, also after a restart', async t => {
  const calls = await callsTo(t)
  const url = await get(calls, false)
  for (const fault of ['gateway_500', 'gateway_html', 'gateway_no_url', 'gateway_bad_url'] as const) {
    const broken = calls.box.fault(fault)
    assert.equal(await get(calls, true), url, fault)
    assert.equal(await get(calls.again(), false), url, `${fault}, after a restart`)
    broken.off()
    await calls.clock.advance(60_000)
  }
  // What another host gave is not taken to this one.
  calls.box.fault('gateway_500')
  const elsewhere = calls.again({ apiBase: calls.box.url.replace('127.0.0.1', 'localhost') })
  assert.equal((await failureFrom(get(elsewhere, false))).code, 'qq_gateway_failed')
})

test('A6 a host that is down costs no call of the pace', async t => {
  const calls = await callsTo(t)
  await get(calls, false)
  const known = calls.again()
  calls.kept.clear()
  const down = calls.box.fault('host_down')
  for (let i = 0; i < 5; i += 1)
    assert.match((await failureFrom(inTime(calls, get(known, false)))).code, /^qq_(token|gateway)_unreachable$/)
  down.off()
  await calls.clock.advance(10_000)
  assert.match(await get(known, false), /^ws:/)
})

test('A7 no url, a bad url, HTML, another protocol: each has its name', async t => {
  const cases: readonly (readonly [FaultSpec, string])[] = [
    [answers(200, {}), 'qq_gateway_url_missing'],
    [answers(200, { url: '' }), 'qq_gateway_url_missing'],
    [answers(200, { url: null }), 'qq_gateway_url_missing'],
    [answers(200, { url: 'not a url' }), 'qq_gateway_url_invalid'],
    [answers(200, { url: 7 }), 'qq_gateway_url_invalid'],
    [answers(200, { url: 'https://example.com/' }), 'qq_gateway_url_invalid'],
    [answers(200, { url: 'file:///etc/passwd' }), 'qq_gateway_url_invalid'],
    [answers(200, '<html>hello</html>'), 'qq_gateway_unreadable'],
    [answers(502, '<html>bad gateway</html>'), 'qq_gateway_unreadable'],
    [answers(500, { code: 500, message: 'internal error' }), 'qq_gateway_failed'],
    [answers(200, { code: 12003, message: 'response bad' }), 'qq_gateway_failed'],
    [{ kind: 'http', route: 'gateway', answer: 'reset' }, 'qq_gateway_timeout'],
  ]
  for (const [fault, code] of cases) {
    const calls = await callsTo(t)
    calls.box.fault(fault)
    const failure = await failureFrom(get(calls, false))
    assert.equal(failure.code, code, JSON.stringify(fault))
    assert.equal(failure.verdict, 'passing')
  }
})

test('refusals: the token, the app, the bot, the address, the pace', async t => {
  const cases: readonly (readonly [number, number, Failure['verdict'], string, RegExp])[] = [
    [401, 11244, 'token', 'qq_token_rejected', /^$/],
    [500, 11244, 'token', 'qq_token_rejected', /^$/],
    [401, 0, 'token', 'qq_token_rejected', /^$/],
    [400, 11251, 'final', 'qq_credentials_rejected', /app id/],
    [400, 11265, 'final', 'qq_bot_banned', /notices/],
    [401, 11298, 'passing', 'qq_address_refused', /allowlist/],
    [401, 40023002, 'passing', 'qq_address_refused', /allowlist/],
    [429, 100017, 'busy', 'qq_gateway_busy', /^$/],
  ]
  for (const [status, code, verdict, name, hint] of cases) {
    const calls = await callsTo(t)
    calls.box.fault(answers(status, { code, message: 'refused' }))
    const failure = await failureFrom(get(calls, false))
    assert.deepEqual([failure.verdict, failure.code], [verdict, name], `${status} ${code}`)
    assert.match(failure.hint ?? '', hint)
  }
})

test('a known URL is no way around a token that is refused, nor around a ban', async t => {
  const calls = await callsTo(t)
  await get(calls, false)
  const refused = calls.box.fault(answers(401, { code: 11244, message: 'token not exist or expire' }))
  assert.equal((await failureFrom(get(calls, true))).verdict, 'token')
  refused.off()
  await calls.clock.advance(60_000)
  calls.box.fault(answers(400, { code: 11265, message: 'banned' }))
  assert.equal((await failureFrom(get(calls, true))).verdict, 'final')
})

test("without a token there is no call, and the reason is the token's", async t => {
  const calls = await callsTo(t)
  calls.box.fault('token_100016')
  assert.equal((await failureFrom(get(calls, false))).code, 'qq_credentials_rejected')
  assert.equal(seen(calls.box, '/gateway'), 0)
})

test('a fragment is cut off: no WebSocket address has one', async t => {
  const calls = await callsTo(t)
  calls.box.fault(answers(200, { url: 'wss://gateway.example/websocket?x=1#part' }))
  assert.equal(await get(calls, false), 'wss://gateway.example/websocket?x=1')
})
