/** The worked example of docs/hooks.md, as it stands there, in a gateway of its own. */
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { configFor, createWorld } from '../../scripts/survival/world.ts'
import { cleanUp } from '../support/clean-up.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT, SOURCES } from '../support/herald.ts'
import { startOpenAiServer } from '../support/openai-server.ts'

const PAGE = readFileSync(join(ROOT, 'docs/hooks.md'), 'utf8')
const BOUND_MS = 30_000

function block(language: string): string {
  const text = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(PAGE)?.[1]
  assert.ok(text !== undefined, `docs/hooks.md has no block of ${language}`)
  return text
}

test('the worked example does what the page says', async t => {
  const model = await startOpenAiServer({ reply: ({ messages }) => `Bluebird heard: ${messages.at(-1)?.content}` })
  cleanUp(t, () => model.stop())
  const world = createWorld(t, SOURCES, boxHere)
  const { box, write, start, command } = await world.scene()
  const folder = world.folder()
  writeFileSync(join(folder, 'shop.mjs'), block('js'))
  writeFileSync(join(folder, 'no-prices.sh'), block('sh'))
  chmodSync(join(folder, 'no-prices.sh'), 0o755)
  const settings = parse(block('yaml').replaceAll('/srv/hooks', folder))
  const agent = { type: 'openai', base_url: model.baseUrl, model: 'm' }
  write(JSON.stringify({ ...configFor(box, { agent }), ...settings }))
  await start().connected(BOUND_MS)

  const answerTo = async (text: string): Promise<string> => {
    const chat = { person: 'Alice' }
    const before = (await box.answers(chat)).length
    await box.say({ ...chat, text })
    const answers = await eventually(`an answer to ${text}`, BOUND_MS, async () => {
      const all = await box.answers(chat)
      return all.length > before && all
    })
    return answers[before]?.text ?? ''
  }
  assert.equal(await answerTo('call me: 138-1234-5678'), 'our spring collection heard: call me: [telephone number]')
  assert.equal(await answerTo('What are your opening hours?'), 'We are open from 9:00 to 18:00. 营业时间：9:00–18:00。')
  assert.equal(model.requests.length, 1, 'no agent was asked')

  const { id } = await box.say({ person: 'Alice', text: 'is it 5 €?' })
  const traced = await eventually('the answer was dropped', BOUND_MS, async () => {
    const { stdout } = await command('trace', id)
    return stdout.includes('no-prices.sh dropped it') && stdout
  })
  assert.match(traced, /silent/)

  writeFileSync(join(folder, 'no-prices.sh'), '#!/bin/sh\nexit 1\n')
  assert.match(await answerTo('and now?'), /something went wrong here\. Incident [0-9a-f]{8}/, 'it must not be missed')
  writeFileSync(join(folder, 'no-prices.sh'), block('sh'))
  writeFileSync(join(folder, 'shop.mjs'), 'export default () => { throw new Error("broken") }')
  await command('reload')
  assert.equal(await answerTo('anybody?'), 'Bluebird heard: anybody?', 'passed over, and the new code is in force')
  assert.match(await answerTo('/help'), /\/stop/, 'commands pass no hook')
})
