/** The card of an account with several connections: how many are well, and which of them is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_BROWSER, untilText } from '../sandbox/page/browser.ts'
import { houseFor, openDashboard } from './house.ts'

const SHARDS = '[data-account="qqbot"] .shards'

test('several connections stand on the card of their account', { skip: NO_BROWSER }, async t => {
  const house = await houseFor(t)
  const { scene } = house
  const { box } = scene
  await box.options({ sessionStarts: { maxConcurrency: 8 }, heartbeatIntervalMs: 1_000 })
  const page = await openDashboard(t, house)
  await untilText(page, '[data-account="qqbot"] strong', 'Connected')
  assert.equal(await page.locator(SHARDS).count(), 0)

  scene.configure({ gateway: { http: { host: '127.0.0.1', port: house.port } }, bot: { shards: 3 } })
  assert.equal((await scene.command('reload')).code, 0)
  await untilText(page, SHARDS, '3 of 3 connections are well')
  // One of them, whichever beats next; it is refused until that is mended.
  await box.fault({ kind: 'gateway', on: 'heartbeat', do: 'close', code: 4012 }, { times: 1 })
  await untilText(page, SHARDS, '2 of 3 connections are well')
  await untilText(page, `${SHARDS} [data-shard]`, 'qq_version_refused')
  await untilText(page, '[data-account="qqbot"] strong', 'Fatal')
  await page.locator('[data-account="qqbot"] button', { hasText: 'Resume' }).click()
  await untilText(page, SHARDS, '3 of 3 connections are well')
})
