/**
 * Takes a backup back in two steps: it is checked and laid ready beside the home's files, and put in their place by whoever owns
 * the home, before anything is opened. A crash between the two, or in the second, is taken up by the next start.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkCopy, settleCopy } from '../journal/file/copy.ts'
import { inspectJournal } from '../journal/file/inspect.ts'
import { HeraldError } from '../lib/errors.ts'
import { MANIFEST, type Manifest, readBackup } from './manifest.ts'

const READY = 'restore'
const PRIVATE_FOLDER = 0o700
const JOURNAL = 'journal.sqlite'
/** What SQLite keeps beside a journal; with another journal it would be poison. */
const SIDE_FILES = ['-wal', '-shm']

/** Checks a backup as a whole. Throws `HeraldError` when it must not be taken back. */
export function checkBackup(folder: string): Manifest {
  const manifest = readBackup(folder)
  if (!(JOURNAL in manifest.files)) return manifest
  const path = join(folder, JOURNAL)
  const found = inspectJournal(path)
  if (found.kind !== 'journal') throw new HeraldError('backup_broken', `${path} is no journal of Herald`)
  if (found.schema > found.known) {
    const versions = `schema ${found.schema}, this one knows ${found.known}`
    throw new HeraldError('backup_newer', `${path} is of a newer Herald (${versions}): upgrade Herald first`)
  }
  const verdict = checkCopy(path)
  if (verdict !== 'ok') throw new HeraldError('backup_broken', `${path} is damaged (${verdict})`)
  return manifest
}

/** Lays a backup that was checked ready in the home. */
export function layReady(home: string, folder: string, { files }: Manifest, nowMs: number): void {
  const half = join(home, `${READY}.half`)
  for (const old of [half, join(home, READY)]) rmSync(old, { recursive: true, force: true })
  mkdirSync(half, { mode: PRIVATE_FOLDER })
  for (const name of [...Object.keys(files), MANIFEST]) copyFileSync(join(folder, name), join(half, name))
  if (JOURNAL in files) settleCopy(join(half, JOURNAL), nowMs)
  renameSync(half, join(home, READY))
}

export function isRestoreReady(home: string): boolean {
  return existsSync(join(home, READY, MANIFEST))
}

/**
 * Puts what lies ready in the place of what is there; only for the owner of the home, while nothing in it is open. Answers with
 * the folder where the former files are kept, or undefined when nothing lay ready.
 */
export function applyRestore(home: string, nowMs: number): string | undefined {
  if (!isRestoreReady(home)) return undefined
  const ready = join(home, READY)
  const kept = join(home, `before-restore-${stamp(nowMs)}`)
  mkdirSync(kept, { recursive: true, mode: PRIVATE_FOLDER })
  for (const name of readdirSync(ready)) {
    if (name === MANIFEST) continue
    const beside = name === JOURNAL ? SIDE_FILES.map(suffix => `${name}${suffix}`) : []
    for (const old of [name, ...beside]) if (existsSync(join(home, old))) renameSync(join(home, old), join(kept, old))
    renameSync(join(ready, name), join(home, name))
  }
  // Last of all: until then a start would go on here.
  rmSync(ready, { recursive: true })
  return kept
}

/** `2026-01-31T12-05-09`: a name for a folder. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(':', '-')
}
