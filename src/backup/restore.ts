/**
 * Takes a backup back in two steps: it is checked and laid ready beside the home's files, and put in their place by whoever owns
 * the home, before anything is opened. A crash between the two, or in the second, is taken up by the next start.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkCopy, copyJournal, settleCopy } from '../journal/file/copy.ts'
import { inspectJournal } from '../journal/file/inspect.ts'
import { HeraldError } from '../lib/errors.ts'
import { MANIFEST, readBackup } from './manifest.ts'

const READY = 'restore'
const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const JOURNAL = 'journal.sqlite'
/** What SQLite keeps beside a journal; with another journal it would be poison. */
const SIDE_FILES = ['-wal', '-shm']

/** Something that can be taken back, as it was found. */
export interface Backup {
  /** For people: when it was made, and by which Herald. */
  readonly origin: string
  /** Where each file of the home comes from. */
  readonly files: Readonly<Record<string, string>>
}

/** Checks a folder that `makeBackup` made, or a journal alone, such as the copy before a migration. Throws `HeraldError`. */
export function checkBackup(path: string): Backup {
  const backup = existsSync(path) && statSync(path).isFile() ? journalAlone(path) : ofFolder(path)
  const journal = backup.files[JOURNAL]
  if (journal === undefined) return backup
  const found = inspectJournal(journal)
  if (found.kind !== 'journal') throw new HeraldError('backup_broken', `${journal} is no journal of Herald`)
  if (found.schema > found.known) {
    const versions = `schema ${found.schema}, this one knows ${found.known}`
    throw new HeraldError('backup_newer', `${journal} is of a newer Herald (${versions}): upgrade Herald first`)
  }
  const verdict = checkCopy(journal)
  if (verdict !== 'ok') throw new HeraldError('backup_broken', `${journal} is damaged (${verdict})`)
  return backup
}

function ofFolder(folder: string): Backup {
  const { at, version, files } = readBackup(folder)
  const paths = Object.keys(files).map(name => [name, join(folder, name)])
  return { origin: `of ${at} (Herald ${version})`, files: Object.fromEntries(paths) }
}

function journalAlone(path: string): Backup {
  return { origin: `of ${statSync(path).mtime.toISOString()} (a journal alone)`, files: { [JOURNAL]: path } }
}

/** Lays a backup that was checked ready in the home. */
export function layReady(home: string, { origin, files }: Backup, nowMs: number): void {
  const half = join(home, `${READY}.half`)
  for (const old of [half, join(home, READY)]) rmSync(old, { recursive: true, force: true })
  mkdirSync(half, { mode: PRIVATE_FOLDER })
  for (const [name, path] of Object.entries(files)) {
    // Of a journal that somebody writes to, the file is not all.
    if (name === JOURNAL) copyJournal(path, join(half, name))
    else copyFileSync(path, join(half, name))
  }
  if (JOURNAL in files) settleCopy(join(half, JOURNAL), nowMs)
  writeFileSync(join(half, MANIFEST), JSON.stringify({ origin }), { mode: PRIVATE_FILE })
  renameSync(half, join(home, READY))
}

/**
 * Puts what lies ready in the place of what is there; only for the owner of the home, while nothing in it is open. Answers with
 * the folder where the former files are kept, or undefined when nothing lay ready.
 */
export function applyRestore(home: string, nowMs: number): string | undefined {
  const ready = join(home, READY)
  if (!existsSync(join(ready, MANIFEST))) return undefined
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
