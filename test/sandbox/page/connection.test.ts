/** The page when its connections break: nothing is missed, nothing is doubled, and the reader is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHalfOpenProxy } from '../../../src/sandbox/half-open-proxy.ts'
import { startSandbox } from '../../../src/sandbox/sandbox.ts'
import { sandboxFor, TEST_BOT } from '../../support/sandbox.ts'
import { bubbles, NO_BROWSER, openPage, untilText, untilTrue } from './browser.ts'

const browser = { skip: NO_BROWSER }

async function proxied(test: Parameters<typeof sandboxFor>[0]) {
  const box = await sandboxFor(test)
  const proxy = await startHalfOpenProxy({ port: Number(new URL(box.controlUrl).port) })
  test.after(() => proxy.stop())
  return { box, proxy }
}

test('after a cut the stream goes on where it was', browser, async t => {
  const { box, proxy } = await proxied(t)
  const page = await openPage(t, proxy.url)
  box.say({ person: 'Alice', text: 'one' })
  await untilText(page, '#messages .words', 'one')
  const again = page.waitForRequest(request => request.url().includes('/sandbox/events'))
  proxy.cut()
  box.say({ person: 'Alice', text: 'two' })
  box.say({ person: 'Alice', text: 'three' })
  await again
  await untilText(page, '#messages .words', 'three')
  box.say({ person: 'Alice', text: 'four' })
  await untilText(page, '#messages .words', 'four')
  assert.deepEqual(await bubbles(page), ['one', 'two', 'three', 'four'])
  // No bot is there, and the wire tells it of each.
  assert.equal(await page.locator('.row', { hasText: 'nobody was there' }).count(), 4)
  assert.equal(await page.locator('#offline').isVisible(), false)
})

test('what the log has dropped meanwhile is fetched', browser, async t => {
  const box = await sandboxFor(t, { logCapacity: 20 })
  const proxy = await startHalfOpenProxy({ port: Number(new URL(box.controlUrl).port) })
  t.after(() => proxy.stop())
  const page = await openPage(t, proxy.url)
  box.say({ person: 'Alice', text: 'zero' })
  await untilText(page, '#messages .words', 'zero')
  await page.context().setOffline(true)
  proxy.cut()
  await page.locator('#offline').waitFor()
  for (let n = 1; n <= 60; n += 1) box.say({ person: 'Alice', text: `message ${n}` })
  await page.context().setOffline(false)
  await untilTrue(page, 'all of them', "document.querySelectorAll('#messages .words').length === 61")
  assert.deepEqual(await bubbles(page), ['zero', ...Array.from({ length: 60 }, (_, at) => `message ${at + 1}`)])
})

test('a sandbox that is gone is told; another in its place is another page', browser, async t => {
  const first = await startSandbox({ port: 0, bots: [TEST_BOT] })
  const controlPort = Number(new URL(first.controlUrl).port)
  first.say({ person: 'Alice', text: 'before' })
  const page = await openPage(t, first.controlUrl)
  await untilText(page, '#messages .words', 'before')
  await first.stop()
  await untilText(page, '#offline', 'The sandbox does not answer.')
  const second = await startSandbox({ port: 0, controlPort, bots: [TEST_BOT] })
  t.after(() => second.stop())
  await page.locator('#offline').waitFor({ state: 'hidden' })
  await untilText(page, '.empty', 'Say hello')
  second.say({ person: 'Alice', text: 'after' })
  await untilText(page, '#messages .words', 'after')
  assert.deepEqual(await bubbles(page), ['after'])
  await untilText(page, '.row', 'nobody was there')
  assert.equal(await page.locator('.row').count(), 1)
})

test('a sandbox taken back to its beginning shows an empty chat', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl)
  box.say({ person: 'Alice', text: 'before' })
  await untilText(page, '#messages .words', 'before')
  box.reset()
  await untilText(page, '.empty', 'Say hello')
})
