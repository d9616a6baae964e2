/** The table of planted faults, for a terminal and for `docs/proof.md`. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Catch } from './hunt.ts'
import type { Mutant } from './mutant.ts'

export interface Hunted {
  readonly mutant: Mutant
  /** Undefined: it swam through. */
  readonly caught: Catch | undefined
}

const WIDEST = 72

export function inOneLine({ mutant, caught }: Hunted): string {
  const found = caught === undefined ? 'MISSED' : 'found '
  const by = caught === undefined ? '' : `${caught.by}: ${caught.what}, ${spent(caught)}`
  return `${found}  ${mutant.what.padEnd(WIDEST)} ${by}`
}

function spent({ by, seeds, seconds }: Catch): string {
  const worlds = by === 'simulation' ? `seed ${seeds}` : `after ${seeds} seeds`
  return `${worlds}, ${seconds.toFixed(1)} s`
}

const BEGIN = '<!-- mutants: begin -->'
const END = '<!-- mutants: end -->'

export function markdownTable(all: readonly Hunted[], command: string, machine: string): string {
  const rows = all.map(({ mutant, caught }) => {
    const place = `\`${mutant.file.replace(/^src\//, '')}\``
    if (caught === undefined) return `| ${mutant.what} | ${place} | **not found** | | |`
    return `| ${mutant.what} | ${place} | ${caught.by}: ${caught.what} | ${caught.seeds} | ${caught.seconds.toFixed(1)} |`
  })
  const found = all.filter(({ caught }) => caught !== undefined).length
  return [
    `\`${command}\` on ${machine}: ${found} of ${all.length} found.`,
    '',
    '| planted fault | where | found by | seeds | seconds |',
    '|---|---|---|---:|---:|',
    ...rows,
  ].join('\n')
}

/** Puts the table between its marks. */
export function writeInto(path: string, table: string): void {
  const text = readFileSync(path, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${path} has no place for the table`)
  writeFileSync(path, `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`)
}
