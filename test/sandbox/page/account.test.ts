/** The state panel: what a newcomer reads of each state that the gateway can tell, and of its silence. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountStatus, GatewayState, StatusDocument } from '../../../src/gateway/status/status-document.ts'
import { type Disposable, sandboxFor } from '../../support/sandbox.ts'
import { NO_BROWSER, openPage, untilText, untilTrue } from './browser.ts'
import { startBot } from './page-bot.ts'

const browser = { skip: NO_BROWSER }

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()

function account(over: Partial<AccountStatus> = {}): AccountStatus {
  return {
    state: 'connected',
    since: inMs(-65_000),
    error_code: null,
    error_message: null,
    hint: null,
    retryable: null,
    attempt: 0,
    next_retry_at: null,
    generation: 1,
    updated_at: inMs(0),
    evidence: { ready_at: inMs(-65_000), last_ack_at: inMs(-4_000), last_event_at: null, last_send_at: null },
    unknown_events: {},
    pending_in: 0,
    pending_out: 0,
    late_words: 0,
    ...over,
  }
}

function status(over: Partial<AccountStatus> = {}, gateway: Partial<StatusDocument> = {}): StatusDocument {
  return {
    kind: 'herald-gateway',
    schema: 1,
    version: '0.0.0',
    boot_id: 'boot',
    pid: 1,
    pid_start: null,
    start_time: inMs(-70_000),
    gateway_state: 'running',
    exit_reason: null,
    active_agents: 0,
    updated_at: inMs(0),
    expires_at: inMs(3_600_000),
    platforms: { 'qq:main': account(over) },
    ...gateway,
  }
}

/** The page of a sandbox whose gateway says whatever `now` holds. */
async function panelFor(test: Disposable, first: StatusDocument | null) {
  const now: { says: StatusDocument | null; fails?: string } = { says: first }
  const box = await sandboxFor(test, {
    gatewayStatus: () => {
      if (now.fails !== undefined) throw new Error(now.fails)
      return now.says
    },
  })
  return { box, now, page: await openPage(test, box.controlUrl) }
}

test('connecting, connected, retrying with a countdown, fatal with its hint, paused', browser, async t => {
  const { page, now } = await panelFor(t, status({ state: 'connecting', since: inMs(-2_000) }))
  await untilText(page, '#account .state.warn', 'Connecting')

  now.says = status({ access: 'Everybody may talk to it.' })
  await untilText(page, '#account .state.good', 'Connected')
  await untilText(page, '#account .since', 'for 1 min')
  await untilText(page, '#account .facts', 'Last proof of life')
  await untilText(page, '#account .access', 'Everybody may talk to it.')

  const broken = { error_code: 'qq_unreachable', error_message: 'connect ECONNREFUSED', hint: 'Wait for the platform.' }
  now.says = status({ state: 'retrying', attempt: 7, next_retry_at: inMs(300_000), ...broken })
  await untilText(page, '#account .state.warn', 'Retrying')
  await untilText(page, '#account .why', 'qq_unreachable')
  await untilText(page, '#account .hint', 'Wait for the platform.')
  await untilText(page, '#account .facts', 'Failed attempts7')
  await untilText(page, '#account .next', 'Next try in 4 min 5')
  const shownFirst = await page.locator('#account .next').textContent()
  await page
    .locator('#account .next')
    .filter({ hasNotText: String(shownFirst) })
    .waitFor()

  now.says = status({ state: 'fatal', retryable: true, next_retry_at: inMs(200), attempt: 100, ...broken })
  await untilText(page, '#account .state.bad', 'Fatal')
  await untilText(page, '#account .next', 'Starting again …')

  now.says = status({ state: 'paused' })
  await untilText(page, '#account .state.quiet', 'Paused')
  assert.equal(await page.locator('#account .next, #account .why').count(), 0)
})

test('in Chinese: what a code means, what helps, who may talk', browser, async t => {
  const fatal = status({
    state: 'fatal',
    error_code: 'qq_bot_banned',
    error_message: 'closed with 4915',
    hint: 'see the notices on q.qq.com',
    access: 'private chats: everyone',
    access_zh: '私聊：所有人',
  })
  const box = await sandboxFor(t, { gatewayStatus: () => fatal })
  const page = await openPage(t, box.controlUrl, { locale: 'zh-CN' })
  await untilText(page, '#account .why', '机器人已被封禁')
  await untilText(page, '#account .why', 'closed with 4915')
  await untilText(page, '#account .why .hint', '查看 q.qq.com 上的通知')
  await untilText(page, '#account .access', '私聊：所有人')
})

test('a process that is more than running says so, and what waits is counted', browser, async t => {
  const gateway: { gateway_state: GatewayState; exit_reason: string } = {
    gateway_state: 'failed',
    exit_reason: 'nobody alive',
  }
  const { page } = await panelFor(t, status({ state: 'fatal', pending_in: 2, pending_out: 3, generation: 4 }, gateway))
  await untilText(page, '#account .facts', 'Failed: nobody alive')
  const facts = (await page.locator('#account .facts').allInnerTexts()).join(' ').replace(/\s+/g, ' ')
  assert.match(facts, /To answer 2 .*To send 3 .*Life 4/)
})

test('a gateway that falls silent, fails to tell or tells old things is not believed', browser, async t => {
  const { page, now } = await panelFor(t, status())
  await untilText(page, '#account .state', 'Connected')
  now.fails = 'the socket is gone'
  await untilText(page, '#account .error', 'Herald does not tell its state: the socket is gone')
  delete now.fails
  now.says = null
  await untilText(page, '#account .error', 'Is it still running?')
  now.says = status({}, { expires_at: inMs(-30_000) })
  await untilText(page, '#account .stale', 'Herald may be gone.')
  now.says = status()
  await untilText(page, '#account .state', 'Connected')
  await untilTrue(page, 'no word of age', "document.querySelector('#account .stale').textContent === ''")
})

test('without a gateway: what the platform sees of the bot, and how fast it came back', browser, async t => {
  const { page, box } = await panelFor(t, null)
  await untilText(page, '#account .state.bad', 'Disconnected')
  await untilText(page, '#account', 'Point a bot at this address')
  const first = await startBot(t, box)
  await untilText(page, '#account .state.good', 'Connected')
  box.fault('cut')
  await first.link.closed
  await startBot(t, box)
  await untilText(page, '#healed', 'new session')
  assert.match(String(await page.locator('#healed').textContent()), /Link lost at \d\d:\d\d:\d\d, back after 0\.\d\d s/)
})
