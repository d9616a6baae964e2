/** The dashboard in a real browser, in front of a real gateway. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { NO_BROWSER, PHONE, untilText, untilTrue } from '../sandbox/page/browser.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/reverse-proxy.ts'
import { houseFor, openDashboard } from './house.ts'

const browser = { skip: NO_BROWSER }
const WRONG = { app_id: '102000777', client_secret: 'not-the-secret' }

const accountIn = (name: string): string => `[data-account="${name}"]`

test('states with their cause and cure, as they change; the time line says why', browser, async t => {
  const house = await houseFor(t)
  const { scene } = house
  const { box } = scene
  const { apiBase: api_base, tokenUrl: token_url } = box
  const http = { host: '127.0.0.1', port: house.port }
  const hook = { ...WRONG, app_id: '102000778', transport: 'webhook', webhook: { port: await freePort() } }
  const others = {
    'qqbot:work': { ...WRONG, api_base, token_url },
    'qqbot:hook': { ...hook, api_base, token_url },
  }
  scene.configure({ gateway: { http }, others })
  assert.equal((await scene.command('reload')).code, 0)
  const page = await openDashboard(t, house)
  await untilText(page, `${accountIn('qqbot')} strong`, 'Connected')
  await untilText(page, `${accountIn('qqbot')} .facts`, 'heartbeat')
  await untilText(page, `${accountIn('qqbot:hook')} .facts`, 'challenge came round')
  assert.doesNotMatch((await page.locator(`${accountIn('qqbot:hook')} .facts`).textContent()) ?? '', /heartbeat/)
  await untilText(page, `${accountIn('qqbot:work')} strong`, 'Fatal')
  await untilText(page, `${accountIn('qqbot:work')} .why`, 'qq_credentials_rejected')
  await untilText(page, `${accountIn('qqbot:work')} .next`, 'next life in')
  await untilText(page, '#gateway-state', 'Degraded')

  const fault = await box.fault('host_down')
  await untilText(page, `${accountIn('qqbot')} strong`, 'Retrying')
  await box.mend(fault)
  await untilText(page, `${accountIn('qqbot')} strong`, 'Connected')
  await page.locator('[data-history="qqbot"] summary').click()
  for (const words of ['Retrying', 'Connected', 'Connecting']) await untilText(page, '[data-history="qqbot"] li', words)
  assert.match(
    (await page.locator('[data-history="qqbot"] li', { hasText: 'Retrying' }).first().textContent()) ?? '',
    /qq_|ack|dial|socket|close/,
  )
  await untilTrue(
    page,
    'a bar in every colour',
    "['good', 'warn', 'bad'].every(tone => document.querySelector('#timeline rect.' + tone))",
  )
  await page.locator('[data-span="week"]').click()
  await page.locator('[data-span="week"][aria-pressed="true"]').waitFor()

  scene.write('platforms: { qqbot: [')
  await scene.command('reload')
  await untilText(page, '#settings', 'The last good settings are in force')
})

test('changing wants the key: asked for once, then pause, resume and restart', browser, async t => {
  const house = await houseFor(t)
  const page = await openDashboard(t, house, { withKey: false })
  const press = (verb: string) => page.locator(`${accountIn('qqbot')} button`, { hasText: verb }).click()
  await press('Pause')
  await page.locator('#key-dialog[open]').waitFor()
  await page.locator('#key-input').fill('not the key')
  await page.locator('#key-form button.primary').click()
  await untilText(page, '#key-error', 'This is not the key')
  await page.locator('#key-input').fill('clé')
  await page.locator('#key-form button.primary').click()
  await untilText(page, '#key-error', 'This is not the key')
  assert.equal(house.herald.account()?.state, 'connected')
  await page.locator('#key-input').fill(house.key)
  await page.locator('#key-form button.primary').click()
  await untilText(page, `${accountIn('qqbot')} strong`, 'Paused')
  await untilText(page, '#toast', 'Done')
  await press('Resume')
  await untilText(page, `${accountIn('qqbot')} strong`, 'Connected')
  const { generation } = await house.herald.connected()
  await press('Restart')
  await house.herald.until('a new life', its => its.generation === generation + 1 && its.state === 'connected')
  await untilText(page, `${accountIn('qqbot')} strong`, 'Connected')
})

test('the address of `herald dashboard` has the key, and does not keep it', browser, async t => {
  const house = await houseFor(t)
  const { stdout } = await house.scene.command('dashboard')
  assert.equal(stdout, `${house.url}/#key=${house.key}\n`)
  assert.equal((await house.scene.command('dashboard', '--no-key')).stdout, `${house.url}/\n`)
  const page = await openDashboard(t, house)
  assert.equal(page.url(), `${house.url}/`)
  await page.reload()
  await page.locator(accountIn('qqbot')).waitFor()
  await page.locator(`${accountIn('qqbot')} button`, { hasText: 'Pause' }).click()
  await untilText(page, `${accountIn('qqbot')} strong`, 'Paused')
})

test('what ended badly is tried again, or dropped; a message is traced', browser, async t => {
  const house = await houseFor(t, { agent: { type: 'command', command: 'false' } })
  const { scene, herald } = house
  const { box } = scene
  const alice = { appId: box.bot.appId, person: 'Alice' }
  await box.say({ ...alice, text: 'to be tried again' })
  const dropped = await box.say({ ...alice, text: 'to be dropped' })
  const page = await openDashboard(t, house)
  await untilText(page, '#dead li', 'to be tried again')
  await untilText(page, '#dead li', 'to be dropped')
  await untilText(page, '#dead li', 'No answer from the agent')
  await untilText(page, '#settings', 'The agent default does not answer (agent_broken: false ended with code 1')

  await page.locator('#trace-id').fill(dropped.id)
  await page.locator('#trace-id').press('Enter')
  await untilText(page, '#trace', 'End: No answer from the agent (agent_broken, incident')
  await page.locator('#language').click()
  await untilText(page, '#trace', '结束：智能体没有给出回答 (agent_broken, incident')
  await page.locator('#language').click()

  scene.configure({ gateway: { http: { host: '127.0.0.1', port: house.port } } })
  assert.equal((await scene.command('reload')).code, 0)
  await page.locator('#dead li', { hasText: 'to be tried again' }).locator('button', { hasText: 'Try again' }).click()
  await eventually('its answer', 10_000, async () =>
    (await box.answers(alice)).some(({ text }) => text === 'echo: to be tried again'),
  )
  await page.locator('#dead li', { hasText: 'to be dropped' }).locator('button', { hasText: 'Drop' }).click()
  await untilText(page, '#dead', 'Nothing ended badly')

  const said = await box.say({ ...alice, text: 'to be traced' })
  await eventually('its answer', 10_000, async () =>
    (await box.answers(alice)).some(({ text }) => text === 'echo: to be traced'),
  )
  await page.locator('#trace-id').fill(said.id)
  await page.locator('#trace-id').press('Enter')
  await untilText(page, '#trace', 'received and on disk')
  await untilText(page, '#trace', 'Accepted')
  await untilText(page, '#trace', 'End: Answered')
  await page.locator('#trace-id').fill('nobody')
  await page.locator('#trace-id').press('Enter')
  await untilText(page, '#trace .error', 'No such message')
  assert.equal(herald.alive, true)
})

test('the log comes line by line, and is filtered', browser, async t => {
  const house = await houseFor(t)
  const page = await openDashboard(t, house)
  await untilText(page, '#log li', 'herald serves')
  await house.scene.command('pause', 'qqbot')
  await untilText(page, '#log li', 'qqbot is paused')
  await page.locator('#log-filter').fill('HERALD SERVES')
  await untilTrue(page, 'one line', "document.querySelectorAll('#log li').length === 1")
  await page.locator('#log-filter').fill('')
  await page.locator('#log-account').selectOption('qqbot')
  await untilTrue(
    page,
    'lines of the account alone',
    "[...document.querySelectorAll('#log li')].every(li => li.textContent.includes('account=qqbot'))",
  )
  await page.locator('#log-level').selectOption('error')
  await untilTrue(page, 'no error', "document.querySelectorAll('#log li').length === 0")
  await page.locator('#log-level').selectOption('info')
  await page.locator('#log-pause').click()
  await house.scene.command('resume', 'qqbot')
  await untilText(page, '#log-pause', 'Go on')
  assert.equal(await page.locator('#log li', { hasText: 'connecting to=connected' }).count(), 1, 'held')
  await page.locator('#log-pause').click()
  await untilTrue(
    page,
    'the new ones',
    "[...document.querySelectorAll('#log li')].filter(li => li.textContent.includes('to=connected')).length === 2",
  )
})

test(
  'a gateway that is silent, and one that is gone, are said to be lost; the next one is shown as it is',
  browser,
  async t => {
    const house = await houseFor(t)
    const page = await openDashboard(t, house)
    await untilText(page, '#log li', 'herald serves')
    house.herald.kill('SIGSTOP')
    // After 12 s without a word, and a little patience.
    const lost = page.locator('#lost', { hasText: 'The gateway does not answer. What you see is of' })
    await lost.waitFor({ timeout: 60_000 })
    house.herald.kill('SIGCONT')
    await page.locator('#lost').waitFor({ state: 'hidden' })

    await house.scene.command('pause', 'qqbot')
    await untilText(page, `${accountIn('qqbot')} strong`, 'Paused')
    const before = house.herald.pid
    house.herald.kill('SIGKILL')
    await house.herald.end(5_000)
    await untilText(page, '#lost', 'Trying again')
    assert.equal(await page.locator('body.stale').count(), 1)
    // The key is right: only nobody is there to say so.
    await page.locator('#key').click()
    await page.locator('#key').click()
    await page.locator('#key-input').fill(house.key)
    await page.locator('#key-form button.primary').click()
    await untilText(page, '#key-error', 'the gateway does not answer')
    await page.locator('#key-cancel').click()
    await page.locator(`${accountIn('qqbot')} button`, { hasText: 'Resume' }).click()
    await untilText(page, '#toast', 'Not done: the gateway does not answer')
    const herald = await house.again()
    await page.locator('#lost').waitFor({ state: 'hidden' })
    await untilText(page, '#process', `process ${herald.pid}`)
    await untilText(page, `${accountIn('qqbot')} strong`, 'Connected')
    await untilTrue(
      page,
      'the log of the new process alone',
      "document.querySelectorAll('#log li').length > 0 && !document.querySelector('#log').textContent.includes('qqbot is paused')",
    )
    await page.locator('[data-history="qqbot"] summary').click()
    await untilText(page, '[data-history="qqbot"] li', `process ${before} ended without last words`)
  },
)

test('a page too many is told so, not that the gateway is gone', browser, async t => {
  const house = await houseFor(t)
  const stop = new AbortController()
  t.after(() => stop.abort())
  const open = () => fetch(`${house.url}/api/events`, { signal: stop.signal })
  const others = await Promise.all(Array.from({ length: 16 }, open))
  assert.ok(others.every(({ status }) => status === 200))
  const page = await openDashboard(t, house, { ready: '#lost:not([hidden])' })
  await untilText(page, '#lost', 'tells this page nothing: too many pages are open')
  stop.abort()
  await page.locator(accountIn('qqbot')).waitFor()
  await page.locator('#lost').waitFor({ state: 'hidden' })
})

test('from elsewhere nothing is shown without the key, and the page says so', browser, async t => {
  const house = await houseFor(t)
  const extraHTTPHeaders = { 'x-forwarded-for': '192.0.2.1' }
  const page = await openDashboard(t, house, { withKey: false, ready: '#key-dialog[open]', extraHTTPHeaders })
  await untilText(page, '#lost', 'tells this page nothing: wants the key')
  assert.equal(await page.locator(accountIn('qqbot')).count(), 0)
  await page.locator('#key-input').fill(house.key)
  await page.locator('#key-form button.primary').click()
  await page.locator(accountIn('qqbot')).waitFor()
  await page.locator('#lost').waitFor({ state: 'hidden' })
})

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe finds serious or critical. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: readonly Violation[]
  }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`,
    )
}

/** What reaches beyond the right edge of the screen. */
async function tooWide(page: Page): Promise<unknown> {
  const isWide = 'element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5'
  // What scrolls in a box of its own, or is not seen, may be as wide as it likes.
  const all = "[...document.querySelectorAll('body *')].filter(element => !element.closest('svg, dialog, .lines'))"
  return page.evaluate(`${all}.filter(element => ${isWide}).map(element => element.outerHTML.slice(0, 120))`)
}

