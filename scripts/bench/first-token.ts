/**
 * `bin/run-node scripts/bench/first-token.ts`: from the frame that the platform sends to the first token of an agent that answers at
 * once, for Herald from its build beside a bare floor (`first-token-floor.js`). Platform and model are in this process, on one
 * clock. Takes `dist/` as it is.
 *
 *   --messages=N   so many a round (400)
 *   --dir=DIR      where the homes are made (default: `.herald` in the checkout): the disk that is measured
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { ROOT } from '../steps.ts'
import { startContender } from './children.ts'
import { percentile } from './figures.ts'

const { values: options } = parseArgs({
  options: { messages: { type: 'string', default: '400' }, dir: { type: 'string', default: join(ROOT, '.herald') } },
})
const MESSAGES = Number(options.messages)
const WARM_UP = 100
const ROUNDS = 5
const GAP_MS = 5
const READY_MS = 20_000
const ANSWER_MS = 20_000
const TOKEN = JSON.stringify({ choices: [{ delta: { content: 'yes' }, finish_reason: 'stop' }] })

type Name = 'herald' | 'floor'

const bot = { appId: `103${process.pid}`, secret: 'bench-secret-of-the-bot' }
const box = await startSandbox({ bots: [bot], logCapacity: 100 })
/** When the first token of each answer was written. */
let onToken = (): void => {}
const model = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${TOKEN}\n\n`)
    onToken()
    response.end('data: [DONE]\n\n')
  })
})
await new Promise<void>(resolve => model.listen(0, '127.0.0.1', resolve))
const address = model.address()
const modelUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/v1`

/** Resolves with the first thing that fits; rejects when there is none in time. */
function next<T>(what: string, boundMs: number, listen: (found: (value: T) => void) => () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`no ${what} within ${boundMs} ms`))
    }, boundMs)
    const stop = listen(value => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}

async function singles(sandbox: Sandbox, count: number): Promise<number[]> {
  const tookMs: number[] = []
  let sentAtMs = 0
  const off = sandbox.on(
    entry => {
      if (entry.kind === 'frame' && entry.direction === 'out' && entry.text.includes('_MESSAGE_CREATE'))
        sentAtMs = performance.now()
    },
    ['frame'],
  )
  onToken = () => void tookMs.push(performance.now() - sentAtMs)
  for (let n = 0; n < count; n += 1) {
    const posted = next<void>('post', ANSWER_MS, found =>
      sandbox.on(
        entry => {
          if (entry.kind === 'request' && entry.route === 'send' && entry.status === 200) found()
        },
        ['request'],
      ),
    )
    sandbox.say({ person: `Single ${n % 100}`, text: `message ${n} of some length, as people write them` })
    await posted
    await new Promise(resolve => setTimeout(resolve, GAP_MS))
  }
  off()
  return tookMs
}

async function measure(name: Name): Promise<number[]> {
  const home = mkdtempSync(join(options.dir, `first-token-${name}-`))
  const output = openSync(join(home, 'output.txt'), 'w')
  const platform = {
    QQ_APP_ID: bot.appId,
    QQ_CLIENT_SECRET: bot.secret,
    QQ_API_BASE: box.url,
    QQ_TOKEN_URL: box.tokenUrl,
    MODEL_URL: modelUrl,
  }
  const settings = {
    gateway: { http: { host: '127.0.0.1', port: 0 } },
    platforms: { qqbot: { dm_policy: 'open' } },
    agent: { type: 'openai', base_url: modelUrl, model: 'm' },
  }
  writeFileSync(join(home, 'config.yaml'), JSON.stringify(settings))
  const ready = next<void>('READY', READY_MS, found =>
    box.on(entry => void (entry.kind === 'connection' && entry.state === 'ready' && found()), ['connection']),
  )
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...platform }
  const args =
    name === 'floor'
      ? [join(import.meta.dirname, 'first-token-floor.js')]
      : [join(ROOT, 'dist/cli/herald.js'), 'run', '--home', home]
  const contender = startContender(args, env, output)
  try {
    await ready
    await singles(box, WARM_UP)
    return await singles(box, MESSAGES)
  } finally {
    await contender.end()
    closeSync(output)
    rmSync(home, { recursive: true, force: true })
    box.reset()
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
mkdirSync(options.dir, { recursive: true, mode: 0o700 })
const all: Record<Name, number[]> = { herald: [], floor: [] }
for (let round = 0; round < ROUNDS; round += 1) {
  const order: readonly Name[] = round % 2 === 0 ? ['floor', 'herald'] : ['herald', 'floor']
  for (const name of order) all[name].push(...(await measure(name)))
}
for (const [name, tookMs] of Object.entries(all)) {
  const [p50, p99] = [percentile(tookMs, 0.5), percentile(tookMs, 0.99)]
  console.log(`${name.padEnd(6)}  frame to first token: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`)
}
await box.stop()
model.closeAllConnections()
model.close()
