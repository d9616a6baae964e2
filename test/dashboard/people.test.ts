/** Who is let in, put out and blocked, on the dashboard in a real browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_BROWSER, untilText } from '../sandbox/page/browser.ts'
import { eventually } from '../support/eventually.ts'
import { houseFor, openDashboard } from './house.ts'

const browser = { skip: NO_BROWSER }

test('somebody who asks is let in by the code that they were given', browser, async t => {
  const house = await houseFor(t, { bot: { dm_policy: 'pairing' } })
  const { box } = house.scene
  const alice = { appId: box.bot.appId, person: 'Alice' }
  await box.say({ ...alice, text: 'hello' })
  const code = await eventually(
    'a code',
    10_000,
    async () => /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec((await box.answers(alice)).at(-1)?.text ?? '')?.[0],
  )
  const page = await openDashboard(t, house)
  await page.locator('#pairing input').fill('AAAA-2222')
  await page.locator('#pairing button', { hasText: 'Let in' }).click()
  await untilText(page, '#toast', 'Not done: no open request has this code')
  await page.locator('#pairing input').fill(code)
  await page.locator('#pairing button', { hasText: 'Let in' }).click()
  await untilText(page, '#pairing', 'Nobody asks')
  await box.say({ ...alice, text: 'now' })
  await eventually('an answer', 10_000, async () => (await box.answers(alice)).at(-1)?.text === 'echo: now')
})

test(
  'who was let in is put out, and let in again; somebody who never asked is blocked; what is half typed stays',
  browser,
  async t => {
    const house = await houseFor(t, { bot: { dm_policy: 'pairing' } })
    const { box } = house.scene
    const alice = { appId: box.bot.appId, person: 'Alice' }
    await box.say({ ...alice, text: 'hello' })
    const code = await eventually(
      'a code',
      10_000,
      async () => /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec((await box.answers(alice)).at(-1)?.text ?? '')?.[0],
    )
    const page = await openDashboard(t, house)
    const id = (await page.locator('#pairing [data-person]').getAttribute('data-person')) ?? assert.fail()
    await house.scene.command('pairing', 'approve', code)
    const member = page.locator(`#people [data-person="${id}"][data-role="member"]`)
    await member.waitFor()
    await page.locator('#block-form input').fill('somebody-of-a-group')
    await member.locator('button', { hasText: 'Put out' }).click()
    const out = page.locator(`#people [data-person="${id}"][data-role="blocked"]`)
    await out.waitFor()
    const listed = async (): Promise<string> => (await house.scene.command('pairing', 'list')).stdout
    assert.match(await listed(), new RegExp(`blocked  ${id}`))
    const before = (await box.answers(alice)).length
    const unheard = await box.say({ ...alice, text: 'nobody hears me' })
    await eventually('its end', 10_000, async () =>
      /denied/.test((await house.scene.command('trace', unheard.id)).stdout),
    )
    assert.equal((await box.answers(alice)).length, before)

    assert.equal(await page.locator('#block-form input').inputValue(), 'somebody-of-a-group')
    page.once('dialog', dialog => void dialog.accept())
    await page.locator('#block-form button').click()
    await page.locator('#people [data-person="somebody-of-a-group"][data-role="blocked"]').waitFor()
    assert.match(await listed(), /blocked {2}somebody-of-a-group/)
    await out.locator('button', { hasText: 'Let in' }).click()
    await member.waitFor()
    await box.say({ ...alice, text: 'and now' })
    await eventually('an answer', 10_000, async () => (await box.answers(alice)).at(-1)?.text === 'echo: and now')
  },
)

test('an owner is put out only after a question', browser, async t => {
  const house = await houseFor(t, { bot: { dm_policy: 'pairing' } })
  const { box } = house.scene
  const alice = { appId: box.bot.appId, person: 'Alice' }
  const code = /[2-9A-Z-]{19}/.exec((await house.scene.command('pairing', 'owner')).stdout)?.[0] ?? assert.fail()
  await box.say({ ...alice, text: code })
  const page = await openDashboard(t, house)
  const owner = page.locator('#people [data-role="owner"]')
  await owner.waitFor()
  const asked: string[] = []
  page.once('dialog', dialog => {
    asked.push(dialog.message())
    void dialog.dismiss()
  })
  await owner.locator('button').click()
  await eventually('the question', 10_000, () => asked.length === 1)
  assert.match(asked[0] ?? '', /This is an owner/)
  assert.match((await house.scene.command('pairing', 'list')).stdout, /owner {2}/)
  page.once('dialog', dialog => void dialog.accept())
  await owner.locator('button').click()
  await page.locator('#people [data-role="blocked"]').waitFor()
})

test('an id is blocked only after a question, and stays typed until it is', browser, async t => {
  const house = await houseFor(t)
  const page = await openDashboard(t, house)
  const id = page.locator('#block-form input')
  const block = page.locator('#block-form button')
  await id.fill('somebody')
  const asked: string[] = []
  page.once('dialog', dialog => {
    asked.push(dialog.message())
    void dialog.dismiss()
  })
  await block.click()
  await eventually('the question', 10_000, () => asked.length === 1)
  assert.match(asked[0] ?? '', /Block somebody for qqbot\?/)
  assert.equal(await id.inputValue(), 'somebody')

  page.on('dialog', dialog => void dialog.accept())
  await page.route('**/api/pairing/block', route => route.abort())
  await block.click()
  await page.locator('#toast.bad').waitFor()
  assert.equal(await id.inputValue(), 'somebody')
  assert.doesNotMatch((await house.scene.command('pairing', 'list')).stdout, /somebody/)

  await page.unroute('**/api/pairing/block')
  await block.click()
  await page.locator('#people [data-person="somebody"][data-role="blocked"]').waitFor()
  await eventually('an empty field', 10_000, async () => (await id.inputValue()) === '')
})
