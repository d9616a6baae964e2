/** An account whose events come by webhook: the whole gateway before a sandbox that posts them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/lib/log.ts'
import { createWebhookListeners } from '../../../../src/platforms/qqbot/webhook/listeners.ts'
import { keysOf, signatureOf } from '../../../../src/platforms/qqbot/webhook/signature.ts'
import type { Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { eventually } from '../../../support/eventually.ts'
import { type GatewayHouse, type GatewayOptions, gatewayFor } from '../../../support/qq-house.ts'
import { freePort } from '../../../support/reverse-proxy.ts'
import { ask, sandboxFor, TEST_BOT, untilAnswers, untilLogged } from '../../../support/sandbox.ts'

const BOUND_MS = 20_000
const PATH = '/qq/main'

interface House extends GatewayHouse {
  readonly box: Sandbox
  readonly url: string
  /** How the posts of the platform were answered: `503`, `200`. */
  tries(): readonly (number | undefined)[]
}

async function house(t: CleanUp, options: GatewayOptions = {}): Promise<House> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}${PATH}`
  const after = { after: (fn: () => unknown) => cleanUp(t, fn) }
  const box = await sandboxFor(after, {
    bots: [{ ...TEST_BOT, webhook: url }],
    options: { callbackRetryMs: 200 },
  })
  const webhook = { host: '127.0.0.1', port, path: PATH }
  const gateway = await gatewayFor(after, box, {
    ...options,
    settings: { ...options.settings, webhook },
    limits: { apiProbeMs: 100, ...options.limits },
  })
  return {
    ...gateway,
    box,
    url,
    tries: () =>
      box.log.entries({ kinds: ['callback'] }).flatMap(entry => (entry.kind === 'callback' ? [entry.status] : [])),
  }
}

const event = (id: string): string =>
  JSON.stringify({
    id: `C2C_MESSAGE_CREATE:${id}`,
    op: 0,
    d: { id, content: id, timestamp: new Date().toISOString(), author: { user_openid: 'PERSON' } },
    t: 'C2C_MESSAGE_CREATE',
  })

/** A post by hand, signed unless told otherwise. */
async function post(
  url: string,
  body: string,
  { secret = TEST_BOT.secret as string, stamp = Math.floor(Date.now() / 1000), signed = true } = {},
): Promise<{ status: number; body: unknown }> {
  const signature = signatureOf(keysOf(secret), String(stamp), body)
  const headers = { 'x-signature-timestamp': String(stamp), ...(signed ? { 'x-signature-ed25519': signature } : {}) }
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, body: await response.json() }
}

test('a message by webhook is answered; it is a proof, and what was seen is told', async t => {
  const { box, status, tries } = await house(t)
  assert.deepEqual([status().state, status().error_code], ['unverified', 'qq_webhook_uncalled'])
  assert.equal(status().evidence.last_event_at, null)
  const { answer } = await ask(box, { person: 'Alice', text: 'hi' })
  assert.match(answer.text, /hi/)
  assert.deepEqual(tries(), [200])
  assert.deepEqual([status().state, status().error_code], ['connected', null])
  assert.notEqual(status().evidence.ready_at, null)
  assert.notEqual(status().evidence.last_event_at, null)
  assert.equal(status().evidence.last_ack_at, null)
  assert.equal(box.counters().maxSockets, 0)
  // A group, which the mention's event names, not a READY.
  const group = await ask(box, { person: 'Alice', group: 'Family', text: 'all', mention: true })
  assert.match(group.answer.text, /all/)
})

test('the console finds the address right, and one of another secret wrong', async t => {
  const { box } = await house(t)
  await box.validateWebhook()
  const right = await untilLogged(box, 'a validation', entry => entry.kind === 'callback')
  assert.ok(right.kind === 'callback' && right.kept)
  box.changeBot({ appId: TEST_BOT.appId, secret: 'another-secret-altogether' })
  const answer = await box.validateWebhook()
  assert.equal(answer.status, 401)
})

test('an API that is gone is said, and so is its return; a life that is over frees the address', async t => {
  const { box, status, url, stop } = await house(t)
  const fault = box.fault({ kind: 'http', route: 'me', answer: { status: 502, body: '<html>' } })
  await eventually('retrying', BOUND_MS, () => status().state === 'retrying' && status().error_code === 'qq_api_failed')
  // Events come all the same.
  assert.equal((await post(url, event('while-away'))).status, 200)
  fault.off()
  await eventually('connected again', BOUND_MS, () => status().state === 'connected')
  await stop()
  await assert.rejects(fetch(url, { method: 'POST' }))
})

test('what is not signed, wrongly signed, replayed, too large or no payload is refused, and nothing is kept of it', async t => {
  const { url, box, status } = await house(t)
  const now = Math.floor(Date.now() / 1000)
  assert.equal((await post(url, event('a'), { signed: false })).status, 401)
  assert.equal((await post(url, event('b'), { secret: 'wrong' })).status, 401)
  assert.equal((await post(url, event('c'), { stamp: now - 3600 })).status, 401)
  assert.equal((await post(url, event('d'), { stamp: now + 3600 })).status, 401)
  assert.equal((await post(url, 'no json')).status, 400)
  assert.equal((await post(url, '{"op":99}')).status, 400)
  assert.equal((await post(url, ' '.repeat(2 * 1024 * 1024))).status, 413)
  assert.equal((await post(`${url}/other`, event('e'))).status, 404)
  assert.equal((await fetch(url)).status, 405)
  assert.deepEqual((await post(url, '{"op":1,"d":7}')).body, { op: 11, d: 7 })
  assert.equal(status().evidence.last_event_at, null)
  assert.equal(box.counters().sends, 0)
  assert.deepEqual((await post(url, event('f'))).body, { op: 12, d: 0 })
  assert.notEqual(status().evidence.last_event_at, null)
})

test('the faults of the platform: wrong and old signatures are refused until they are right; late ones are taken', async t => {
  const { box, tries } = await house(t)
  box.fault('webhook_wrong_signature', { times: 1 })
  box.fault('webhook_unsigned', { times: 1 })
  box.fault('webhook_replayed', { times: 1 })
  box.fault('webhook_slow', { times: 1, delayMs: 100 })
  await ask(box, { person: 'Alice', text: 'hi' })
  assert.deepEqual(tries(), [401, 401, 401, 200])
})

test('a delivery that comes twice, or again later, is answered once', async t => {
  const { box, url, tries } = await house(t)
  box.fault('webhook_twice')
  await ask(box, { person: 'Alice', text: 'once' })
  await eventually('both posts', BOUND_MS, () => tries().length === 2)
  const again = event('again')
  assert.equal((await post(url, again)).status, 200)
  assert.equal((await post(url, again)).status, 200)
  await ask(box, { person: 'Alice', text: 'last' })
  assert.equal(box.answers({ person: 'Alice' }).length, 2)
  assert.deepEqual(new Set(tries()), new Set([200]))
})

test('200 means on disk: while the disk refuses there is none, and what comes again is answered once', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-webhook-'))
  cleanUp(t, () => rmSync(folder, { recursive: true }))
  const path = join(folder, 'herald.db')
  const { box, status, tries } = await house(t, { path })
  await ask(box, { person: 'Alice', text: 'before' })
  const thief = new DatabaseSync(path)
  cleanUp(t, () => thief.close())
  thief.exec('BEGIN IMMEDIATE')
  box.say({ person: 'Alice', text: 'hold' })
  await eventually('a try that was refused', BOUND_MS, () => tries().includes(503))
  assert.equal(box.answers({ person: 'Alice' }).length, 1)
  thief.exec('ROLLBACK')
  const answers = await untilAnswers(box, { person: 'Alice' }, 2, BOUND_MS)
  assert.match(answers[1]?.text ?? '', /hold/)
  await eventually('a try that was taken', BOUND_MS, () => tries().at(-1) === 200 && status().state === 'connected')
  await ask(box, { person: 'Alice', text: 'after' })
  assert.equal(box.answers({ person: 'Alice' }).length, 3)
})

test('accounts share a port by their paths; a path that is taken, and an address that is none, are refused by name', async () => {
  const listeners = createWebhookListeners(silentLogger)
  const port = await freePort()
  const on = (path: string) =>
    listeners.listen({ host: '127.0.0.1', port, path }, () => Promise.resolve({ status: 200, body: { path } }))
  const release = [await on('/a'), await on('/b')]
  const name = async (path: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' })).json()
  assert.deepEqual([await name('/a'), await name('/b')], [{ path: '/a' }, { path: '/b' }])
  await assert.rejects(on('/a'), { code: 'webhook_unusable' })
  release[0]?.()
  assert.deepEqual(await name('/b'), { path: '/b' })
  release[1]?.()
  await assert.rejects(name('/b'))
  const elsewhere = { host: '192.0.2.1', port, path: '/' }
  await assert.rejects(
    listeners.listen(elsewhere, () => Promise.resolve({ status: 200, body: {} })),
    { code: 'webhook_unusable' },
  )
})
