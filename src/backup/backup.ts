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
 * `HeraldError` (`backup_in_the_way`, `nothing_to_back_up`), and what the disk says.
 */
export function makeBackup(home: string, folder: string, version: string, nowMs: number): Manifest {
  if (existsSync(folder)) throw new HeraldError('backup_in_the_way', `${folder} exists already; name another folder`)
  const names = KEPT.filter(name => existsSync(join(home, name)))
  if (names.length === 0)
    throw new HeraldError('nothing_to_back_up', `there is nothing in ${home} to back up; check --home`)
  mkdirSync(dirname(folder), { recursive: true, mode: PRIVATE_FOLDER })
  const half = `${folder}.half`
  rmSync(half, { recursive: true, force: true })
  try {
    mkdirSync(half, { mode: PRIVATE_FOLDER })
    const files: Record<string, string> = {}
    for (const name of names) {
      const target = join(half, name)
      if (name === JOURNAL) copyJournal(join(home, name), target)
      else copyFileSync(join(home, name), target)
      files[name] = digestOf(target)
    }
    const manifest: Manifest = { kind: 'herald-backup', version, at: new Date(nowMs).toISOString(), files }
    writeFileSync(join(half, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: PRIVATE_FILE })
    renameSync(half, folder)
    return manifest
  } catch (thrown) {
    // The disk that refused it may be the full one that everybody waits for.
    rmSync(half, { recursive: true, force: true })
    throw thrown
  }
}
