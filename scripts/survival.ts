/**
 * `npm run survival`: the built program and the sandbox as separate processes, through every fault that real sockets, signals
 * and disks can make. Prints a table, and writes it to `docs/reliability.md`. Options: `--only <regular expression>`, `--jobs <n>`,
 * `--no-build`, `--sources` (the checkout in place of the build). With `--only` or `--sources` the page is left alone.
 */
import { writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeError } from '../src/lib/errors.ts'
import { readVersion } from '../src/wiring/version.ts'
import { BUILD, SOURCES } from '../test/support/herald.ts'
import { ROOT, run } from './steps.ts'
import { boxProcess } from './survival/boxes.ts'
import { proofsIn } from './survival/proofs.ts'
import { lineOf, type Machine, type Outcome, reliabilityPage } from './survival/report.ts'
import type { Row } from './survival/row.ts'
import { ROWS } from './survival/rows.ts'
import { createWorld, type World } from './survival/world.ts'
import { createUndoings, undoOnSignals } from './undoing.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    jobs: { type: 'string' },
    'no-build': { type: 'boolean' },
    sources: { type: 'boolean' },
  },
})
const program = options.sources === true ? SOURCES : BUILD
/** Most of a row is waiting. */
const jobs = Number(options.jobs ?? 6)
const undoings = createUndoings()
undoOnSignals(undoings)

/** What a row has opened is undone after it, whatever became of it; a row that leaves something behind has failed. */
async function runRow(row: Row): Promise<Outcome> {
  const startedMs = performance.now()
  const tookMs = (): number => performance.now() - startedMs
  const cannot = row.cannot?.()
  if (cannot !== undefined) return { row, kind: 'skipped', why: cannot, tookMs: 0 }
  const undoing = undoings.create()
  const outcome = await walk(row, createWorld(undoing, program, boxProcess(program)))
  const [left] = await undoing.undo()
  if (left === undefined || outcome.kind === 'failed') return { ...outcome, tookMs: tookMs() }
  return { row, kind: 'failed', why: `afterwards: ${firstWords(left)}`, tookMs: tookMs() }
}

async function walk(row: Row, world: World): Promise<Outcome> {
  const bound = Promise.withResolvers<never>()
  const timer = setTimeout(() => bound.reject(new Error(`not over within ${row.boundMs / 1000} s`)), row.boundMs)
  try {
    const figures = await Promise.race([row.run(world), bound.promise])
    return { row, kind: 'passed', figures, tookMs: 0 }
  } catch (thrown) {
    return { row, kind: 'failed', why: firstWords(thrown), tookMs: 0 }
  } finally {
    clearTimeout(timer)
  }
}

function firstWords(thrown: unknown): string {
  const [first = ''] = thrown instanceof Error ? thrown.message.split('\n') : [describeError(thrown)]
  return first
}

function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${process.platform} ${release()}`,
    node: process.version,
    version: readVersion(),
  }
}

if (options['no-build'] !== true && program === BUILD) run('build', [process.execPath, 'scripts/build.ts'])
const wanted = new RegExp(options.only ?? '')
const rows = ROWS.filter(row => wanted.test(`${row.id} ${row.title}`))
const outcomes = new Map<Row, Outcome>()
const startedMs = performance.now()
// The long ones first, so that the end of the run is not one of them alone.
const queue = [...rows].sort((a, b) => Number(a.quick) - Number(b.quick))

async function work(): Promise<void> {
  for (let row = queue.shift(); row; row = queue.shift()) {
    const outcome = await runRow(row)
    outcomes.set(row, outcome)
    console.log(lineOf(outcome))
  }
}
await Promise.all(Array.from({ length: jobs }, work))

const inOrder = rows
  .flatMap(row => outcomes.get(row) ?? [])
  .sort((a, b) => a.row.id.localeCompare(b.row.id, 'en', { numeric: true }))
const failed = inOrder.filter(({ kind }) => kind === 'failed')
const tookMs = performance.now() - startedMs
console.log(`\n${inOrder.length} rows in ${Math.round(tookMs / 1000)} s, ${failed.length} failed`)
for (const outcome of failed) console.log(lineOf(outcome))
if (options.only === undefined && program === BUILD) {
  const page = {
    outcomes: inOrder,
    machine: machine(),
    command: 'npm run survival',
    tookMs,
    jobs,
    proofs: proofsIn(ROOT),
  }
  writeFileSync(
    join(ROOT, 'docs/reliability.md'),
    reliabilityPage({ ...page, date: new Date().toISOString().slice(0, 10) }),
  )
  console.log('written to docs/reliability.md')
}
process.exitCode = failed.length === 0 ? 0 : 1
