/** The home folder: who can read it, whether there is room, and the journal in it. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { wayBack } from '../../journal/file/copy.ts'
import { inspectJournal } from '../../journal/file/inspect.ts'
import { JOURNAL_FILE_NAME } from '../../journal/journal.ts'
import { describeError } from '../../lib/errors.ts'
import { bad, doubt, type Finding, ok } from './check.ts'

const OTHERS = 0o077
const MIB = 1024 * 1024
const FULL_BYTES = 100 * MIB
const NEARLY_FULL_BYTES = 1024 * MIB
const NEARLY_NO_FILES = 1000

export function checkHome(home: string): readonly Finding[] {
  if (!existsSync(home)) return [doubt('home', `${home} does not exist yet`, '`herald setup` or `herald run` makes it')]
  if (!statSync(home).isDirectory())
    return [bad('home', `${home} is a file`, 'name a folder with --home or HERALD_HOME')]
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return [bad('home', describeError(error), handOver(home))]
  }
  // Behind a closed door it does not matter how open a file is.
  if (!isOpen(home)) return [ok('home', `${home}, closed to other users`)]
  const files = [join(home, '.env'), join(home, JOURNAL_FILE_NAME)].filter(file => existsSync(file))
  const open = [home, ...files.filter(isOpen)]
  return [bad('home', `other users can read ${open.join(', ')}`, `chmod go= ${open.join(' ')}`)]
}

const isOpen = (path: string): boolean => (statSync(path).mode & OTHERS) !== 0

export function checkDisk(home: string): Finding {
  const { bavail, bsize, ffree, files } = statfsSync(existsSync(home) ? home : '/')
  const free = bavail * bsize
  const found = `${Math.round(free / MIB)} MB free`
  const cure = 'make room: a full disk stops every account until it can write again'
  if (free < FULL_BYTES) return bad('disk', found, cure)
  if (files > 0 && ffree < NEARLY_NO_FILES) return bad('disk', `${found}, but room for ${ffree} more files only`, cure)
  return free < NEARLY_FULL_BYTES ? doubt('disk', found, cure) : ok('disk', found)
}

export function checkJournal(home: string): Finding {
  const path = join(home, JOURNAL_FILE_NAME)
  const its = inspectJournal(path)
  switch (its.kind) {
    case 'missing':
      // In a home that is closed to this user everything is missing.
      if (existsSync(home) && !mayUse(home))
        return doubt('journal', `this user may not look into ${home}`, handOver(home))
      return ok('journal', 'none yet')
    case 'foreign':
      return bad('journal', `${path} is the database of another program`, 'move it aside, or use another home')
    case 'unreadable':
      // What is whole and only closed to this user must not be moved away: messages wait in it.
      if (!isOurs(home, path)) return bad('journal', `this user may not read and write ${path}`, handOver(home))
      return bad('journal', `${path}: ${its.reason}`, '`herald restore DIR` takes a backup back; or move it aside')
    case 'journal': {
      const size = `${(its.bytes / MIB).toFixed(1)} MB`
      if (its.schema > its.known)
        return bad(
          'journal',
          `schema ${its.schema}, this Herald knows ${its.known}`,
          `upgrade Herald, or ${wayBack(path)}`,
        )
      if (its.schema < its.known)
        return doubt(
          'journal',
          `schema ${its.schema} of ${its.known}, ${size}`,
          'nothing: the next start brings it up to date, and keeps a copy',
        )
      return ok('journal', `schema ${its.schema}, ${size}`)
    }
  }
}

/** SQLite writes beside the journal, also to read it. */
function isOurs(home: string, path: string): boolean {
  return mayUse(home) && mayUse(path, constants.R_OK | constants.W_OK)
}

function mayUse(path: string, how = constants.R_OK | constants.W_OK | constants.X_OK): boolean {
  try {
    accessSync(path, how)
    return true
  } catch {
    return false
  }
}

function handOver(home: string): string {
  return `run it as the user that owns the folder, or give it to this one: chown -R $(id -u) ${home}`
}
