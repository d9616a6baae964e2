/** The challenge that setup and doctor send to an address: through a reverse proxy that does its work, and ones that do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../../src/lib/clock.ts'
import { silentLogger } from '../../../../src/lib/log.ts'
import { createRequest } from '../../../../src/lib/net/http.ts'
import { probeCallback } from '../../../../src/platforms/qqbot/setup/callback-probe.ts'
import type { CallbackProbe } from '../../../../src/platforms/qqbot/webhook/challenge.ts'
import { createWebhookListeners } from '../../../../src/platforms/qqbot/webhook/listeners.ts'
import type { CleanUp } from '../../../support/clean-up.ts'
import { gatewayFor } from '../../../support/qq-house.ts'
import { freePort, type ReverseProxy, reverseProxy } from '../../../support/reverse-proxy.ts'
import { sandboxFor, TEST_BOT } from '../../../support/sandbox.ts'

interface Stand {
  readonly proxy: ReverseProxy
  readonly webhook: { readonly host: string; readonly port: number; readonly path: string }
  probe(secret?: string, url?: string): Promise<CallbackProbe>
}

async function stand(t: CleanUp): Promise<Stand> {
  const port = await freePort()
  const proxy = await reverseProxy(t, port)
  const webhook = { host: '127.0.0.1', port, path: '/qq' }
  const world = { clock: systemClock, request: createRequest(systemClock) }
  return {
    proxy,
    webhook,
    probe: (clientSecret = TEST_BOT.secret, url = `${proxy.url}/qq`) =>
      probeCallback({ clientSecret, webhook }, url, world, AbortSignal.timeout(20_000)),
  }
}

test('before there is a gateway, and while one runs, the challenge comes through', async t => {
  const { probe, webhook, proxy } = await stand(t)
  assert.deepEqual(await probe(), { kind: 'right' })
  assert.deepEqual(await probe(), { kind: 'right' }, 'the port was given back')
  const box = await sandboxFor(t, { bots: [{ ...TEST_BOT, webhook: `${proxy.url}/qq` }] })
  await gatewayFor(t, box, { settings: { webhook } })
  assert.deepEqual(await probe(), { kind: 'right' })
  const other = await probe('another-secret')
  assert.ok(other.kind === 'wrong' && /401/.test(other.why) && /another secret/.test(other.hint), JSON.stringify(other))
})

test('what a proxy does wrong is told apart', async t => {
  const { probe, proxy } = await stand(t)
  for (const [manner, why, hint] of [
    ['strips', /401/, /headers X-Signature/],
    ['rewrites', /401/, /the body/],
    ['cuts_path', /404/, /the path \/qq$/],
  ] as const) {
    proxy.manner = manner
    const found = await probe()
    assert.ok(found.kind === 'wrong', manner)
    assert.match(found.why, why)
    assert.match(found.hint, hint)
  }
})

test('a port that somebody else has, a proxy that reaches nobody, and an address where nobody answers', async t => {
  const { probe, webhook, proxy } = await stand(t)
  const listeners = createWebhookListeners(silentLogger)
  const release = await listeners.listen(webhook, async () => ({ status: 200, body: { hello: 'world' } }))
  const foreign = await probe()
  release()
  assert.ok(foreign.kind === 'wrong' && /something else answers/.test(foreign.hint), JSON.stringify(foreign))

  const astray = await reverseProxy(t, await freePort())
  const nowhere = await probe(undefined, `${astray.url}/qq`)
  assert.ok(nowhere.kind === 'wrong' && nowhere.hint.includes(`:${webhook.port}/qq`), JSON.stringify(nowhere))

  await proxy.stop()
  const silent = await probe()
  assert.ok(silent.kind === 'unreachable' && /another one/.test(silent.hint), JSON.stringify(silent))
})
