/**
 * Shows that the net catches fish: `npm run mutants` plants one fault after another in a copy of the code, and lets the
 * simulation look for it; where that finds nothing, the courses of events that it has found before, and the exploration of
 * the machines. Exits with 1 when one swims
 * through, or when the text that it replaces is not found exactly once.
 *
 *   --only WORDS   only those whose description contains them
 *   --seeds N      at most so many worlds for each (default 100), from --first (default 1)
 *   --hours H      virtual hours of each world (default 6)
 *   --docs         writes the table into docs/proof.md
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants/all.ts'
import { type Catch, hunt, runWorlds, type Worlds } from './mutants/hunt.ts'
import type { Mutant } from './mutants/mutant.ts'
import { type Hunted, inOneLine, markdownTable, writeInto } from './mutants/report.ts'
import { copyTree, matches, type Tree } from './mutants/tree.ts'
import { ROOT } from './steps.ts'

/** Each hunts in a copy of its own. */
const HUNTERS = 2

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
    hours: { type: 'string', default: '6' },
    docs: { type: 'boolean', default: false },
  },
})
const worlds: Worlds = { first: Number(options.first), seeds: Number(options.seeds), hours: Number(options.hours) }

async function huntOne(tree: Tree, mutant: Mutant): Promise<Catch | undefined> {
  try {
    return await hunt(tree, mutant, worlds)
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown)
    return undefined
  }
}

async function huntAll(wanted: readonly Mutant[]): Promise<readonly Hunted[]> {
  const waiting = [...wanted]
  const done = new Map<Mutant, Hunted>()
  const hunter = async (): Promise<void> => {
    const tree = copyTree(ROOT)
    try {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const hunted = { mutant, caught: await huntOne(tree, mutant) }
        done.set(mutant, hunted)
        console.log(inOneLine(hunted))
      }
    } finally {
      tree.remove()
    }
  }
  await Promise.all(Array.from({ length: HUNTERS }, hunter))
  return wanted.flatMap(mutant => done.get(mutant) ?? [])
}

/** A net that holds water too catches nothing. */
async function checkSound(): Promise<void> {
  const tree = copyTree(ROOT)
  try {
    const { ok, output } = await runWorlds(tree, worlds)
    if (!ok) throw new Error(`the code is not sound as it is:\n${output}`)
  } finally {
    tree.remove()
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const wanted = MUTANTS.filter(({ what }) => what.includes(options.only))
const rotten = wanted.filter(mutant => matches(ROOT, mutant) !== 1)
for (const mutant of rotten) console.error(`not found exactly once in ${mutant.file}: ${mutant.what}`)
if (rotten.length > 0) process.exit(1)

await checkSound()
const hunted = await huntAll(wanted)
const missed = hunted.filter(({ caught }) => caught === undefined).length
console.log(`${hunted.length - missed} of ${hunted.length} planted faults found`)
if (options.docs) {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.versions.node}`
  writeInto(join(ROOT, 'docs/proof.md'), markdownTable(hunted, 'npm run mutants', machine))
}
process.exitCode = missed === 0 ? 0 : 1
