/** Which files of this machine may be sent: whole files inside of the allowed folders that no link leads to. */
import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { describeError } from '../lib/errors.ts'
import { MediaError } from './media-error.ts'

export interface AllowedFile {
  /** Its real path. */
  readonly path: string
  readonly handle: FileHandle
  readonly sizeBytes: number
}

/** Opened, and then looked at: whatever the path leads to by now, this is the file that was checked. Throws `MediaError`. */
export async function openAllowed(given: string, folders: readonly string[]): Promise<AllowedFile> {
  const path = await realPathIn(given, folders)
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (thrown: unknown) => {
      throw gone(thrown)
    },
  )
  try {
    const [opened, named] = await Promise.all([handle.stat(), stat(path)])
    if (!opened.isFile()) throw refused('it is not a file')
    if (opened.ino !== named.ino || opened.dev !== named.dev) throw refused('it was exchanged while it was opened')
    return { path, handle, sizeBytes: opened.size }
  } catch (thrown) {
    await handle.close()
    throw thrown instanceof MediaError ? thrown : gone(thrown)
  }
}

/** A relative path is one of the first folder. */
async function realPathIn(given: string, folders: readonly string[]): Promise<string> {
  if (given.includes('\0')) throw refused('it is no path')
  for (const folder of folders) {
    const root = await realpath(folder).catch(() => undefined)
    if (root === undefined) continue
    const inside = isAbsolute(given) ? (within(folder, given) ?? within(root, given)) : within(root, join(root, given))
    if (inside === undefined) continue
    const wanted = join(root, inside)
    const real = await realpath(wanted).catch((thrown: unknown) => {
      throw gone(thrown)
    })
    if (real !== wanted) throw refused('a link leads to it')
    return real
  }
  throw refused('it lies in none of the allowed folders')
}

/** The way from a folder to something below it. */
function within(folder: string, path: string): string | undefined {
  const way = relative(resolve(folder), resolve(path))
  return way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? undefined : way
}

function refused(why: string): MediaError {
  return new MediaError('path_refused', why)
}

function gone(thrown: unknown): MediaError {
  return new MediaError('gone', describeError(thrown), { cause: thrown })
}
