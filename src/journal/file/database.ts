import { accessSync, chmodSync, closeSync, constants, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { describeError, HeraldError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { type Connection, connect } from './connection.ts'
import { copyJournal, copyOfSchema, wayBack } from './copy.ts'
import { JournalOpenError } from './open-error.ts'
import { APPLICATION_ID, MIGRATIONS, migrate } from './schema.ts'
import { sqliteFault, toUnwritable } from './sqlite-errors.ts'

/** The file of the journal, opened when it can be. */
export interface Database {
  readonly path: string
  /** The open connection; opens it anew where that failed before. Throws `JournalUnwritableError` or `JournalOpenError`. */
  connect(): Connection
  /** Closes a connection that cannot be trusted any more; the next `connect` opens another. */
  discard(): void
  close(): void
}

type Patiently = (work: () => void) => void

const IN_MEMORY = ':memory:'

/** At the start another program may be about to finish; later the event loop must not stand still for it. */
const BUSY_AT_OPEN_MS = 2000
const BUSY_MS = 250
/** A whole check reads a file at about 1 GB/s; above this it would hold up the start. */
const CHECKED_UP_TO_BYTES = 64 * 1024 * 1024

/** Many: emptied in the middle of a commit, the log holds one message up; of a few hundred that may be one, not of a hundred. */
const LOG_PAGES = 8000
/** With its header, and some room. */
const PAGE_OF_LOG_BYTES = 4200

/** What the file system says when the disk, not the configuration, is at fault; it may say otherwise later. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'EBUSY'])

/**
 * Throws `JournalOpenError` where no waiting helps. Where the disk is full or read-only just now, it comes up closed, says
 * so in the log, and opens as soon as somebody asks and the disk allows it; `patiently` then carries out what may take long.
 */
export function openDatabase(
  path: string,
  log: Logger,
  onOpen: (connection: Connection) => void,
  patiently: Patiently = work => work(),
): Database {
  let connection: Connection | undefined
  const open = (busyMs: number, migrating: Patiently): Connection => {
    connection = openConnection(path, busyMs, onOpen, migrating)
    return connection
  }
  const shut = (): void => {
    const closing = connection
    connection = undefined
    closing?.close()
  }

  try {
    // Whoever starts us is patient.
    open(BUSY_AT_OPEN_MS, work => work())
  } catch (thrown) {
    const failure = toOpenError(thrown, path)
    if (failure instanceof JournalOpenError) throw failure
    log.error('the journal cannot be opened yet', { reason: failure.message })
  }

  return {
    path,
    connect() {
      if (connection) return connection
      try {
        return open(BUSY_MS, patiently)
      } catch (thrown) {
        const failure = toOpenError(thrown, path)
        // At the start a lock is the business of whoever starts us; later it is one more reason not to write now.
        throw failure.code === 'journal_locked' ? toUnwritable(thrown, path) : failure
      }
    },
    discard() {
      try {
        shut()
      } catch (thrown) {
        log.error('the journal could not be closed', { reason: describeError(thrown) })
      }
    },
    close: shut,
  }
}

function openConnection(
  path: string,
  busyMs: number,
  onOpen: (connection: Connection) => void,
  migrating: Patiently,
): Connection {
  if (path !== IN_MEMORY) prepareFile(path)
  const connection = connect(path, busyMs)
  try {
    refuseForeign(connection, path)
    checkWhole(connection, path)
    // Before the first table, or it has no effect; an existing journal keeps what it has.
    connection.exec('PRAGMA auto_vacuum = INCREMENTAL')
    connection.exec('PRAGMA journal_mode = WAL')
    connection.exec('PRAGMA synchronous = FULL')
    // `checkpoints.ts` empties the log in pauses; where there is none, SQLite does it in the commit that fills these pages.
    connection.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`)
    // So that a burst does not leave a longer log behind for good; a full one stays, for rewriting it is faster than growing it.
    connection.exec(`PRAGMA journal_size_limit = ${LOG_PAGES * PAGE_OF_LOG_BYTES}`)
    connection.exec('PRAGMA temp_store = MEMORY')
    if (connection.pragma('user_version') < MIGRATIONS.length)
      migrating(() => {
        keepBeforeMigration(connection, path)
        migrate(connection)
      })
    connection.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
    onOpen(connection)
    return connection
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

/** A copy of an older schema stays beside the journal, for whoever has to go back to the Herald before. */
function keepBeforeMigration(connection: Connection, path: string): void {
  const schema = connection.pragma('user_version')
  if (path === IN_MEMORY || schema === 0 || schema === MIGRATIONS.length) return
  copyJournal(path, copyOfSchema(path, schema))
}

/** Only the owner may read what people said. SQLite gives its side files the mode of the main file. */
function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK)
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
  // Not opened here: closing a second handle would let go of the locks that this process has on it.
  accessSync(path, constants.R_OK | constants.W_OK)
  const stats = statSync(path)
  if (!stats.isFile()) throw new Error('it is not a file')
  if ((stats.mode & 0o077) !== 0) chmodSync(path, 0o600)
}

function refuseForeign(connection: Connection, path: string): void {
  const schema = connection.pragma('user_version')
  const owner = connection.pragma('application_id')
  const tables = connection.get('SELECT count(*) AS n FROM sqlite_schema')?.['n']
  if (tables === 0 && schema === 0) return
  if (owner !== APPLICATION_ID) {
    const cure = 'move it aside, or use another home'
    throw new JournalOpenError('journal_foreign', `journal ${path} is the database of another program: ${cure}`, {
      hint: cure,
    })
  }
  if (schema > MIGRATIONS.length) {
    const cure = `upgrade Herald, or ${wayBack(path)}`
    const versions = `schema ${schema}, this one knows ${MIGRATIONS.length}`
    throw new JournalOpenError('journal_newer', `journal ${path} is of a newer Herald (${versions}): ${cure}`, {
      hint: cure,
    })
  }
}

function checkWhole(connection: Connection, path: string): void {
  if (path === IN_MEMORY || statSync(path).size > CHECKED_UP_TO_BYTES) return
  const [first] = connection.all('PRAGMA quick_check(1)')
  const verdict = String(Object.values(first ?? {})[0] ?? 'ok')
  if (verdict !== 'ok') throw damaged(path, verdict)
}

function damaged(path: string, reason: string, cause?: unknown): JournalOpenError {
  const cure = 'restore a backup, or move it aside and start with an empty one'
  const line = reason.replaceAll(/\s*\n\s*/g, ' ')
  return new JournalOpenError('journal_corrupt', `journal ${path} is damaged (${line}): ${cure}`, { hint: cure, cause })
}

function toOpenError(thrown: unknown, path: string): HeraldError {
  if (thrown instanceof HeraldError) return thrown
  const reason = describeError(thrown)
  const fault = sqliteFault(thrown)
  if (fault === 'damaged' || fault === 'foreign') return damaged(path, reason, thrown)
  if (fault === 'locked') {
    const cure = 'end the program that holds it, then start again'
    return new JournalOpenError('journal_locked', `journal ${path} is locked by another program: ${cure}`, {
      hint: cure,
      cause: thrown,
    })
  }
  const systemCode = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (fault === 'disk' || PASSING.has(systemCode)) return toUnwritable(thrown, path)
  const cure = 'make its folder and the file readable and writable for this user, or use another home'
  return new JournalOpenError('journal_unopenable', `journal ${path} cannot be opened (${reason}): ${cure}`, {
    hint: cure,
    cause: thrown,
  })
}
