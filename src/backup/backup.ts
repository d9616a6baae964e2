import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { copyJournal } from '../journal/file/copy.ts'
import { HeraldError } from '../lib/errors.ts'
import { digestOf, KEPT, MANIFEST, type Manifest } from './manifest.ts'

const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const JOURNAL = 'journal.sqlite'

/**
 * Makes a backup of a home in a new folder, also while a gateway runs in it. It is there whole, or not at all. Throws
 * `HeraldError` (`backup_in_the_way`), and what the disk says.
 */
export function makeBackup(home: string, folder: string, version: string, nowMs: number): Manifest {
  if (existsSync(folder)) throw new HeraldError('backup_in_the_way', `${folder} exists already; name another folder`)
  mkdirSync(dirname(folder), { recursive: true, mode: PRIVATE_FOLDER })
  const half = `${folder}.half`
  rmSync(half, { recursive: true, force: true })
  mkdirSync(half, { mode: PRIVATE_FOLDER })
  const files: Record<string, string> = {}
  for (const name of KEPT) {
    const source = join(home, name)
    if (!existsSync(source)) continue
    const target = join(half, name)
    if (name === JOURNAL) copyJournal(source, target)
    else copyFileSync(source, target)
    files[name] = digestOf(target)
  }
  const manifest: Manifest = { kind: 'herald-backup', version, at: new Date(nowMs).toISOString(), files }
  writeFileSync(join(half, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: PRIVATE_FILE })
  renameSync(half, folder)
  return manifest
}
