/** Where each row of the table is proven: by the names of tests and of the rows that run for real. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The last number of the table. */
export const LAST_ROW = 109

/** It proves none of the rows that it speaks of. */
const ABOUT_NAMES = 'test/e2e/proofs.test.ts'
/** A name begins with the rows that it proves: `'C26 G79 two bots …'`. */
const NAMED = /['"`]((?:[A-J]\d{1,3} ?)+)(?=[ '"`])/g
const ROW = /[A-J](\d+)/g

export interface Proof {
  readonly row: number
  /** From the root of the project. */
  readonly files: readonly string[]
}

export function proofsIn(root: string): readonly Proof[] {
  const found = new Map<number, Set<string>>()
  const paths = globSync(['test/**/*.test.ts', 'scripts/survival/rows/*.ts'], { cwd: root }).filter(
    path => path !== ABOUT_NAMES,
  )
  for (const path of paths.sort())
    for (const row of rowsNamedIn(readFileSync(join(root, path), 'utf8')))
      found.set(row, (found.get(row) ?? new Set()).add(path))
  return Array.from({ length: LAST_ROW }, (_, at) => ({ row: at + 1, files: [...(found.get(at + 1) ?? [])] }))
}

export function rowsNamedIn(text: string): readonly number[] {
  const names = [...text.matchAll(NAMED)].flatMap(([, names = '']) => [...names.matchAll(ROW)])
  return [...new Set(names.map(([, row]) => Number(row)))]
}
