/**
 * `npm run screenshots`: the pictures of the chat page in the README, light and dark, taken of the real gateway beside the
 * sandbox. Only the model's words are made up: they come from a small server that speaks the chat completions protocol.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { parseJson } from '../src/lib/json.ts'
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts'
import { startOpenAiServer } from '../test/support/openai-server.ts'
import { ask, untilConnected, untilLogged } from '../test/support/sandbox.ts'
import { ROOT } from './steps.ts'

const CHROMIUM = '/usr/bin/chromium'
const SIZE = { width: 1280, height: 800 }
/** Not the bot of any test or demo: a bot has one gateway on a machine. */
const BOT = { appId: '102999999', secret: 'a-secret-for-pictures', name: 'Herald' }

const SETTINGS = `gateway: { http: { host: 127.0.0.1, port: 0 } }
platforms: { qqbot: { dm_policy: open, group_policy: open } }
agent: { type: openai }
`

const TRIP = `Chengdu in May is mild and green. My short list:

- **Panda base**, before nine: they sleep after breakfast
- Tea at *Heming* in People's Park, with a book
- A day trip to **Dujiangyan**, half an hour by train

| Day | Morning | Evening |
|---|---|---|
| 1 | Panda base | Jinli Street |
| 2 | Temples, tea | Sichuan opera |
| 3 | Dujiangyan | Hotpot |`

const ANSWERS: readonly [question: string, answer: string][] = [
  ['dinner', 'Mapo tofu, and rice to be safe. 🌶'],
  ['Hi', 'Hello Alice! Where are we going this time?'],
  ['three days', TRIP],
  ['pack', 'Light layers, an umbrella for short showers, and room in the bag for a jar of chili paste.'],
]

/** The gateway as a process of its own. Ends with `stop`, whatever has happened. */
function startGateway(home: string, box: Sandbox, modelUrl: string): { child: ChildProcess; stop(): Promise<void> } {
  writeFileSync(join(home, 'config.yaml'), SETTINGS)
  const child = spawn(join(ROOT, 'bin/herald'), ['run', '--home', home], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      QQ_APP_ID: BOT.appId,
      QQ_CLIENT_SECRET: BOT.secret,
      QQ_API_BASE: box.url,
      QQ_TOKEN_URL: box.tokenUrl,
      OPENAI_BASE_URL: modelUrl,
      OPENAI_MODEL: 'made-up',
    },
  })
  const ended = once(child, 'exit')
  return {
    child,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function talk(box: Sandbox): Promise<void> {
  await untilConnected(box)
  await ask(box, { person: 'Bob', group: 'Family', text: 'What is for dinner?' })
  await ask(box, { person: 'Alice', text: 'Hi! Can you help me plan a trip?' })
  await ask(box, { person: 'Alice', text: 'I have three days in Chengdu in May. What should I not miss?' })
  // A link that was cut and came back is what Herald is about; the pictures show how it healed.
  const since = box.log.entries().at(-1)?.n ?? 0
  box.fault('cut')
  await untilLogged(box, 'the link is back', entry => entry.kind === 'connection' && entry.state === 'resumed', {
    since,
  })
  await ask(box, { person: 'Alice', text: 'Lovely. And what do I pack?' })
}

async function picture(browser: Browser, url: string, colorScheme: 'light' | 'dark', path: string): Promise<void> {
  const context = await browser.newContext({ viewport: SIZE, colorScheme, locale: 'en-US' })
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('#account .state.good').waitFor()
  await page.locator('.message.bot').filter({ hasText: 'Light layers' }).waitFor()
  await page.locator('.message.mine .answered').last().waitFor()
  await page.screenshot({ path, animations: 'disabled' })
  await context.close()
}

const model = await startOpenAiServer({
  reply({ messages }) {
    const asked = messages.at(-1)?.content ?? ''
    return ANSWERS.find(([question]) => asked.includes(question))?.[1] ?? 'Hello!'
  },
})
const home = mkdtempSync(join(tmpdir(), 'herald-pictures-'))
const box = await startSandbox({
  bots: [BOT],
  gatewayStatus: () => parseJson(readFileSync(join(home, 'gateway_state.json'), 'utf8')),
})
const gateway = startGateway(home, box, model.baseUrl)
try {
  await talk(box)
  await using browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  for (const [scheme, name] of [
    ['light', 'chat-page.png'],
    ['dark', 'chat-page-dark.png'],
  ] as const) {
    await picture(browser, box.controlUrl, scheme, join(ROOT, 'docs/images', name))
    console.log(`docs/images/${name}`)
  }
} finally {
  await gateway.stop()
  await box.stop()
  await model.stop()
  rmSync(home, { recursive: true, force: true })
}
