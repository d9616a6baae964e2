/** `herald doctor` beside a gateway that runs: what that one knows to be wrong. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Finding } from '../../src/cli/doctor/check.ts'
import { tempHome } from '../gateway/programs.ts'
import { eventually } from '../support/eventually.ts'
import { sandboxFor, TEST_BOT, untilConnected } from '../support/sandbox.ts'
import { herald, startHerald } from './herald.ts'

const GROUPS_AND_BUTTONS = (1 << 25) | (1 << 26)

test('what is not granted, an agent that fails, an alert that does not arrive, settings that are refused', async t => {
  const box = await sandboxFor(t, { bots: [{ ...TEST_BOT, grantedIntents: GROUPS_AND_BUTTONS }] })
  const home = tempHome(t)
  chmodSync(home, 0o700)
  const account = { app_id: TEST_BOT.appId, client_secret: TEST_BOT.secret, host: box.url, dm_policy: 'open' }
  const settings = {
    gateway: { http: false },
    platforms: { qqbot: account },
    agent: { type: 'command', command: 'false' },
    alerts: { after_s: 1, to: [{ type: 'webhook', url: 'http://127.0.0.1:9/hook' }] },
  }
  writeFileSync(join(home, 'config.yaml'), JSON.stringify(settings), { mode: 0o644 })
  startHerald(t, ['run', '--home', home])
  await untilConnected(box, undefined, 60_000)
  box.say({ person: 'Ann', text: 'hello' })

  const examined = async () => {
    const said = await herald(t, ['doctor', '--json', '--home', home], { env: { HERALD_SUPERVISED: '1' } })
    const { findings }: { findings: readonly Finding[] } = JSON.parse(said.stdout)
    return { said: said.stdout, of: (what: string) => findings.find(one => one.what === what) }
  }
  let last = ''
  const of = await eventually(
    'what is wrong with the agent and with the alert',
    60_000,
    async () => {
      const found = await examined()
      last = found.said
      return found.of('answers of default') !== undefined && found.of('alerts') !== undefined && found.of
    },
    () => last,
  )
  assert.deepEqual([of('answers of default')?.verdict, of('alerts')?.verdict], ['bad', 'bad'])
  assert.match(of('answers of default')?.found ?? '', /^agent_/)
  assert.match(of('alerts')?.found ?? '', /^webhook 127\.0\.0\.1:9/)
  assert.equal(of('intents of qqbot')?.verdict, 'doubt')
  assert.match(of('intents of qqbot')?.found ?? '', /not granted/)
  assert.match(of('intents of qqbot')?.cure ?? '', /q\.qq\.com/)
  assert.equal(of('home')?.verdict, 'ok', 'the door is closed, whatever may be read behind it')
  for (const what of ['answers of default', 'alerts']) assert.ok(of(what)?.cure, what)

  writeFileSync(join(home, 'config.yaml'), 'gatewya: {}')
  assert.equal((await herald(t, ['reload', '--home', home])).code, 78)
  const refused = (await examined()).of('settings in force')
  assert.match(refused?.found ?? '', /^the last good ones; newer are refused: gatewya/)
  assert.match(refused?.cure ?? '', /herald reload/)
})
