/** Breaking things on the chat page: every button does what it says, shows it, and mends it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultName } from '../../../src/sandbox/sandbox.ts'
import { sandboxFor, until, untilLogged } from '../../support/sandbox.ts'
import { NO_BROWSER, openPage, untilText } from './browser.ts'
import { startBot } from './page-bot.ts'

const browser = { skip: NO_BROWSER }

/** Those that last until they are mended; the others strike at once and are over. */
const LASTING: readonly FaultName[] = [
  'freeze',
  'no_ack',
  'no_ready',
  'send_500',
  'send_429',
  'lost_answer',
  'host_down',
]

test('a condition is on while its button is pressed in, and a second press mends it', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl)
  await untilText(page, '#fault-about', 'Nothing is broken.')
  for (const name of LASTING) {
    const button = page.locator(`[data-fault="${name}"]`)
    const posted = page.waitForRequest(
      request => request.url().endsWith('/sandbox/faults') && request.method() === 'POST',
    )
    await button.click()
    assert.equal((await posted).postDataJSON().name, name)
    await page.locator(`[data-fault="${name}"][aria-pressed="true"]`).waitFor()
    assert.deepEqual(
      box.faults().map(fault => fault.name),
      [name],
    )
    assert.equal(await page.locator('#active-faults li').count(), 1)
    await button.click()
    await page.locator(`[data-fault="${name}"][aria-pressed="false"]`).waitFor()
    assert.equal(box.faults().length, 0)
  }
})

test('a blow falls at once: the link is cut or closed, the token is void, and the wire tells it', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl)
  for (const [name, code] of [
    ['cut', 1006],
    ['close_4009', 4009],
  ] as const) {
    const bot = await startBot(t, box)
    await page.locator(`[data-fault="${name}"]`).click()
    assert.equal((await bot.link.closed).code, code)
    await untilText(page, '.row.bad', String(code))
  }
  await startBot(t, box)
  await page.locator('[data-fault="revoke_token"]').click()
  await untilLogged(box, 'the token revoked', entry => entry.kind === 'fault' && entry.fault.name === 'revoke_token')
  await untilText(page, '.row', 'Revoke token')
})

test('what is broken is counted down, struck by struck, and mended one by one or all at once', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  await page.locator('#fault-name').selectOption('duplicate_events')
  await page.locator('#fault-limit').selectOption({ label: '60 s' })
  await page.locator('#fault-more [type=submit]').click()
  await untilText(page, '#active-faults li', 's left')
  box.fault('send_500', { times: 3 })
  await untilText(page, '#active-faults li', '3 left')
  box.say({ person: 'Alice', text: 'hi' })
  await untilText(page, '#active-faults li', 'struck 1×')
  await page.getByRole('button', { name: 'Mend: Every event twice' }).click()
  await until(box, 'one left', () => box.faults().length === 1)
  box.fault('no_ack')
  await page.locator('#mend-all:enabled').click()
  await page.locator('#mend-all:disabled').waitFor()
  assert.equal(box.faults().length, 0)
  assert.equal(await page.locator('[aria-pressed="true"][data-fault]').count(), 0)
})

test('a button that is pointed at says what it does', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl)
  await page.locator('[data-fault="lost_answer"]').focus()
  await untilText(page, '#fault-about', 'Lost answer: shown, then reset')
})
