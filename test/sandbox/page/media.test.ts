/** Pictures, voices and files in the chat page, both ways. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PNG, tone } from '../../media/house.ts'
import { sandboxFor, until } from '../../support/sandbox.ts'
import { call } from '../raw-bot.ts'
import { NO_BROWSER, openPage, untilTrue } from './browser.ts'
import { startBot } from './page-bot.ts'

const browser = { skip: NO_BROWSER }

test('a picture of the bot is seen, its voice plays, its file can be fetched', browser, async t => {
  const box = await sandboxFor(t)
  const bot = await startBot(t, box, () => undefined)
  const page = await openPage(t, box.controlUrl)
  const alice = box.person('Alice', { proactive: true })
  box.say({ person: 'Alice', text: 'show me' })
  await page.locator('[data-key="c2c:Alice"]').click()
  const files = [
    [1, 'a.png', PNG],
    [3, 'v.wav', tone()],
    [4, 'a.html', Buffer.from('<script>window.pwned = 1</script>')],
  ] as const
  for (const [type, name, bytes] of files) {
    const body = { file_type: type, file_name: name, file_data: bytes.toString('base64') }
    const { json } = await call(box, 'POST', `/v2/users/${alice}/files`, body, bot.auth)
    await bot.post(alice, 'messages', { msg_type: 7, content: ' ', media: { file_info: json['file_info'] } })
  }
  await untilTrue(page, 'the picture', "document.querySelector('.message.bot img.photo')?.naturalWidth === 1")
  await page.evaluate("document.querySelector('.message.bot audio').preload = 'auto'")
  await untilTrue(page, 'the voice', "document.querySelector('.message.bot audio')?.duration > 0.9")
  const file = page.locator('.message.bot a.attachment')
  assert.equal(await file.textContent(), '📎 a.html')
  const answer = await fetch(`${box.controlUrl}${await file.getAttribute('href')}`)
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment/)
})

test('a picture in a form is seen in the direct session of a guild', browser, async t => {
  const box = await sandboxFor(t)
  const bot = await startBot(t, box, () => undefined)
  const page = await openPage(t, box.controlUrl)
  const { chat } = box.say({ person: 'Alice', channel: '@Alice', text: 'show me' })
  const body = new FormData()
  body.set('content', 'look')
  body.set('file_image', new Blob([new Uint8Array(PNG)]), 'a.png')
  const headers = { authorization: bot.auth }
  const answer = await fetch(`${box.url}/dms/${chat.openid}/messages`, { method: 'POST', headers, body })
  assert.equal(answer.status, 200)
  await page.locator('[data-key="channel:@Alice"]').click()
  await untilTrue(page, 'the picture', "document.querySelector('.message.bot img.photo')?.naturalWidth === 1")
  assert.match((await page.locator('.message.bot').textContent()) ?? '', /look/)
})

test('a person sends a picture and a file with the words in the field, and sees them', browser, async t => {
  const box = await sandboxFor(t)
  await startBot(t, box)
  box.say({ person: 'Alice', text: 'hi' })
  const page = await openPage(t, box.controlUrl)
  await page.locator('[data-key="c2c:Alice"]').click()
  await page.locator('#text').fill('look at this')
  await page.locator('#attach-files').setInputFiles([
    { name: 'cat.png', mimeType: 'image/png', buffer: PNG },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') },
  ])
  const sent = await until(box, 'the message', () =>
    box.shown({ person: 'Alice' }).find(({ text }) => text === 'look at this'),
  )
  const [picture, notes] = (sent.attachments ?? []) as {
    content_type: string
    filename: string
    url: string
    size: number
  }[]
  assert.deepEqual(
    [picture?.content_type, picture?.filename, picture?.size, notes?.content_type],
    ['image/png', 'cat.png', PNG.length, 'file'],
  )
  assert.ok(picture?.url.startsWith(`${box.url}/hosted/`))
  assert.deepEqual(Buffer.from(await (await fetch(picture?.url ?? '')).arrayBuffer()), PNG)
  await untilTrue(page, 'the picture', "document.querySelector('.message.mine img.photo')?.naturalWidth === 1")
  assert.equal(await page.locator('#text').inputValue(), '')
})

test('what lies elsewhere is named, not asked for', browser, async t => {
  const box = await sandboxFor(t)
  const page = await openPage(t, box.controlUrl)
  const url = 'https://example.com/track.png'
  box.say({ person: 'Alice', text: '', attachments: [{ content_type: 'image/png', filename: 'track.png', url }] })
  await page.locator('[data-key="c2c:Alice"]').click()
  await page.locator('.attachment', { hasText: 'track.png' }).waitFor()
  assert.equal(await page.locator('.message img:not(.avatar)').count(), 0)
})
