/** The pages about agents: every fragment of settings is one that Herald takes, and the examples answer. */
import assert from 'node:assert/strict'
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AgentEvent } from '../../src/agents/agent.ts'
import { createAgent } from '../../src/agents/create-agent.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { folder } from '../agents/acp/house.ts'
import { TURN, worldOf } from '../agents/house.ts'
import { BOT, load } from '../config/helpers.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT, startProcess } from '../support/herald.ts'

const PAGES = globSync(['docs/agents/*.md', 'docs/hooks.md'], { cwd: ROOT })
  .sort()
  .map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
const KEYS = {
  OPENAI_API_KEY: 'k1',
  HERMES_API_KEY: 'k2',
  WEATHER_KEY: 'k3',
  ANTHROPIC_API_KEY: 'k4',
  CODEX_KEY: 'k5',
  BOT_KEY: 'k6',
}

function blocks(path: string, language: string): readonly string[] {
  const page = PAGES.find(one => one.path === path)
  assert.ok(page, `there is no ${path}`)
  return [...page.text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  )
}

test('every kind of agent has its page, with settings', () => {
  for (const kind of ['openai', 'acp', 'command', 'http', 'echo']) {
    const all = blocks(`docs/agents/${kind}.md`, 'yaml')
    assert.ok(
      all.some(text => text.includes(`type: ${kind}`)),
      kind,
    )
  }
})

for (const { path } of PAGES)
  for (const [index, text] of blocks(path, 'yaml').entries())
    test(`${path}: Herald takes its settings (${index + 1})`, async t => {
      const config = await load(t, { env: { ...BOT, ...KEYS }, file: text })
      assert.deepEqual(config.warnings, [])
    })

test('every line of JSON is JSON', () => {
  for (const { path } of PAGES)
    for (const line of blocks(path, 'json')
      .join('')
      .trim()
      .split('\n')
      .filter(line => line !== ''))
      assert.ok(JSON.parse(line), `${path}: ${line}`)
})

async function answerOf(settings: Parameters<typeof createAgent>[0], text: string): Promise<string> {
  const agent = createAgent(settings, { ...worldOf(silentLogger), clock: systemClock, env: process.env })
  const events: AgentEvent[] = []
  for await (const event of agent.run({ ...TURN, text }, AbortSignal.timeout(60_000))) events.push(event)
  await agent.close()
  return events.map(event => (event.kind === 'text' ? event.text : '')).join('')
}

test('the program of the page about command answers', async t => {
  const path = join(folder(t), 'answer.sh')
  writeFileSync(path, blocks('docs/agents/command.md', 'sh').join(''))
  chmodSync(path, 0o755)
  const settings = { type: 'command', command: path, args: [], env: {}, output: 'text' } as const
  assert.equal(await answerOf(settings, 'hello'), 'You said: hello')
})

test('the server of the page about http answers', async t => {
  const path = join(folder(t), 'server.mjs')
  const source = blocks('docs/agents/http.md', 'js').join('')
  // Any free port, told on stdout.
  const free = source.replace(
    ".listen(9000, '127.0.0.1')",
    ".listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)) })",
  )
  assert.notEqual(free, source)
  writeFileSync(path, free)
  const server = startProcess(t, [process.execPath, path])
  const port = await eventually('its port', 30_000, () => server.stdout() !== '' && server.stdout(), server.stderr)
  const settings = { type: 'http', url: `http://127.0.0.1:${port}/turn`, headers: {} } as const
  assert.equal(await answerOf(settings, 'hello'), 'You said: hello (and 0 things before)')
})
