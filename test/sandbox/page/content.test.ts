/** Whatever people, bots and links write stays text; much of it stays usable. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sandboxFor } from '../../support/sandbox.ts'
import { bubbles, NO_BROWSER, openPage, untilText, untilTrue } from './browser.ts'
import { startBot } from './page-bot.ts'

const browser = { skip: NO_BROWSER }

const EVIL = [
  '<img src=x onerror="window.pwned = 1">',
  '<script>window.pwned = 1</script>',
  '[click me](javascript:window.pwned=1)',
  '![picture](https://example.com/track.png "x" onerror=alert(1))',
  '[<svg onload=window.pwned=1>](https://example.com/)',
  '`<b>bold</b>` **<i>x</i>**',
].join('\n\n')

test('markup and links in a message are shown and do nothing', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box, () => ({ msg_type: 2, markdown: { content: EVIL } }))
  const page = await openPage(t, box.controlUrl)
  box.say({ person: '<img src=x onerror="window.pwned=1">', group: '<b>Group</b>', text: EVIL })
  await page.locator('#chats button', { hasText: '<b>Group</b>' }).click()
  await untilText(page, '.message.bot .words', '<img src=x onerror="window.pwned = 1">')
  assert.equal((await bubbles(page))[0], EVIL)
  await page.locator('.message.bot .link', { hasText: 'click me' }).click()
  await page.locator('.row', { hasText: 'POST' }).first().click()
  const made = '.message :is(img:not(.avatar), script, svg, a, iframe, b, i)'
  assert.equal(await page.locator(made).count(), 0)
  assert.equal(await page.locator('.message.bot strong').textContent(), '<i>x</i>')
  assert.equal(await page.evaluate('window.pwned'), undefined)
  assert.equal(page.url(), `${box.controlUrl}/`)
})

test('Markdown looks like Markdown', browser, async t => {
  const source =
    '# Title\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| **1** | ~~2~~ |\n\n```js\nlet x = "**no**"\n```\n> said'
  const box = await sandboxFor(t)
  await startBot(t, box, () => ({ msg_type: 2, markdown: { content: source } }))
  const page = await openPage(t, box.controlUrl)
  box.say({ person: 'Alice', text: 'show me' })
  await untilText(page, '.message.bot .heading-1', 'Title')
  const texts = (selector: string): Promise<string[]> => page.locator(`.message.bot ${selector}`).allInnerTexts()
  assert.deepEqual(await texts('ol li'), ['one', 'two'])
  assert.deepEqual(await texts('td :is(strong, s)'), ['1', '2'])
  assert.deepEqual(await texts('pre code'), ['let x = "**no**"'])
  assert.deepEqual(await texts('blockquote'), ['said'])
})

test('long words and 500 messages stay inside, in order, and the newest is seen', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl)
  for (let n = 0; n < 520; n += 1) box.say({ person: 'Alice', text: `message ${n}` })
  box.say({ person: 'Alice', text: 'W'.repeat(6_000) })
  await untilTrue(
    page,
    'the long one',
    "document.querySelector('#messages').lastElementChild.textContent.includes('WWWW')",
  )
  const shown = await bubbles(page)
  assert.deepEqual(
    shown.slice(0, -1),
    Array.from({ length: 499 }, (_, at) => `message ${at + 21}`),
  )
  const overflow = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#messages'))"
  assert.equal(await page.evaluate(overflow), 0)
  const fromEnd = '(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)'
  assert.ok(Number(await page.evaluate(`${fromEnd}(document.querySelector('#messages'))`)) < 5)

  // Somebody who reads further up stays there.
  await page.evaluate("document.querySelector('#messages').scrollTop = 100")
  box.answers({ person: 'Alice' })
  box.say({ person: 'Bob', group: 'Family', text: 'elsewhere' })
  await untilText(page, '[data-key="group:Family"]', 'elsewhere')
  assert.equal(await page.evaluate("document.querySelector('#messages').scrollTop"), 100)
})

test('a frame too long for the log is named all the same', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  await untilText(page, '#wire .row', 'READY')
  box.say({ person: 'Alice', text: `how "long" ${'x'.repeat(9_000)}` })
  await untilText(page, '#wire .row', 'C2C_MESSAGE_CREATE')
  const row = page.locator('#wire .row', { hasText: 'C2C_MESSAGE_CREATE' })
  assert.match((await row.textContent()) ?? '', /s=\d+.*how "long" xxx/)
})

test('the wire keeps the newest, lets heartbeats go first, and filters', browser, async t => {
  const box = await sandboxFor(t)
  const { link } = await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  await untilText(page, '#wire .row', 'READY')
  for (let n = 0; n < 400; n += 1) link.send({ op: 1, d: 1 })
  for (let n = 0; n < 30; n += 1) box.say({ person: 'Alice', text: `over the wire ${n}` })
  await untilText(page, '#wire .row', 'over the wire 29')
  assert.ok((await page.locator('#wire .row').count()) <= 300)
  await untilText(page, '#wire .row', 'READY')
  assert.equal(await page.locator('#wire .row.beat:visible').count(), 0)
  await page.locator('#show-beats').check()
  await page.locator('#wire .row.beat:visible').first().waitFor()
  await page.locator('#wire-filter').fill('over the wire 7')
  await untilTrue(
    page,
    'only what fits',
    "[...document.querySelectorAll('#wire .row:not([hidden])')].every(row => row.textContent.includes('over the wire 7'))",
  )
  await page.locator('#wire .row:visible').first().click()
  await untilText(page, '#wire pre', 'over the wire 7')
  for (let n = 0; n < 400; n += 1) box.say({ person: 'Alice', text: 'flood' })
  await page.locator('#wire-filter').fill('')
  await untilText(page, '#wire .row', 'flood')
  assert.ok((await page.locator('#wire .row').count()) <= 300)
})
