/**
 * Shows that the net catches fish: plants one fault after another in a copy of the code, and lets the simulation look for it;
 * where that finds nothing, the exploration of the machines does. Exits with 1 when one swims through.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { MUTANTS, type Mutant } from './mutant-list.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDERS = ['src', 'test', 'package.json', 'tsconfig.json']
const WORLDS = ['--seeds', '20', '--hours', '6']
const EXPLORATIONS = ['test/platforms/qqbot/session-theorem.test.ts', 'test/gateway/life-theorem.test.ts']
const LONGEST_MS = 300_000

interface Ran {
  readonly ok: boolean
  readonly output: string
}

function run(folder: string, args: readonly string[]): Promise<Ran> {
  return new Promise(done => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, timeout: LONGEST_MS, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => done({ ok: error === null, output: stdout + stderr }),
    )
  })
}

/** Broken invariants by name, with how often. */
function findings(output: string): string {
  const kinds = new Map<string, number>()
  for (const [, kind = ''] of output.matchAll(/^ {2}seed \d+: (?:\+[\d:.]+ )?([a-z ]+):/gm))
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  return [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')
}

async function hunt(folder: string, { file, from, to }: Mutant): Promise<string | undefined> {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file} does not contain this exactly once:\n${from}`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  try {
    const worlds = await run(folder, ['test/sim/main.ts', ...WORLDS])
    if (!worlds.ok) return `simulation: ${findings(worlds.output) || 'it broke down'}`
    const explored = await run(folder, ['--test', ...EXPLORATIONS])
    return explored.ok ? undefined : 'exploration'
  } finally {
    writeFileSync(path, text)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'herald-mutants-'))
const wanted = process.argv.slice(2)
let missed = 0
try {
  for (const name of FOLDERS) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const sound = await run(folder, ['test/sim/main.ts', ...WORLDS])
  if (!sound.ok) throw new Error(`the code is not sound as it is:\n${sound.output}`)
  for (const mutant of MUTANTS.filter(({ what }) => wanted.every(word => what.includes(word)))) {
    const found = await hunt(folder, mutant)
    if (found === undefined) missed += 1
    console.log(`${found === undefined ? 'MISSED' : 'found '}  ${mutant.what.padEnd(70)} ${found ?? ''}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = missed === 0 ? 0 : 1
