/**
 * Whole days of faults in seconds: `npm run sim -- --seeds 100 --hours 24`. Without seeds of one's own they are fresh each
 * time; each is printed with what it broke, and `--seed N --trace` plays one of them again, line by line. `--until-broken`
 * begins no further world once one has broken something.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { planOf } from './runs/plan.ts'
import { runSeeds } from './runs/pool.ts'
import { createTotals } from './runs/report.ts'
import { runWorld } from './runs/run.ts'
import { freshSeed, seedsFrom } from './runs/seeds.ts'

const USAGE = `usage: npm run sim -- [--seeds N] [--first N] [--hours H] [--seed S [--trace]] [--store memory|sqlite] [--threads N] [--until-broken]`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    first: { type: 'string' },
    hours: { type: 'string', default: '24' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    store: { type: 'string', default: 'memory' },
    threads: { type: 'string' },
    'until-broken': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const whole = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  console.error(`--${name} must be a whole number above 0, not "${text}"\n${USAGE}`)
  process.exit(64)
}

if (values.help || (values.store !== 'memory' && values.store !== 'sqlite')) {
  console.error(USAGE)
  process.exit(values.help ? 0 : 64)
}

const hours = whole('hours', values.hours)
const folder = values.store === 'sqlite' ? mkdtempSync(join(tmpdir(), 'herald-sim-')) : undefined
const totals = createTotals()
const beganMs = performance.now()
process.stdout.on('error', () => process.exit(1))

try {
  if (values.seed !== undefined && values.trace) {
    const print = (line: string): void => {
      process.stdout.write(`${line}\n`)
    }
    totals.add(
      await runWorld(planOf(whole('seed', values.seed), hours), { print, ...(folder === undefined ? {} : { folder }) }),
    )
  } else {
    const first = values.first === undefined ? freshSeed() : whole('first', values.first)
    const seeds =
      values.seed === undefined ? seedsFrom(first, whole('seeds', values.seeds)) : [whole('seed', values.seed)]
    console.log(`seeds ${seeds[0]} to ${seeds.at(-1)}, ${hours} h each, journal ${values.store}`)
    await runSeeds(seeds, {
      hours,
      folder,
      ...(values.threads === undefined ? {} : { threads: whole('threads', values.threads) }),
      onResult: totals.add,
      goesOn: () => !values['until-broken'] || totals.broken.length === 0,
    })
  }
} finally {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}
for (const line of totals.lines(performance.now() - beganMs)) console.log(line)
process.exitCode = totals.broken.length === 0 ? 0 : 1
