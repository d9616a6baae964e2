import { describeError, HeraldError, JournalUnwritableError } from '../../lib/errors.ts'

/** What a failure of SQLite says about the journal as a whole. */
export type SqliteFault = 'statement' | 'locked' | 'damaged' | 'foreign' | 'disk'

/** Result codes of the statement's own making: ERROR, CONSTRAINT, MISMATCH, MISUSE, RANGE, TOOBIG. */
const STATEMENT_CODES: ReadonlySet<number> = new Set([1, 18, 19, 20, 21, 25])
const BUSY = 5
const LOCKED = 6
const CORRUPT = 11
const NOT_A_DATABASE = 26

/** `undefined` for anything that SQLite did not throw. */
export function sqliteFault(thrown: unknown): SqliteFault | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return undefined
  const primary = thrown.errcode & 0xff
  if (STATEMENT_CODES.has(primary)) return 'statement'
  if (primary === BUSY || primary === LOCKED) return 'locked'
  if (primary === CORRUPT) return 'damaged'
  return primary === NOT_A_DATABASE ? 'foreign' : 'disk'
}

/** True when not one write but writing itself failed: trying the others alone would fail too. */
export function refusesAll(thrown: unknown): boolean {
  const fault = sqliteFault(thrown)
  return fault !== undefined && fault !== 'statement'
}

const CURES: Readonly<Record<SqliteFault, string>> = {
  statement: 'report it as a bug',
  locked: 'end the other program that holds it',
  damaged: 'stop Herald, move the file aside or restore a backup',
  foreign: 'stop Herald, move the file aside or restore a backup',
  disk: 'free space, and see that the disk is writable',
}

/** The error that callers meet when the disk refused; errors of Herald's own pass unchanged. */
export function toUnwritable(thrown: unknown, path: string): HeraldError {
  if (thrown instanceof HeraldError) return thrown
  const cure = CURES[sqliteFault(thrown) ?? 'disk']
  return new JournalUnwritableError(`journal ${path} cannot be used now (${describeError(thrown)}): ${cure}`, {
    hint: cure,
    cause: thrown,
  })
}
