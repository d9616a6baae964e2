/** The way on which callbacks come: what proves it, what breaks it, and that neither is taken for the other. Through a reverse proxy. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../../src/lib/clock.ts'
import { silentLogger } from '../../../../src/lib/log.ts'
import { createRequest } from '../../../../src/lib/net/http.ts'
import { downTimes } from '../../../../src/observe/incidents.ts'
import { probeCallback } from '../../../../src/platforms/qqbot/setup/callback-probe.ts'
import { readCallback } from '../../../../src/platforms/qqbot/webhook/callback.ts'
import { createWebhookListeners } from '../../../../src/platforms/qqbot/webhook/listeners.ts'
import { keysOf } from '../../../../src/platforms/qqbot/webhook/signature.ts'
import type { Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { eventually } from '../../../support/eventually.ts'
import { type GatewayHouse, type GatewayOptions, gatewayFor } from '../../../support/qq-house.ts'
import { freePort, type ReverseProxy, reverseProxy } from '../../../support/reverse-proxy.ts'
import { ask, sandboxFor, TEST_BOT } from '../../../support/sandbox.ts'

const BOUND_MS = 20_000
const CALL_PROOF_MS = 1_000
const ALICE = { person: 'Alice' } as const

interface Stand {
  readonly box: Sandbox
  readonly proxy: ReverseProxy
  readonly webhook: { readonly host: string; readonly port: number; readonly path: string }
  /** As the platform calls it; also what is given as the address of the outside, unless another one is. */
  readonly url: string
  open(options?: GatewayOptions & { readonly publicUrl?: string | null }): Promise<House>
}

interface House extends GatewayHouse {
  reach(state: string, code: string | null): Promise<void>
  /** To what it changed so far, with codes. */
  changes(): Promise<readonly string[]>
}

const named = (state: string, code: string | null): string => (code === null ? state : `${state} ${code}`)

async function stand(t: CleanUp): Promise<Stand> {
  const after = { after: (fn: () => unknown) => cleanUp(t, fn) }
  const webhook = { host: '127.0.0.1', port: await freePort(), path: '/qq' }
  const proxy = await reverseProxy(t, webhook.port)
  const url = `${proxy.url}/qq`
  const box = await sandboxFor(after, { bots: [{ ...TEST_BOT, webhook: url }], options: { callbackRetryMs: 200 } })
  return {
    box,
    proxy,
    webhook,
    url,
    async open({ publicUrl = url, ...options } = {}) {
      const house = await gatewayFor(after, box, {
        ...options,
        settings: { ...options.settings, webhook: { ...webhook, publicUrl } },
        limits: { apiProbeMs: 100, callProofMs: CALL_PROOF_MS, ...options.limits },
      })
      const { status, journal } = house
      return {
        ...house,
        reach: (state, code) =>
          eventually(
            `${state}, ${code}`,
            BOUND_MS,
            () => status().state === state && status().error_code === code,
            () => JSON.stringify(status()),
          ).then(() => {}),
        // A change is written down a commit after it is to be seen.
        changes: () =>
          eventually('the last change is written down', BOUND_MS, async () => {
            const { state, error_code } = status()
            const kept = (await journal.transitions(undefined, 0)).map(({ to, code }) => named(to, code))
            return kept.at(-1) === named(state, error_code) && kept
          }),
      }
    },
  }
}

test('our own challenge is no proof before the platform has ever called; then it is one, for as long as it comes round', async t => {
  const { box, open, webhook, url } = await stand(t)
  // A proof of two seconds, which a machine that is busy does not miss.
  const { status, reach, changes } = await open({ limits: { apiProbeMs: 1_000 } })
  await reach('unverified', 'qq_webhook_uncalled')
  assert.match(status().error_message ?? '', /console may not know the address/)
  await eventually('a challenge that came round', BOUND_MS, () => status().evidence.last_ack_at !== null)
  assert.equal(status().proof, 'calls')
  const world = { clock: systemClock, request: createRequest(systemClock) }
  const byDoctor = await probeCallback(
    { clientSecret: TEST_BOT.secret, webhook },
    url,
    world,
    AbortSignal.timeout(BOUND_MS),
  )
  assert.equal(byDoctor.kind, 'right')
  const { last_ack_at: before } = status().evidence
  await eventually('another round', BOUND_MS, () => status().evidence.last_ack_at !== before)
  assert.deepEqual(
    [status().state, status().error_code],
    ['unverified', 'qq_webhook_uncalled'],
    'nor is the challenge of herald doctor',
  )

  await box.validateWebhook()
  await reach('connected', null)
  const since = Date.now()
  await eventually('longer than a callback proves anything', BOUND_MS, () => {
    assert.equal(status().state, 'connected')
    return Date.now() - since > 3 * CALL_PROOF_MS
  })
  assert.equal(status().evidence.last_event_at, null)
  assert.deepEqual((await changes()).slice(-2), ['unverified qq_webhook_uncalled', 'connected'])
})

test('that the platform has called is kept, for that address', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-way-'))
  cleanUp(t, () => rmSync(folder, { recursive: true }))
  const path = join(folder, 'herald.db')
  const { box, open, proxy } = await stand(t)
  const first = await open({ path })
  await box.validateWebhook()
  await first.reach('connected', null)
  await first.stop()
  const second = await open({ path })
  await second.reach('connected', null)
  assert.deepEqual((await second.changes()).slice(-2), ['connecting', 'connected'], 'without a moment of doubt')
  await second.stop()
  const moved = await open({ path, publicUrl: `${proxy.url}/qq?moved` })
  await moved.reach('unverified', 'qq_webhook_uncalled')
})

