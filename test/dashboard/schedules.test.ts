/** Messages at set times on the page: what comes next, and what became of the last run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_BROWSER, PHONE, untilText, untilTrue } from '../sandbox/page/browser.ts'
import { houseFor, openDashboard } from './house.ts'

const rowOf = (name: string): string => `[data-schedule="${name}"]`
const NONE_WIDER = 'document.documentElement.scrollWidth <= document.documentElement.clientWidth'

test('schedules stand on the page while there are any, failed ones in red, in both languages and on a phone', {
  skip: NO_BROWSER,
}, async t => {
  const house = await houseFor(t)
  const { scene, port } = house
  await scene.box.say({ appId: scene.box.bot.appId, person: 'Alice', text: 'hello' })
  const page = await openDashboard(t, house)
  await untilText(page, '[data-account="qqbot"] strong', 'Connected')
  assert.equal(await page.locator('#schedules-part').isHidden(), true)

  const http = { host: '127.0.0.1', port }
  const often = { cron: '* * * * * *', time_zone: 'UTC' }
  const yearly = { cron: '0 8 1 1 *', time_zone: 'Asia/Shanghai' }
  const to = 'qqbot:c2c:NOBODY'
  const schedules = [
    { name: 'new-year', ...yearly, to, prompt: 'What happened this year?' },
    { name: 'astray', ...often, to, text: 'hi' },
  ]
  scene.configure({ gateway: { http }, top: { schedules } })
  assert.equal((await scene.command('reload')).code, 0)
  await untilText(page, `${rowOf('astray')} [data-verdict="failed"]`, 'Refused')
  await untilText(page, rowOf('astray'), 'a text')
  await untilText(page, rowOf('astray'), to)
  for (const words of ['asks the agent', 'next in', 'has not run yet']) await untilText(page, rowOf('new-year'), words)
  assert.deepEqual(
    await page.locator('[data-schedule]').evaluateAll(rows => rows.map(row => row.getAttribute('data-schedule'))),
    ['astray', 'new-year'],
    'the next one first',
  )
  await untilTrue(
    page,
    'a failed one is red',
    `(() => {
      const shown = document.querySelector('${rowOf('astray')} [data-verdict="failed"]')
      const probe = document.body.appendChild(document.createElement('i'))
      probe.style.color = 'var(--bad)'
      const red = getComputedStyle(probe).color
      probe.remove()
      return shown !== null && getComputedStyle(shown).color === red
    })()`,
  )
  await page.locator('#language').click()
  await untilText(page, '#schedules-title', '定时任务')
  await untilText(page, `${rowOf('astray')} [data-verdict="failed"]`, '被拒绝')
  await page.setViewportSize(PHONE)
  await untilTrue(page, 'nothing is wider than a phone', NONE_WIDER)

  scene.configure({ gateway: { http } })
  assert.equal((await scene.command('reload')).code, 0)
  await untilTrue(page, 'no schedules, no part', "document.getElementById('schedules-part').hidden")
})
