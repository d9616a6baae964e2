/** A copy of the checkout in which faults are planted; the working tree itself is only read. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'

const PARTS = ['src', 'test', 'package.json', 'tsconfig.json']

export interface Tree {
  readonly folder: string
  /** Plants one fault. Returns the undo. Throws when its text is not found exactly once. */
  plant(mutant: Mutant): () => void
  remove(): void
}

/** How often the text of a mutant stands in its file. */
export function matches(root: string, { file, from }: Mutant): number {
  return readFileSync(join(root, file), 'utf8').split(from).length - 1
}

export function copyTree(root: string): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'herald-mutants-'))
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    folder,
    plant(mutant) {
      const found = matches(folder, mutant)
      if (found !== 1) throw new Error(`${mutant.what}: its text is found ${found} times in ${mutant.file}, not once`)
      const path = join(folder, mutant.file)
      const sound = readFileSync(path, 'utf8')
      writeFileSync(
        path,
        sound.replace(mutant.from, () => mutant.to),
      )
      return () => writeFileSync(path, sound)
    },
    remove() {
      process.off('exit', remove)
      remove()
    },
  }
}
