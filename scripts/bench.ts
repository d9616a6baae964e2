/**
 * `npm run bench`: Herald from its build, with its journal on a disk, beside a bare floor that keeps nothing
 * (`bench/floor.js`), turn and turn about against the sandbox in a process of its own. `docs/performance.md` has the
 * figures and how to read them.
 *
 *   --quick       fewer rounds and messages, no idle time
 *   --rounds=N    so many
 *   --dir=DIR     where the homes are made (default: `.herald` in the checkout): the disk that is measured
 *   --no-build    takes `dist/` as it is
 *   --prof        writes CPU profiles of Herald into the folder `--dir`
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Contender, type PlatformProcess, startContender, startPlatform } from './bench/children.ts'
import { type Figures, type Idle, inOneLine, percentile, table } from './bench/figures.ts'
import { ROOT } from './steps.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    dir: { type: 'string', default: join(ROOT, '.herald') },
    build: { type: 'boolean', default: true },
    prof: { type: 'boolean', default: false },
  },
  allowNegative: true,
})

const LIMITS = options.quick
  ? { rounds: 2, warmUp: 50, singles: 100, messages: 500, chats: 125, idleSeconds: 0 }
  : { rounds: 5, warmUp: 100, singles: 400, messages: 2000, chats: 500, idleSeconds: 150 }
const ROUNDS = options.rounds === undefined ? LIMITS.rounds : Math.min(50, Math.max(1, Number(options.rounds) || 1))
/** Between two messages: nobody measured waits for what the one before left to do. */
const GAP_MS = 5
const SETTLE_MS = 1000
const READY_MS = 20_000
const STEP_MS = 60_000
const TMPFS = 0x01021994

type Name = 'herald' | 'floor'

const SETTINGS = `gateway: { http: { host: 127.0.0.1, port: 0 } }
platforms: { qqbot: { dm_policy: open } }
`

function start(name: Name, platform: PlatformProcess, home: string, output: number): Contender {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...platform.env }
  if (name === 'floor') return startContender([join(ROOT, 'scripts/bench/floor.js')], env, output)
  writeFileSync(join(home, 'config.yaml'), SETTINGS)
  const profile = options.prof ? ['--cpu-prof', `--cpu-prof-dir=${resolve(options.dir)}`] : []
  return startContender([...profile, join(ROOT, 'dist/cli/herald.js'), 'run', '--home', home], env, output)
}

/** Starts one, runs the measurement, and ends it, whatever came of it. */
async function withContender<T>(
  name: Name,
  platform: PlatformProcess,
  use: (contender: Contender, ready: Promise<bigint>) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(options.dir, `bench-${name}-`))
  const output = openSync(join(home, 'output.txt'), 'w')
  const ready = platform.ask('ready', READY_MS).then(({ atNs }) => BigInt(atNs))
  const contender = start(name, platform, home, output)
  try {
    return await use(contender, ready)
  } finally {
    await contender.end()
    closeSync(output)
    rmSync(home, { recursive: true, force: true })
  }
}

/** Memory after a while without a message: V8 gives back what the start needed only then. */
async function idle(name: Name): Promise<number> {
  const platform = await startPlatform()
  try {
    return await withContender(name, platform, async (contender, ready) => {
      await ready
      await pause(LIMITS.idleSeconds * 1000)
      return contender.residentMb()
    })
  } finally {
    await platform.end()
  }
}

/** One contender, from its start to its end. */
async function measure(name: Name, platform: PlatformProcess): Promise<Figures> {
  const figures = await withContender(name, platform, async (contender, ready): Promise<Figures> => {
    const readyMs = Number((await ready) - contender.startedAtNs) / 1e6
    await pause(SETTLE_MS)
    const freshMb = contender.residentMb()

    await platform.ask('singles', STEP_MS, { do: 'singles', count: LIMITS.warmUp, gapMs: GAP_MS })
    const { tookMs } = await platform.ask('singles', STEP_MS, { do: 'singles', count: LIMITS.singles, gapMs: GAP_MS })

    await pause(SETTLE_MS)
    const before = contender.cpuMs()
    const { messages, chats } = LIMITS
    const burst = await platform.ask('burst', STEP_MS, { do: 'burst', messages, chats })
    // What is left to do after the last post belongs to the burst.
    await pause(SETTLE_MS)
    return {
      readyMs,
      p50Ms: percentile(tookMs, 0.5),
      p99Ms: percentile(tookMs, 0.99),
      messagesPerSecond: messages / (burst.tookMs / 1000),
      cpuMsPerMessage: (contender.cpuMs() - before) / messages,
      freshMb,
      afterBurstMb: contender.residentMb(),
      platformLoad: burst.cpuMs / burst.tookMs,
    }
  })
  await platform.ask('forgotten', STEP_MS, { do: 'forget' })
  return figures
}

function pause(ms: number): Promise<void> {
  return new Promise(done => setTimeout(done, ms))
}

// So that the processes of the benchmark end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
if (options.build) await import('./build.ts')
mkdirSync(options.dir, { recursive: true, mode: 0o700 })
if (statfsSync(options.dir).type === TMPFS)
  console.log('note: the homes lie in memory, not on a disk; --dir names another place')

const platform = await startPlatform()
const rounds: Record<Name, Figures[]> = { herald: [], floor: [] }
for (let round = 0; round < ROUNDS; round += 1) {
  // Who goes first changes from round to round, so that nobody always finds the machine as the other left it.
  const order: readonly Name[] = round % 2 === 0 ? ['floor', 'herald'] : ['herald', 'floor']
  for (const name of order) {
    const figures = await measure(name, platform)
    rounds[name].push(figures)
    console.log(`round ${round + 1}  ${name.padEnd(6)}  ${inOneLine(figures)}`)
  }
}
await platform.end()

let atRest: Idle | undefined
if (LIMITS.idleSeconds > 0) {
  const [heraldMb, floorMb] = await Promise.all([idle('herald'), idle('floor')])
  atRest = { seconds: LIMITS.idleSeconds, heraldMb, floorMb }
}

console.log(`
${ROUNDS} rounds of ${LIMITS.singles} messages one at a time and ${LIMITS.messages} at once over ${LIMITS.chats} chats; medians
Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}

${table(rounds.herald, rounds.floor, atRest)}`)
