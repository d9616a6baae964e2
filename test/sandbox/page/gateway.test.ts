/** The whole gateway behind the chat page: what a person sends, sees, hears, presses and quotes. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Agent, AgentQuestion, AgentTurn } from '../../../src/agents/agent.ts'
import { createEcho } from '../../../src/agents/echo.ts'
import { mediaHouse, PNG, tone } from '../../media/house.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { gatewayFor } from '../../support/qq-house.ts'
import { sandboxFor } from '../../support/sandbox.ts'
import { bubbles, NO_BROWSER, openPage, untilText, untilTrue } from './browser.ts'

const APPROVAL: AgentQuestion = {
  kind: 'approval',
  title: 'rm -r build',
  options: [
    { id: 'yes', label: 'Allow', style: 'primary', grants: 'allow_once' },
    { id: 'no', label: 'Deny', style: 'danger', grants: 'reject_once' },
  ],
}

const PLAN = `## The plan

- wake
- **walk**

| when | what |
|---|---|
| noon | tea |

\`\`\`js
let x = 1
\`\`\``

test('a picture both ways, a voice both ways, Markdown, an approval, typing, a stream, a quote, a recall', {
  skip: NO_BROWSER,
}, async t => {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
  const media = mediaHouse(t, { ownBases: [box.url], quotaBytes: 50_000_000, largestBytes: 20_000_000 })
  const drawing = join(media.outFolder, 'drawing.png')
  const song = join(media.outFolder, 'song.wav')
  const turns: AgentTurn[] = []
  let gate = Promise.withResolvers<void>()
  const agent: Agent = {
    ...createEcho(),
    async *run(turn, signal) {
      turns.push(turn)
      switch (turn.text.split(/\s/)[0]) {
        case 'draw':
          yield { kind: 'text', text: `Here it is:\nMEDIA:${drawing}` }
          break
        case 'sing':
          yield { kind: 'text', text: `MEDIA:${song}` }
          break
        case 'list':
          yield { kind: 'text', text: PLAN }
          break
        case 'tidy':
          yield { kind: 'text', text: `You chose: ${await turn.ask(APPROVAL, signal)}` }
          break
        case 'think':
          await gate.promise
          yield { kind: 'text', text: 'I have thought.' }
          break
        case 'tell':
          yield { kind: 'text', text: 'Once **upon** a time ' }
          await gate.promise
          yield { kind: 'text', text: 'there was an end.' }
          break
        default:
          yield { kind: 'text', text: `Heard: ${turn.text}` }
      }
    },
  }
  const settings = { streaming: true }
  await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { agent, media, settings })
  writeFileSync(drawing, PNG)
  writeFileSync(song, tone())
  const page = await openPage(t, box.controlUrl)
  const say = async (text: string): Promise<void> => {
    await page.locator('#text').fill(text)
    await page.locator('#text').press('Enter')
  }
  const answers = page.locator('.message.bot')

  await page.locator('#text').fill('look at this')
  await page.locator('#attach-files').setInputFiles([{ name: 'cat.png', mimeType: 'image/png', buffer: PNG }])
  await answers.filter({ hasText: 'look at this' }).waitFor()
  assert.equal(turns[0]?.attachments[0]?.mediaType, 'image/png')

  await say('draw')
  await untilTrue(page, 'the picture', "document.querySelector('.message.bot img.photo')?.naturalWidth === 1")

  await say('sing')
  await page.locator('.message.bot audio').waitFor()
  await page.evaluate("document.querySelector('.message.bot audio').preload = 'auto'")
  // QQ was sent SILK, which no browser plays: what the element loads is a WAV of it.
  await untilTrue(page, 'the voice', "document.querySelector('.message.bot audio')?.duration > 0.9")
  await page.locator('#attach-files').setInputFiles([{ name: 'me.wav', mimeType: 'audio/wav', buffer: tone() }])
  await untilTrue(page, "a person's voice", "document.querySelector('.message.mine audio')?.src.endsWith('me.wav')")
  await page.evaluate("document.querySelector('.message.mine audio').preload = 'auto'")
  await untilTrue(page, 'it loaded', "document.querySelector('.message.mine audio')?.duration > 0.9")
  await untilTrue(page, 'heard', "document.querySelectorAll('.message.bot').length >= 4")
  assert.match(turns.at(-1)?.attachments[0]?.mediaType ?? '', /^audio/)

  await say('/help')
  await page.locator('.keyboard button', { hasText: '/status' }).click()
  await page.locator('.message.mine', { hasText: '/status' }).waitFor()
  await answers.filter({ hasText: 'This chat:' }).waitFor()

  await say('list')
  await page.locator('.message.bot table td', { hasText: 'tea' }).waitFor()
  const plan = page.locator('.message.bot', { hasText: 'The plan' })
  assert.deepEqual(
    [await plan.locator('li').allTextContents(), await plan.locator('pre code').textContent()],
    [['wake', 'walk'], 'let x = 1'],
  )

  await say('tidy up')
  await page.locator('.keyboard button', { hasText: 'Allow' }).first().click()
  await answers.filter({ hasText: 'You chose: yes' }).waitFor()
  await page.locator('.keyboard .acknowledged').waitFor()

  await say('think')
  await untilText(page, '#typing', 'Testbot')
  gate.resolve()
  await answers.filter({ hasText: 'I have thought.' }).waitFor()
  await untilTrue(page, 'no typing', "document.querySelector('#typing').textContent === ''")

  gate = Promise.withResolvers()
  await say('tell me')
  await page.locator('.bubble.growing strong', { hasText: 'upon' }).waitFor()
  gate.resolve()
  await answers.filter({ hasText: 'Once upon a time there was an end.' }).waitFor()
  await untilTrue(page, 'no growing bubble', "document.querySelector('.growing') === null")

  await page.locator('#text').press('ArrowUp')
  await untilText(page, '#quoted', 'Once **upon** a time there was an end.')
  await say('go on with that')
  await answers.filter({ hasText: 'Heard: go on with that' }).waitFor()
  assert.match(turns.at(-1)?.text ?? '', /Once \*\*upon\*\* a time there was an end\./)

  await say('/recall')
  await answers.filter({ hasText: '(Taken back.)' }).waitFor()
  await page.locator('.divider', { hasText: 'Testbot recalled a message' }).waitFor()
  assert.ok(!(await bubbles(page)).some(text => text.startsWith('Heard: go on with that')))
})
