/** A journal as a file of its own, taken while another process writes to it. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { shellWord } from '../../lib/process/shell-word.ts'
import { MIGRATIONS } from './schema.ts'

const PRIVATE_FILE = 0o600
const BUSY_MS = 5_000

/** One moment of the journal at `path`, whole; what stands at `target` goes. Throws what SQLite or the disk says. */
export function copyJournal(path: string, target: string): void {
  const source = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
  try {
    rmSync(target, { force: true })
    // Made before, so that it is never open to others; SQLite fills an empty file.
    closeSync(openSync(target, 'wx', PRIVATE_FILE))
    source.prepare('VACUUM INTO ?').run(target)
  } finally {
    source.close()
  }
  const file = openSync(target, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Where a journal is kept as it was before a newer Herald took it beyond that schema. */
export function copyOfSchema(path: string, schema: number): string {
  return `${path}.schema-${schema}`
}

/** What can be done with a journal that is too new for this Herald, other than to upgrade. */
export function wayBack(path: string): string {
  const copy = copyOfSchema(path, MIGRATIONS.length)
  if (!existsSync(copy)) return 'use another home'
  const day = statSync(copy).mtime.toISOString().slice(0, 10)
  return `go back to the copy that was kept on ${day}: \`herald restore ${shellWord(copy)} --yes\``
}

/** Whether SQLite finds it whole; else what it finds. */
export function checkCopy(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
  try {
    return String(Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0])
  } finally {
    database.close()
  }
}

const FROM_A_BACKUP = 'it was open when the backup was made; it may have been answered since'

/**
 * Makes a copy fit to be used after things have gone on: what was open in it may have been answered or shown since, so it is put
 * into the dead list and not done again; and the platform is not asked to repeat what came after it.
 */
export function settleCopy(path: string, nowMs: number): void {
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    database.exec('BEGIN IMMEDIATE')
    database.exec('DELETE FROM cursor')
    const now = Math.round(nowMs)
    database
      .prepare(
        `UPDATE inbox SET state = 'ended', "end" = 'dead: stale', detail = ?, listed = 1, ended_at_ms = ? WHERE state <> 'ended'`,
      )
      .run(FROM_A_BACKUP, now)
    database
      .prepare(
        `UPDATE outbox SET state = 'unknown', in_doubt = 1, since_ms = ?, settled_at_ms = ?
         WHERE state IN ('pending', 'sending', 'held')`,
      )
      .run(now, now)
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}
