/** What a backup says of itself, and whether it is whole. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HeraldError } from '../lib/errors.ts'
import { isRecord, parseJson } from '../lib/json.ts'

export const MANIFEST = 'backup.json'
/** What of a home is worth keeping. What people sent is fetched again or gone, and the rest is made anew. */
export const KEPT: readonly string[] = ['journal.sqlite', 'config.yaml', '.env', 'dashboard.key']

export interface Manifest {
  readonly kind: 'herald-backup'
  /** Of the Herald that made it. */
  readonly version: string
  /** ISO 8601. */
  readonly at: string
  /** SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>
}

export function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

const broken = (what: string): HeraldError => new HeraldError('backup_broken', what)

/** Throws `HeraldError` (`backup_broken`) for a folder that is no backup, or one that is not as it was made. */
export function readBackup(folder: string): Manifest {
  const path = join(folder, MANIFEST)
  const manifest = existsSync(path) ? parseJson(readFileSync(path, 'utf8')) : undefined
  if (!isManifest(manifest)) throw broken(`${folder} is no backup: it has no ${MANIFEST} that this Herald understands`)
  for (const [name, digest] of Object.entries(manifest.files)) {
    if (!KEPT.includes(name)) throw broken(`${folder} names ${name}, which is no part of a backup`)
    const file = join(folder, name)
    if (!existsSync(file)) throw broken(`${file} is missing`)
    if (digestOf(file) !== digest) throw broken(`${file} is not what was backed up: its checksum differs`)
  }
  return manifest
}

function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value) || value['kind'] !== 'herald-backup') return false
  const { files } = value
  const texts = typeof value['version'] === 'string' && typeof value['at'] === 'string'
  return texts && isRecord(files) && Object.values(files).every(digest => typeof digest === 'string')
}
