/** A long day in minutes: links that are cut again and again while people write all the time, and a look at what the process holds. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import type { BotLogin } from '../../test/support/box.ts'
import { type CleanUp, cleanUp } from '../../test/support/clean-up.ts'
import { eventually } from '../../test/support/eventually.ts'
import { type Herald, startHerald } from '../../test/support/herald.ts'
import { newBot } from '../survival/boxes.ts'
import { least, type Point, readPoint } from './figures.ts'

export interface SoakOptions {
  readonly program: readonly string[]
  /** Over all bots. */
  readonly messages: number
  readonly reconnects: number
  readonly bots: number
  readonly points: number
  onPoint(point: Point): void
}

export interface SoakResult {
  readonly points: readonly Point[]
  /** Messages that were not answered, and posts beyond one for each. */
  readonly lost: number
  readonly doubled: number
  readonly identifies: number
}

const PEOPLE = 50
const ANSWERS_MS = 60_000
const LINK_MS = 30_000
/** A link that has lived so long, with a heartbeat answered, was not resumed in vain: it may be resumed again and again. */
const STEADY_MS = 5_500
const CUTS = ['cut', 'close_4009', 'op7', 'close_1000'] as const

export async function soak(t: CleanUp, options: SoakOptions): Promise<SoakResult> {
  const { program, points, reconnects, messages } = options
  const bots = Array.from({ length: options.bots }, newBot)
  const box = await startSandbox({ bots, logCapacity: 100 })
  cleanUp(t, () => box.stop())
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'herald-soak-')))
  cleanUp(t, () => rmSync(home, { recursive: true, force: true }))
  writeFileSync(join(home, 'config.yaml'), JSON.stringify(settingsFor(box, bots)))
  const herald = startHerald(t, home, { program })
  for (const [at] of bots.entries()) await herald.connected(LINK_MS, accountOf(at))

  let posts = 0
  let links = 0
  box.on(
    entry => {
      if (entry.kind === 'request' && entry.route === 'send' && entry.status === 200) posts += 1
      if (entry.kind === 'connection' && (entry.state === 'ready' || entry.state === 'resumed')) links += 1
    },
    ['request', 'connection'],
  )
  const rounds = Math.round(reconnects / bots.length)
  const perRound = messages / rounds
  const found: Point[] = []
  let said = 0
  let looks: Point[] = []
  for (let round = 1; round <= rounds; round++) {
    const burst = Math.round(perRound * round) - said
    box.sayAll(
      Array.from({ length: burst }, (_, at) => ({
        appId: bots[at % bots.length]?.appId,
        person: `Person ${(said + at) % PEOPLE}`,
        text: `message ${said + at}`,
      })),
    )
    said += burst
    for (const { appId } of bots) box.fault(CUTS[round % CUTS.length] ?? 'cut', { appId })
    const seen = (): string => `${links} links, ${posts} of ${said} answers\n${herald.stderr().slice(-2000)}`
    await eventually('the links', LINK_MS, () => links >= round * bots.length, seen)
    const steadyAtMs = performance.now() + STEADY_MS
    await eventually('the answers', ANSWERS_MS, () => posts >= said, seen)
    await delay(Math.max(0, steadyAtMs - performance.now()))
    looks.push(await look(herald, said, round * bots.length))
    if (round < Math.round((rounds * (found.length + 1)) / points)) continue
    const point = least(looks)
    looks = []
    found.push(point)
    options.onPoint(point)
  }
  const identifies = bots.reduce((sum, { appId }) => sum + box.counters(appId).identifies, 0)
  herald.kill('SIGTERM')
  const { code } = await herald.end(15_000)
  if (code !== 0) throw new Error(`it ended with ${code}: ${herald.stderr().slice(-2000)}`)
  return { points: found, lost: Math.max(0, said - posts), doubled: Math.max(0, posts - said), identifies }
}

function accountOf(at: number): string {
  return at === 0 ? 'qqbot' : `qqbot:${at}`
}

function settingsFor(box: Sandbox, bots: readonly BotLogin[]): object {
  const account = ({ appId, secret }: BotLogin): object => ({
    app_id: appId,
    client_secret: secret,
    api_base: box.url,
    token_url: box.tokenUrl,
    dm_policy: 'open',
    reconnect: { backoff_s: [0.1], max_attempts: 0 },
  })
  return {
    gateway: { on_all_platforms_down: 'stay', http: { port: 0 } },
    log: { level: 'error' },
    platforms: Object.fromEntries(bots.map((bot, at) => [accountOf(at), account(bot)])),
  }
}

async function look({ pid, home, get }: Herald, messages: number, reconnects: number): Promise<Point> {
  return readPoint({ messages, reconnects, pid, home, metrics: (await get('/metrics')).text })
}
