/** A bot that the platform calls, on the chat page: its callbacks on the wire, the challenge, and what must be refused. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { gatewayFor } from '../../support/qq-house.ts'
import { freePort } from '../../support/reverse-proxy.ts'
import { ask, sandboxFor, TEST_BOT, untilLogged } from '../../support/sandbox.ts'
import { NO_BROWSER, openPage, PHONE, untilText } from './browser.ts'

const browser = { skip: NO_BROWSER }
const FORGERIES = ['wrong_signature', 'unsigned', 'stale'] as const

test(
  'challenges, messages, refusals and repeats show what was posted, what came back, and how long it took',
  browser,
  async t => {
    const after = { after: (fn: () => unknown) => cleanUp(t, fn) }
    const webhook = { host: '127.0.0.1', port: await freePort(), path: '/qq' }
    const url = `http://127.0.0.1:${webhook.port}/qq`
    let gateway: Awaited<ReturnType<typeof gatewayFor>> | undefined
    const box = await sandboxFor(after, {
      bots: [{ ...TEST_BOT, webhook: url }],
      options: { callbackRetryMs: 300 },
      gatewayStatus: async () => gateway && { gateway_state: 'running', platforms: gateway.gateway.platforms() },
    })
    gateway = await gatewayFor(after, box, { settings: { webhook } })
    const page = await openPage(t, box.controlUrl)
    const press = (what: string): Promise<void> => page.locator(`[data-callback="${what}"]`).click()

    await press('validation')
    await untilText(page, '#callback-said.well', 'Challenge (op 13): answered rightly (200)')
    await untilText(page, '.row.call.good', 'Challenge (op 13)')
    await press('replay')
    await untilText(page, '#callback-said.bad', 'has taken no event')

    await ask(box, { person: 'Alice', text: 'a word by webhook' })
    await untilText(page, '.row.call.down', 'a word by webhook')
    const [row = ''] = await page.locator('.row.call.down').allInnerTexts()
    assert.match(row, /C2C_MESSAGE_CREATE\s+200\s+\d+ ms · a word by webhook/)
    await untilText(page, '#account .facts', 'Last event')
    assert.equal(await page.locator('#account [data-state="connected"]').count(), 1)

    for (const forgery of FORGERIES) {
      await press(forgery)
      await untilText(page, '#callback-said.well', 'refused, as it should be (401)')
      await untilLogged(box, forgery, entry => entry.kind === 'callback' && entry.spoilt === forgery && !entry.kept)
    }
    await press('replay')
    await untilText(page, '#callback-said.well', 'it is known by its id (200)')
    assert.equal(box.answers({ person: 'Alice' }).length, 1, 'what came again is not answered again')

    box.fault('webhook_unsigned', { times: 1 })
    await ask(box, { person: 'Alice', text: 'twice tried' })
    await untilText(page, '.row.call.good', 'No signature · refused, as it should be')
    await untilText(page, '.row.call.down', 'try 2 ·')
    await page.locator('.row.call.down').filter({ hasText: 'try 2' }).locator('summary').click()
    await untilText(page, '.row.call pre', '"op": 12')
    await page.locator('#show-calls').uncheck()
    assert.equal(await page.locator('.row.call:visible').count(), 0)
  },
)

/** An address that says yes to everything. */
async function dupe(box: Sandbox, after: (fn: () => unknown) => void): Promise<void> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{"op":12,"d":0}')))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  box.changeBot({ appId: TEST_BOT.appId, webhook: `http://127.0.0.1:${port}/` })
}

test(
  'an address that believes everybody is shown up, on a phone and in Chinese too; a bot that dials has no such buttons',
  browser,
  async t => {
    const box = await sandboxFor(t)
    const page = await openPage(t, box.controlUrl, { viewport: PHONE, locale: 'zh-CN' })
    await page.locator('[data-shows="controls"]').click()
    await page.locator('[data-fault="cut"]').waitFor()
    assert.equal(await page.locator('#callbacks').isVisible(), false)
    await dupe(box, fn => cleanUp(t, fn))
    await page.locator('#callbacks').waitFor()
    await untilText(page, '#account .facts', '回调地址')
    await page.locator('[data-callback="wrong_signature"]').click()
    await untilText(page, '#callback-said.bad', '错误签名: 被接受了，本不应该 (200)')
    await page.locator('[data-callback="validation"]').click()
    await untilText(page, '#callback-said.bad', '回答不正确')
    await page.locator('[data-shows="wire"]').click()
    await untilText(page, '.row.call.bad', '被接受了')
  },
)
