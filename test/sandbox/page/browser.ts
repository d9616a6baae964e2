/** Debian's chromium on the sandbox's chat page. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Disposable } from '../../support/sandbox.ts'

const CHROMIUM = '/usr/bin/chromium'
/** Generous: the machine may be busy with other tests. */
const DEADLINE_MS = 20_000
const LOOK_AGAIN_MS = 50

/** For `node:test`: false, or why browser tests cannot run here. */
export const NO_BROWSER: string | false = existsSync(CHROMIUM) ? false : `no ${CHROMIUM} on this machine`

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
}

/** One browser for all tests of a file. */
let shared: Promise<Browser> | undefined
after(async () => (await shared)?.close())

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

interface PageOptions {
  /** What has to be on the page before it can be used. */
  readonly ready?: string
  readonly path?: string
}

/**
 * The page, ready to be used. What fails in it (an exception, a call that the content policy stops) and what it asks of
 * any other address fails the test.
 */
export async function openPage(
  test: Disposable,
  url: string,
  { ready = '[data-key]', path = '/', ...options }: BrowserContextOptions & PageOptions = {},
): Promise<Page> {
  shared ??= launchBrowser()
  const browser = await shared
  const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-US', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(DEADLINE_MS)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    // Calls that fail while the sandbox is away are part of some tests.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text())
  })
  page.on('request', request => {
    if (!request.url().startsWith(`${url}/`)) complaints.push(`a request to ${request.url()}`)
  })
  test.after(async () => {
    await context.close()
    assert.deepEqual(complaints, [])
  })
  await page.goto(`${url}${path}`)
  await page.locator(ready).first().waitFor()
  return page
}

/** The parts of the page that a failing test wants to see. */
async function seen(page: Page): Promise<string> {
  const parts = await page
    .locator('#offline, .conversation, .account, #active-faults, #lost, #accounts, #timeline')
    .allInnerTexts()
  return parts.join('\n---\n')
}

/** Waits until an expression, evaluated in the page, is true; a failure tells what is on the page. */
export async function untilTrue(page: Page, what: string, expression: string): Promise<void> {
  // Not `waitForFunction`, which the page's content policy stops.
  const deadlineMs = performance.now() + DEADLINE_MS
  while (!(await page.evaluate(expression))) {
    if (performance.now() > deadlineMs) assert.fail(`not seen: ${what}\n${await seen(page)}`)
    await page.waitForTimeout(LOOK_AGAIN_MS)
  }
}

/** Waits for an element with that text. */
export async function untilText(page: Page, selector: string, text: string): Promise<void> {
  try {
    await page.locator(selector).filter({ hasText: text }).first().waitFor()
  } catch {
    assert.fail(`no ${selector} with "${text}"\n${await seen(page)}`)
  }
}

/** The words in the bubbles, oldest first. */
export function bubbles(page: Page): Promise<string[]> {
  return page.locator('#messages .words').allInnerTexts()
}