test('without public_url a callback is a proof for its time, and what comes after it is no incident', async t => {
  const { box, open } = await stand(t)
  const { reach, changes, journal } = await open({ publicUrl: null })
  await reach('unverified', 'qq_webhook_uncalled')
  for (const text of ['one', 'two']) {
    await ask(box, { ...ALICE, text })
    await reach('connected', null)
    await reach('unverified', 'qq_webhook_quiet')
  }
  assert.deepEqual((await changes()).slice(-4), [
    'connected',
    'unverified qq_webhook_quiet',
    'connected',
    'unverified qq_webhook_quiet',
  ])
  assert.deepEqual(downTimes(await journal.transitions(undefined, 0)), [])
})

const BREAKS = [
  ['strips', /HTTP 401: the signature/, /X-Signature/],
  ['rewrites', /HTTP 401: the signature/, /the body/],
  ['cuts_path', /HTTP 404/, /the path \/qq/],
] as const
for (const [manner, message, hint] of BREAKS)
  test(`G80 a proxy that ${manner}: the cause is named, answers go out, nothing is parked, and it heals by itself`, async t => {
    const { box, proxy, open } = await stand(t)
    const { status, reach, gateway } = await open({ settings: { maxAttempts: 1 } })
    await ask(box, { ...ALICE, text: 'before' })
    await reach('connected', null)
    proxy.manner = manner
    await reach('retrying', 'qq_webhook_unreachable')
    assert.match(status().error_message ?? '', message)
    assert.match(status().hint ?? '', hint)
    await eventually('several tries', BOUND_MS, () => status().attempt >= 3)
    assert.equal(status().serving, true)
    const sent = await gateway.sender.send({ chat: `qqbot:c2c:${box.person('Alice')}`, text: 'all the same' }, BOUND_MS)
    assert.deepEqual('outcome' in sent && sent.outcome, 'accepted')
    proxy.manner = 'passes'
    await reach('connected', null)
    assert.deepEqual([status().generation, status().attempt, status().serving], [1, 0, undefined])
  })

test('an address without DNS, one without TLS, and one where nobody listens are faults of the way alone', async t => {
  const { open, proxy, url } = await stand(t)
  const closed = await freePort()
  for (const publicUrl of [
    'http://nobody.invalid/qq',
    url.replace('http:', 'https:'),
    `http://127.0.0.1:${closed}/qq`,
  ]) {
    const { status, reach, stop } = await open({ publicUrl })
    await reach('retrying', 'qq_webhook_unreachable')
    assert.ok(status().error_message?.includes(`a challenge to ${publicUrl} fails: `), status().error_message ?? '')
    assert.notEqual(status().next_retry_at, null)
    await stop()
  }
  await proxy.stop()
})

test('another process with the same secret answers in our place: that is no proof', async t => {
  const { open, box } = await stand(t)
  const elsewhere = { host: '127.0.0.1', port: await freePort(), path: '/qq' }
  const keys = keysOf(TEST_BOT.secret)
  const release = await createWebhookListeners(silentLogger).listen(elsewhere, async ({ headers, body }) => {
    const { 'x-signature-timestamp': timestamp, 'x-signature-ed25519': signature } = headers
    const reading = readCallback(keys, { timestamp: String(timestamp), signature: String(signature), body }, Date.now())
    return reading.kind === 'event' ? { status: 503, body: {} } : reading.answer
  })
  cleanUp(t, release)
  await box.validateWebhook()
  const { status, reach } = await open({ publicUrl: `http://127.0.0.1:${elsewhere.port}/qq` })
  await reach('retrying', 'qq_webhook_unreachable')
  assert.match(status().error_message ?? '', /another process has answered/)
})

test('where the platform comes by a way that we cannot take, its callbacks count and our failures do not', async t => {
  const { open, box, proxy } = await stand(t)
  const inside = await reverseProxy(t, await freePort())
  const { reach, changes, status } = await open({ publicUrl: `${inside.url}/qq` })
  await reach('retrying', 'qq_webhook_unreachable')
  await ask(box, { ...ALICE, text: 'here I am' })
  await reach('connected', null)
  await reach('unverified', 'qq_webhook_unreachable')
  assert.match(status().error_message ?? '', /though the platform's callbacks came in/)
  assert.match(status().hint ?? '', /leave `webhook.public_url` out/)
  await ask(box, { ...ALICE, text: 'and again' })
  await reach('connected', null)
  await reach('unverified', 'qq_webhook_unreachable')
  assert.equal((await changes()).filter(change => change.startsWith('retrying')).length, 1, 'said once')
  await proxy.stop()
})

test('an API that is gone is worse than any way, and when it is back the way is looked at anew', async t => {
  const { open, box, proxy } = await stand(t)
  const { reach, status } = await open()
  await box.validateWebhook()
  await reach('connected', null)
  const fault = box.fault({ kind: 'http', route: 'me', answer: { status: 502, body: '<html>' } })
  await reach('retrying', 'qq_api_failed')
  assert.equal(status().serving, undefined)
  proxy.manner = 'cuts_path'
  fault.off()
  await reach('retrying', 'qq_webhook_unreachable')
  proxy.manner = 'passes'
  await reach('connected', null)
})
