/**
 * Looks for one planted fault: by the simulation, then by the courses of events that it has found before, then by the
 * exploration of the machines.
 */
import { execFile } from 'node:child_process'
import type { Mutant } from './mutant.ts'
import type { Tree } from './tree.ts'

export interface Worlds {
  readonly first: number
  readonly seeds: number
  readonly hours: number
}

export interface Catch {
  readonly by: 'simulation' | 'known course' | 'exploration'
  /** The broken invariants, or the test that fails. */
  readonly what: string
  /** Worlds until the first broken one; all of them for what was found otherwise. */
  readonly seeds: number
  readonly seconds: number
}

/** What the simulation has found so far, each as the shortest course of events in a world of its own. */
const COURSES = 'test/sim/found.test.ts'
/** Which machine a part of the code belongs to, and what walks through all its states. */
const EXPLORATIONS = {
  'src/platforms/qqbot/link/': 'test/platforms/qqbot/link/session-theorem.test.ts',
  'src/gateway/lives/': 'test/gateway/lives/life-theorem.test.ts',
} as const
const LONGEST_MS = 600_000

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

export async function runWorlds(tree: Tree, { first, seeds, hours }: Worlds): Promise<Ran> {
  const given = { '--first': first, '--seeds': seeds, '--hours': hours, '--threads': 1 }
  const args = Object.entries(given).flatMap(([name, value]) => [name, String(value)])
  return await run(tree.folder, ['test/sim/main.ts', ...args, '--until-broken'])
}

/** Undefined when the fault swims through. Throws when the code does not run any more: then nothing is shown. */
export async function hunt(tree: Tree, mutant: Mutant, worlds: Worlds): Promise<Catch | undefined> {
  const undo = tree.plant(mutant)
  const beganMs = performance.now()
  const seconds = (): number => (performance.now() - beganMs) / 1000
  try {
    const simulated = await runWorlds(tree, worlds)
    const seeds = Number(/^(\d+) worlds/m.exec(simulated.output)?.[1] ?? 0)
    if (!simulated.ok) {
      const what = brokenIn(simulated.output)
      if (what === '') throw new Error(`${mutant.what}: the simulation does not run:\n${simulated.output.slice(-2000)}`)
      return { by: 'simulation', what, seeds, seconds: seconds() }
    }
    const course = await failing(tree, mutant, COURSES)
    if (course !== undefined) return { by: 'known course', what: course, seeds, seconds: seconds() }
    const [, exploration] = Object.entries(EXPLORATIONS).find(([room]) => mutant.file.startsWith(room)) ?? []
    const what = exploration === undefined ? undefined : await failing(tree, mutant, exploration)
    return what === undefined ? undefined : { by: 'exploration', what, seeds, seconds: seconds() }
  } finally {
    undo()
  }
}

/** What fails in a test file; undefined when nothing does. */
async function failing(tree: Tree, mutant: Mutant, file: string): Promise<string | undefined> {
  const { ok, output } = await run(tree.folder, ['--test', '--test-reporter=tap', file])
  if (ok) return undefined
  const what = failedIn(output)
  if (what === '') throw new Error(`${mutant.what}: ${file} does not run:\n${output.slice(-2000)}`)
  return what
}

/** A world that turns in a circle is a finding; one that cannot be built is not. */
export function brokenIn(output: string): string {
  const kinds = new Set<string>()
  for (const [, kind = ''] of output.matchAll(/^ {2}seed \d+: \+[\d:.]+ ([a-z][a-z\d ]*):/gm)) kinds.add(kind)
  if (/^ {2}seed \d+: the world broke down: not done after/m.test(output)) kinds.add('never done')
  return [...kinds].join(', ')
}

/** What a walk asserts of each state it comes to, or the test that fails. A file that cannot be loaded shows nothing. */
export function failedIn(output: string): string {
  const asserted = /AssertionError \[ERR_ASSERTION\]: ([^:\n]+)/.exec(output)?.[1]
  if (asserted !== undefined) return asserted
  const names = [...output.matchAll(/^ *not ok \d+ - (.+)$/gm)].map(([, name = '']) => name)
  return names.filter(name => !name.endsWith('.ts')).join('; ')
}