for (const colorScheme of ['light', 'dark'] as const)
  test(
    `axe finds nothing serious, on a desk and on a phone (${colorScheme}); nothing is wider than the screen`,
    browser,
    async t => {
      const house = await houseFor(t, {
        agent: { type: 'command', command: 'false' },
        bot: { dm_policy: 'pairing', allowed_users: [] },
      })
      const { scene } = house
      await scene.box.say({ appId: scene.box.bot.appId, person: 'Alice', text: 'let me in, please' })
      await scene.command('pairing', 'block', 'TROUBLEMAKER0123456789ABCDEF')
      const { apiBase: api_base, tokenUrl: token_url } = scene.box
      const http = { host: '127.0.0.1', port: house.port }
      scene.configure({
        gateway: { http },
        bot: { dm_policy: 'pairing' },
        others: { 'qqbot:work': { ...WRONG, api_base, token_url }, 'qqbot:off': { enabled: false } },
      })
      assert.equal((await scene.command('reload')).code, 0)
      for (const [viewport, locale] of [
        [{ width: 1280, height: 800 }, 'en-US'],
        [PHONE, 'zh-CN'],
        [{ width: 320, height: 568 }, 'en-US'],
      ] as const) {
        // axe tries styles of its own, which the page's policy would stop; the other tests are held to the policy.
        const options = { withKey: false, viewport, locale, colorScheme, bypassCSP: true }
        const page = await openDashboard(t, house, options)
        await page.locator('#pairing input').waitFor()
        await page.locator('#people [data-role="blocked"]').waitFor()
        await page.locator(`${accountIn('qqbot:work')} .why`).waitFor()
        await page.locator('[data-history="qqbot"] summary').click()
        assert.deepEqual(await faultsOf(page), [], `${viewport.width} ${colorScheme}`)
        assert.deepEqual(await tooWide(page), [], `${viewport.width} is too narrow`)
        await page.locator('#key').click()
        await page.locator('#key-dialog[open]').waitFor()
        assert.deepEqual(await faultsOf(page), [], `the dialog, ${viewport.width} ${colorScheme}`)
      }
    },
  )

