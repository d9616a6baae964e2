/** `herald doctor` on accounts that the platform calls: what stands before them is tried, and what it does wrong is named. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Finding } from '../../src/cli/doctor/check.ts'
import { tempHome } from '../gateway/programs.ts'
import { freePort, type Manner, reverseProxy } from '../support/reverse-proxy.ts'
import { sandboxFor, TEST_BOT } from '../support/sandbox.ts'
import { herald } from './herald.ts'

test('callbacks: right, unknown, unreachable, or spoilt on their way', async t => {
  const box = await sandboxFor(t)
  const home = tempHome(t)
  chmodSync(home, 0o700)
  const port = await freePort()
  const proxy = await reverseProxy(t, port)
  const found = async (publicUrl: string | undefined): Promise<Finding> => {
    const webhook = { port, path: '/qq', ...(publicUrl === undefined ? {} : { public_url: publicUrl }) }
    const account = {
      app_id: TEST_BOT.appId,
      client_secret: TEST_BOT.secret,
      host: box.url,
      transport: 'webhook',
      webhook,
    }
    const settings = { gateway: { http: false }, platforms: { qqbot: account } }
    writeFileSync(join(home, 'config.yaml'), JSON.stringify(settings), { mode: 0o600 })
    const said = await herald(t, ['doctor', '--json', '--home', home], { env: { HERALD_SUPERVISED: '1' } })
    assert.ok(!said.stdout.includes(TEST_BOT.secret))
    const { findings }: { findings: readonly Finding[] } = JSON.parse(said.stdout)
    return findings.find(({ what }) => what === 'account qqbot: callbacks') ?? assert.fail(said.stdout)
  }
  assert.equal((await found(`${proxy.url}/qq`)).verdict, 'ok')
  const unknown = await found(undefined)
  assert.deepEqual([unknown.verdict, /qqbot\.webhook\.public_url/.test(unknown.cure ?? '')], ['doubt', true])
  const spoils: readonly (readonly [Manner, RegExp])[] = [
    ['strips', /X-Signature/],
    ['cuts_path', /the path \/qq/],
  ]
  for (const [manner, cure] of spoils) {
    proxy.manner = manner
    const wrong = await found(`${proxy.url}/qq`)
    assert.equal(wrong.verdict, 'bad', manner)
    assert.match(wrong.cure ?? '', cure)
  }
  await proxy.stop()
  assert.equal((await found(`${proxy.url}/qq`)).verdict, 'doubt', 'it may be reached from elsewhere')
})
