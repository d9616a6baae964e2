/** The settings of an account, read again while one of its connections goes on: whether they ask for another link. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/load.ts'
import { createRedactor } from '../../../src/lib/redact.ts'
import { createAccounts } from '../../../src/wiring/rooms/accounts.ts'
import { tempHome } from '../programs.ts'

test('another secret is another link; other rules, a broken file and none at all are not', async t => {
  const home = tempHome(t)
  const write = (account: string): void =>
    writeFileSync(join(home, 'config.yaml'), `platforms: { qqbot: ${account} }\n`)
  const reload = () => loadConfig({ home, env: {} })
  write('{ app_id: "1", client_secret: first-secret }')
  const config = await reload()
  const claimBot = () => Promise.reject(new Error('nobody claims here'))
  const accounts = createAccounts({ config, reload, claimBot, redactor: createRedactor() })
  const hasChanged = () => accounts.given[0]?.hasChanged?.()

  assert.equal(await hasChanged(), false)
  write('{ app_id: "1", client_secret: first-secret, dm_policy: open }')
  assert.notDeepEqual((await reload()).accounts[0]?.access, config.accounts[0]?.access)
  assert.equal(await hasChanged(), false)
  write('{ app_id: "1", client_secret: ')
  assert.equal(await hasChanged(), false)
  write('{ app_id: "", client_secret: "" }')
  assert.equal(await hasChanged(), false)
  write('{ app_id: "1", client_secret: second-secret }')
  assert.equal(await hasChanged(), true)
  assert.equal(await hasChanged(), true, 'to look puts nothing in force')
  accounts.adopt(await reload())
  assert.equal(await hasChanged(), false)
})