test(
  'in Chinese, who may talk, what happened and what helps are Chinese too; what came with a code stays as it came',
  browser,
  async t => {
    const house = await houseFor(t)
    const { scene } = house
    const { apiBase: api_base, tokenUrl: token_url } = scene.box
    const http = { host: '127.0.0.1', port: house.port }
    scene.configure({ gateway: { http }, others: { 'qqbot:work': { ...WRONG, api_base, token_url } } })
    assert.equal((await scene.command('reload')).code, 0)
    const page = await openDashboard(t, house, { locale: 'zh-CN' })
    const work = accountIn('qqbot:work')
    await untilText(page, `${work} strong`, '已失败')
    await untilText(page, `${work} .why p:first-of-type`, '平台不认识这个 AppID，或密钥不对')
    await untilText(page, `${work} .why .hint`, '与 q.qq.com 上的核对并改正')
    await untilText(page, accountIn('qqbot'), '私聊：')
    const { error_message: message, hint } = house.herald.account('qqbot:work') ?? assert.fail()
    await untilText(page, `${work} .why .quiet`, message ?? assert.fail())
    await page.locator('[data-history="qqbot:work"] summary').click()
    await untilText(page, '[data-history="qqbot:work"] li', 'qq_credentials_rejected: 平台不认识这个 AppID')
    await page.locator('#language').click()
    await untilText(page, `${work} .why .hint`, hint ?? assert.fail())
    await untilText(page, accountIn('qqbot'), 'private chats:')
  },
)

test('both languages, by the browser and by a button that is remembered', browser, async t => {
  const house = await houseFor(t)
  const page = await openDashboard(t, house, { locale: 'zh-CN' })
  await untilText(page, `${accountIn('qqbot')} strong`, '已连接')
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
  const english = await page.evaluate(
    "[...document.querySelectorAll('[data-say]')].map(e => e.textContent).filter(t => !/\\p{Script=Han}/u.test(t))",
  )
  assert.deepEqual(english, ['English'])
  await page.locator('#language').click()
  await untilText(page, `${accountIn('qqbot')} strong`, 'Connected')
  await page.reload()
  await untilText(page, '#accounts-title', 'Accounts')
})
