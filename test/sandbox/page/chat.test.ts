/** Talking on the chat page: as Alice in private, as Bob in a group, with quotes, buttons and growing answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRecord } from '../../../src/lib/json.ts'
import { sandboxFor, until, untilAnswers } from '../../support/sandbox.ts'
import { call } from '../raw-bot.ts'
import { bubbles, NO_BROWSER, openPage, untilText } from './browser.ts'
import { startBot } from './page-bot.ts'

const browser = { skip: NO_BROWSER }

test('Alice says something and sees the answer', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  await untilText(page, '.empty', 'Say hello')
  await page.keyboard.press('Enter')
  await page.locator('#text').fill('How are you?')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.bot .words', 'You said: How are you?')
  assert.deepEqual(await bubbles(page), ['How are you?', 'You said: How are you?'])
  assert.equal(await page.locator('#text').inputValue(), '')
  await untilText(page, '.message.mine', '✓✓')
  assert.match(String(await page.locator('[data-key="c2c:Alice"]').textContent()), /You said: How are you\?/)

  await page.locator('#text').fill('first line')
  await page.locator('#text').press('Shift+Enter')
  await page.keyboard.type('second line')
  await page.locator('[type=submit]', { hasText: 'Send' }).click()
  const [, answer] = await untilAnswers(box, { person: 'Alice' }, 2)
  assert.equal(answer?.text, 'You said: first line\nsecond line')
})

test('Bob is heard in a group when he mentions the bot, and is told when he is not', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  await page.locator('[data-key="group:Family"]').click()
  await untilText(page, '#chat-note', 'You are Bob, in a group with Testbot')
  await page.locator('#text').fill('dinner?')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.bot .words', 'You said: dinner?')
  await untilText(page, '.message.bot .who', 'Testbot')

  await page.locator('#mention').uncheck()
  await page.locator('#text').fill('just us')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.mine', 'the bot was not mentioned')
  assert.equal(box.answers({ group: 'Family' }).length, 1)

  await page.locator('#persona').selectOption('Alice')
  await untilText(page, '#chat-note', 'You are Alice')
  await page.locator('#mention').check()
  await page.locator('#text').fill('me too')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.bot .words', 'You said: me too')
  assert.deepEqual(
    box.shown({ group: 'Family' }).map(({ name }) => name),
    ['Bob', 'Testbot', 'Bob', 'Alice', 'Testbot'],
  )
  assert.equal(await page.locator('.message.mine').count(), 1)
})

test('what is said elsewhere is counted as unread until it is looked at', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  box.say({ person: 'Bob', group: 'Family', text: 'hello' })
  await untilText(page, '[data-key="group:Family"] .unread', '1')
  box.say({ person: 'Carol', text: 'hi' })
  await page.locator('[data-key="c2c:Carol"]').click()
  await untilText(page, '.message.bot .words', 'You said: hi')
  await page.locator('[data-key="group:Family"]').click()
  await untilText(page, '.message.bot .words', 'You said: hello')
  assert.equal(await page.locator('.unread').count(), 0)
})

test('a person and a group are added and spoken to', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  await page.locator('.add summary').click()
  await page.locator('#add-name:focus').fill('Team')
  await page.locator('.add button', { hasText: 'Group' }).click()
  await page.locator('[data-key="group:Team"][aria-current="true"]').waitFor()
  await page.locator('#text').fill('hello team')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.bot .words', 'You said: hello team')
  await page.locator('.add summary').click()
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('#add-name').isVisible(), false)
})

test('a message is quoted by a click or by ↑, and Escape lets go of it', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  const page = await openPage(t, box.controlUrl)
  box.say({ person: 'Alice', text: 'one' })
  await untilText(page, '.message.bot .words', 'You said: one')
  await page.locator('.message.mine').hover()
  await page.locator('.message.mine [data-quote]').click()
  await untilText(page, '#quoted', 'Alice: one')
  await page.locator('#text').press('Escape')
  assert.equal(await page.locator('#quoting').isVisible(), false)

  await page.locator('#text').press('ArrowUp')
  await untilText(page, '#quoted', 'Testbot: You said: one')
  await page.locator('#text').press('ArrowUp')
  await untilText(page, '#quoted', 'Alice: one')
  await page.locator('#text').fill('about that')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.mine .quoted', 'one')
  assert.equal(box.shown({ person: 'Alice' }).find(({ text }) => text === 'about that')?.quote?.text, 'one')
  assert.equal(await page.locator('#quoting').isVisible(), false)
})

const KEYBOARD = {
  content: {
    rows: [
      {
        buttons: [
          {
            id: 'yes',
            render_data: { label: 'Yes', style: 1 },
            action: { type: 1, data: 'yes', permission: { type: 2 } },
          },
          {
            id: 'again',
            render_data: { label: 'Again' },
            action: { type: 2, data: '/again', permission: { type: 2 } },
          },
          {
            id: 'link',
            render_data: { label: 'Manual' },
            action: { type: 0, data: 'https://example.com/', permission: { type: 2 } },
          },
        ],
      },
    ],
  },
}

test('a button spins until the bot has acknowledged the press; a link button leads nowhere', browser, async t => {
  const box = await sandboxFor(t)
  const bot = await startBot(t, box, () => ({ msg_type: 2, markdown: { content: 'Sure?' }, keyboard: KEYBOARD }))
  const page = await openPage(t, box.controlUrl)
  box.say({ person: 'Alice', text: 'delete it' })
  await page.locator('.keyboard button', { hasText: 'Yes' }).click()
  const click = await until(box, 'the press', () => box.log.entries({ kinds: ['click'] })[0])
  assert.ok(click.kind === 'click')
  await page.locator('.keyboard [aria-busy="true"]').waitFor()
  await call(box, 'PUT', `/interactions/${click.interactionId}`, { code: 0 }, bot.auth)
  await page.locator('.keyboard .acknowledged').waitFor()
  assert.equal(await page.locator('.keyboard [aria-busy="true"]').count(), 0)

  await page.locator('.keyboard button', { hasText: 'Again' }).click()
  assert.equal(await page.locator('#text').inputValue(), '/again')
  assert.equal(await page.locator('.keyboard button', { hasText: 'Manual' }).isDisabled(), true)
})

test('a streamed answer grows in its bubble; a recalled one goes', browser, async t => {
  const box = await sandboxFor(t, { options: { streamPaceMs: 0 } })
  const bot = await startBot(t, box, () => undefined)
  const page = await openPage(t, box.controlUrl)
  const { id, chat } = box.say({ person: 'Alice', text: 'tell me a story' })
  const part = { input_mode: 'append', content_type: 'markdown', msg_id: id }
  const first = await bot.post(chat.openid, 'stream_messages', {
    ...part,
    index: 0,
    input_state: 1,
    content_raw: 'Once **upon**',
  })
  await page.locator('.bubble.growing strong', { hasText: 'upon' }).waitFor()
  const rest = { ...part, stream_msg_id: first['id'], index: 1, input_state: 10, content_raw: ' a time.' }
  await bot.post(chat.openid, 'stream_messages', rest)
  await untilText(page, '.message.bot .words', 'Once upon a time.')
  assert.equal(await page.locator('.growing').count(), 0)
  assert.equal(await page.locator('.message.bot').count(), 1)

  const sent = await bot.post(chat.openid, 'messages', { msg_type: 0, content: 'oops', msg_id: id, msg_seq: 2 })
  await untilText(page, '.message.bot .words', 'oops')
  assert.ok(isRecord(sent))
  await call(box, 'DELETE', `/v2/users/${chat.openid}/messages/${sent['id']}`, undefined, bot.auth)
  await untilText(page, '.divider', 'Testbot recalled a message')
  assert.deepEqual(await bubbles(page), ['tell me a story', 'Once upon a time.'])
})

test('what could not be sent is said, and stays in the field', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl)
  await page.route('**/sandbox/say', route => route.abort())
  await page.locator('#text').fill('important')
  await page.locator('#text').press('Enter')
  await untilText(page, '#chat-error', 'Not sent: not reachable')
  assert.equal(await page.locator('#text').inputValue(), 'important')
  await page.unroute('**/sandbox/say')
  await page.locator('#text').press('Enter')
  await untilText(page, '.message.mine .words', 'important')
  assert.equal(await page.locator('#chat-error').isVisible(), false)
})
