import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describeError, HeraldError } from '../../../lib/errors.ts'
import { isRecord, parseJson } from '../../../lib/json.ts'
import type { ClaimOutcome, LockOwner } from './lock.ts'

const BUSY = 5
const PRIVATE_FILE = 0o600

/** A claim must outlive a caller that forgets it: a database that nobody refers to is closed, and its lock gone. */
const held = new Set<DatabaseSync>()

/**
 * Claims `<folder>/<name>.lock` on systems without abstract sockets: an empty database under an exclusive transaction that
 * never writes. The lock belongs to the process and dies with it; the file may stay. Beside it lies who holds it.
 */
export function claimFile(folder: string, name: string, mine: LockOwner): ClaimOutcome {
  const path = join(folder, `${name}.lock`)
  const ownerPath = `${path}.owner`
  const database = lockedDatabase(path)
  if (!database) return { owner: readOwner(ownerPath) }
  held.add(database)
  writeFileSync(ownerPath, JSON.stringify(mine), { mode: PRIVATE_FILE })
  return {
    lock: {
      release() {
        rmSync(ownerPath, { force: true })
        held.delete(database)
        database.close()
        return Promise.resolve()
      },
    },
  }
}

/** Undefined when another process holds the lock. */
function lockedDatabase(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database
  } catch (cause) {
    database?.close()
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === BUSY) return undefined
    throw new HeraldError('lock_unusable', `the lock ${path} cannot be used: ${describeError(cause)}`)
  }
}

function readOwner(path: string): LockOwner {
  let owner: unknown
  try {
    owner = parseJson(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
  if (!isRecord(owner)) return {}
  const { pid, home } = owner
  return {
    ...(typeof pid === 'number' ? { pid } : {}),
    ...(typeof home === 'string' ? { home } : {}),
  }
}
