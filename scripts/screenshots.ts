/**
 * `npm run screenshots`: the pictures of the chat page and the dashboard in the README, light and dark, taken of the real gateway
 * beside the sandbox. Made up are the model's words, which come from a small server that speaks the chat completions protocol,
 * and the dashboard's yesterday: nobody waits a day for a picture.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { JOURNAL_FILE_NAME } from '../src/journal/journal.ts'
import { openJournal } from '../src/journal/sqlite.ts'
import { systemClock } from '../src/lib/clock.ts'
import { isRecord, parseJson } from '../src/lib/json.ts'
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts'
import { startOpenAiServer } from '../test/support/openai-server.ts'
import { ask, untilConnected, untilLogged } from '../test/support/sandbox.ts'
import { ROOT } from './steps.ts'

const CHROMIUM = '/usr/bin/chromium'
const SIZE = { width: 1280, height: 800 }
const DASHBOARD_SIZE = { width: 1280, height: 1120 }
/** Not the bot of any test or demo: a bot has one gateway on a machine. */
const BOT = { appId: '102999999', secret: 'a-secret-for-pictures', name: 'Herald' }

const SETTINGS = `gateway: { http: { host: 127.0.0.1, port: 0 }, on_all_platforms_down: stay }
platforms:
  qqbot: { dm_policy: open, group_policy: open }
  'qqbot:work': { app_id: 102999998, client_secret: a-secret-that-was-changed }
agent: { type: openai }
`

const HOUR_MS = 3_600_000
/** What happened to the accounts before the picture: hours ago, the state that began then, and why. */
const YESTERDAY: Readonly<Record<string, readonly [hoursAgo: number, to: string, code?: string, message?: string][]>> =
  {
    qqbot: [
      [30, 'connected'],
      [17.2, 'retrying', 'qq_ack_missing', 'no answer to the last heartbeat for 41 s'],
      [17.18, 'connected'],
      [9.5, 'retrying', 'qq_dial_failed', 'connect ECONNREFUSED'],
      [8.9, 'fatal', 'qq_reconnect_exhausted', '100 attempts failed in a row'],
      [8.4, 'connecting'],
      [8.39, 'connected'],
    ],
    'qqbot:work': [
      [30, 'connected'],
      [3.1, 'retrying', 'qq_connection_expired', 'the connection expired (close code 4009)'],
      [3.09, 'connected'],
      [1.2, 'fatal', 'qq_credentials_rejected', 'the platform rejects the app id or its secret'],
    ],
  }

async function writeYesterday(home: string): Promise<void> {
  const journal = openJournal({ path: join(home, JOURNAL_FILE_NAME), clock: systemClock })
  for (const [account, changes] of Object.entries(YESTERDAY)) {
    let from = 'disconnected'
    for (const [hoursAgo, to, code = null, message = null] of changes) {
      await journal.recordTransition({ account, atMs: Date.now() - hoursAgo * HOUR_MS, from, to, code, message })
      from = to
    }
  }
  await journal.close()
}

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

async function pictureOfDashboard(browser: Browser, colorScheme: 'light' | 'dark', path: string): Promise<void> {
  const state = parseJson(readFileSync(join(home, 'gateway_state.json'), 'utf8'))
  const address = /127\.0\.0\.1:\d+/.exec(isRecord(state) ? String(state['http']) : '')?.[0]
  const context = await browser.newContext({ viewport: DASHBOARD_SIZE, colorScheme, locale: 'en-US' })
  const page = await context.newPage()
  await page.goto(`http://${address}/`)
  await page.locator('[data-account="qqbot:work"].bad').waitFor()
  await page.locator('#figures .chart rect[height]:not([height="0"])').first().waitFor()
  await page.locator('[data-history="qqbot"] summary').click()
  await page.locator('#log li').first().waitFor()
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
await writeYesterday(home)
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
  for (const [scheme, name] of [
    ['light', 'dashboard.png'],
    ['dark', 'dashboard-dark.png'],
  ] as const) {
    await pictureOfDashboard(browser, scheme, join(ROOT, 'docs/images', name))
    console.log(`docs/images/${name}`)
  }
} finally {
  await gateway.stop()
  await box.stop()
  await model.stop()
  rmSync(home, { recursive: true, force: true })
}
