/** The folder of what was fetched: never more in it than its quota, the oldest goes first. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { MediaError } from './media-error.ts'
import { safeName } from './names.ts'

export interface MediaStore {
  /** A place for one file; nothing is there yet. Throws what the disk throws. */
  begin(name: string): Promise<Entry>
}

/** A file that is being written. It counts from the first byte. */
export interface Entry {
  readonly path: string
  /** Makes room for so many more bytes. Throws `MediaError` where even an empty folder would not have it. */
  grow(bytes: number): void
  /** It is whole, and may be forgotten when its time comes. */
  keep(): void
  /** It is not wanted after all. */
  discard(): Promise<void>
}

export interface StoreOptions {
  readonly folder: string
  readonly quotaBytes: number
  readonly log: Logger
}

/** Of the start of a name, so that two files of one name are two. */
const RANDOM_BYTES = 6

export function createMediaStore({ folder, quotaBytes, log }: StoreOptions): MediaStore {
  /** Whole files, oldest first. */
  const kept = new Map<string, number>()
  let used = 0
  let opened: Promise<void> | undefined

  /** What former processes left behind, with their unfinished files. */
  const load = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const names = await readdir(folder)
    const found = await Promise.all(names.map(name => sizeAndAge(join(folder, name))))
    for (const file of found.filter(one => one !== undefined).sort((a, b) => a.atMs - b.atMs)) {
      kept.set(file.path, file.sizeBytes)
      used += file.sizeBytes
    }
  }
  const remove = (path: string): Promise<void> =>
    rm(path, { force: true }).catch((thrown: unknown) =>
      log.warn('a fetched file could not be removed', { reason: describeError(thrown) }),
    )
  const makeRoom = (): void => {
    for (const [path, sizeBytes] of kept) {
      if (used <= quotaBytes) return
      kept.delete(path)
      used -= sizeBytes
      void remove(path)
    }
  }

  return {
    async begin(name) {
      opened ??= load().catch((thrown: unknown) => {
        opened = undefined
        throw thrown
      })
      await opened
      const path = join(folder, `${randomBytes(RANDOM_BYTES).toString('hex')}-${safeName(name)}`)
      let sizeBytes = 0
      return {
        path,
        grow(bytes) {
          sizeBytes += bytes
          used += bytes
          makeRoom()
          if (used > quotaBytes) throw new MediaError('no_room', `the folder of media has room for ${quotaBytes} bytes`)
        },
        keep() {
          kept.set(path, sizeBytes)
        },
        async discard() {
          used -= sizeBytes
          sizeBytes = 0
          await remove(path)
        },
      }
    },
  }
}

async function sizeAndAge(path: string) {
  try {
    const stats = await stat(path)
    return stats.isFile() ? { path, sizeBytes: stats.size, atMs: stats.mtimeMs } : undefined
  } catch {
    return undefined
  }
}
