/** Languages, screens, keyboards and readers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { sandboxFor } from '../../support/sandbox.ts'
import { greeted } from '../raw-bot.ts'
import { NO_BROWSER, openPage, PHONE, untilText } from './browser.ts'
import { startBot } from './page-bot.ts'

const browser = { skip: NO_BROWSER }

test("the browser's language, and the other one by a button that is remembered", browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl, { locale: 'zh-CN' })
  await untilText(page, '#faults-title', '搞破坏')
  await untilText(page, '#chat-note', '你是 Alice')
  await untilText(page, '[data-fault="host_down"]', '主机宕机')
  await page.locator('#fault-name option', { hasText: '每个事件发两次' }).waitFor({ state: 'attached' })
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
  await page.locator('#language').click()
  await untilText(page, '#faults-title', 'Break things')
  await page.reload()
  await untilText(page, '#chat-note', 'You are Alice')
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
})

test('every fault and every text has its Chinese', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl, { locale: 'zh-CN' })
  await page.locator('#fault-name option[value="cut"]').waitFor({ state: 'attached' })
  const titles = await page.locator('#fault-name option:not([value=""])').allInnerTexts()
  const allowed = /^GET \/gateway/
  assert.ok(titles.length > 60)
  assert.deepEqual(
    titles.filter(title => !/\p{Script=Han}/u.test(title) && !allowed.test(title)),
    [],
  )
})

/** How far the page, or the list of messages in it, is wider than what is seen of it. */
async function overflow(page: Page): Promise<number> {
  const parts = "[document.documentElement, document.querySelector('#messages')]"
  const widest = `Math.max(...${parts}.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth))`
  return Number(await page.evaluate(widest))
}

test('on a phone one part is seen at a time, and nothing is wider than the screen', browser, async t => {
  const box = await sandboxFor(t)
  const table = '| Command | What it does |\n|---|---|\n| /new | starts over, with everything forgotten |'
  await startBot(t, box, () => ({
    msg_type: 2,
    markdown: { content: `${table}\n\n\`\`\`\n${'long '.repeat(60)}\n\`\`\`` },
  }))
  for (const name of ['Carol', 'Dave', 'Eve', 'A person with a rather long name']) box.person(name)
  const page = await openPage(t, box.controlUrl, { viewport: PHONE, hasTouch: true, isMobile: true })
  await page.locator('#text').fill('hi')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.bot', 'starts over')
  box.fault('duplicate_events', { forMs: 60_000 })
  for (const [view, selector] of [
    ['chat', '#messages'],
    ['controls', '#fault-buttons'],
    ['wire', '#wire'],
  ]) {
    await page.locator(`[data-shows="${view}"]`).click()
    await page.locator(`[data-shows="${view}"][aria-pressed="true"]`).waitFor()
    for (const other of ['#messages', '#fault-buttons', '#wire'])
      assert.equal(await page.locator(other).isVisible(), other === selector, `${other} in ${view}`)
    assert.equal(await overflow(page), 0, view)
  }
  await untilText(page, '#pill', 'Connected')
})

test('no screen is too narrow or too low for the page', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  for (const [width, height] of [
    [320, 568],
    [700, 900],
    [900, 600],
    [1120, 700],
    [1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height })
    assert.equal(await overflow(page), 0, `${width}×${height}`)
    const field = await page.locator('#text').boundingBox()
    assert.ok(field && field.y + field.height <= height, `the field is on the screen at ${width}×${height}`)
  }
})

interface AxNode {
  readonly ignored: boolean
  readonly role?: { readonly value?: unknown }
  readonly name?: { readonly value?: unknown }
}

test('everything that can be used has a name, and the keyboard reaches it', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  await page.locator('[data-key="group:Family"]').click()
  box.fault('no_ack')
  await page.locator('#active-faults li').waitFor()
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = (await devtools.send('Accessibility.getFullAXTree')) as { nodes: readonly AxNode[] }
  const used = new Set([
    'button',
    'textbox',
    'searchbox',
    'combobox',
    'checkbox',
    'DisclosureTriangle',
    'log',
    'navigation',
    'region',
  ])
  const asked = nodes.filter(({ ignored, role }) => !ignored && used.has(String(role?.value)))
  assert.ok(asked.length > 20, `${asked.length} of them`)
  assert.deepEqual(
    asked.filter(({ name }) => !name?.value).map(({ role }) => role?.value),
    [],
  )

  const focused = (): Promise<string> =>
    page.evaluate("document.activeElement.id || document.activeElement.dataset.fault || ''") as Promise<string>
  const wanted = new Set([
    'language',
    'persona',
    'mention',
    'text',
    'cut',
    'fault-name',
    'mend-all',
    'wire-filter',
    'pause',
  ])
  await page.locator('#language').focus()
  for (let presses = 0; presses < 60 && wanted.size > 0; presses += 1) {
    wanted.delete(await focused())
    await page.keyboard.press('Tab')
  }
  assert.deepEqual([...wanted], [])
})

test('who asked for less motion gets none', browser, async t => {
  const box = await sandboxFor(t)
  const link = await greeted(box)
  t.after(() => link.end())
  const moving = "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).animationName !== 'none').length"
  for (const [reducedMotion, most] of [
    ['reduce', 0],
    ['no-preference', 2],
  ] as const) {
    const page = await openPage(t, box.controlUrl, { reducedMotion })
    await untilText(page, '#account .state', 'Connecting')
    assert.equal(await page.evaluate(moving), most, reducedMotion)
  }
})
