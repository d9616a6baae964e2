import { describeError } from '../lib/errors.ts'
import { loadLate } from '../lib/process/late-code.ts'
import type { LineStream } from './log.ts'

export interface LogFileSettings {
  /** The whole path. */
  readonly path: string
  readonly maxMiB: number
  /** Older files that are kept beside it: `<path>.1` is the newest of them. */
  readonly keep: number
}

export interface LogFile extends LineStream {
  /** Resolves when all that was written is in the file. */
  close(): Promise<void>
}

/**
 * A log that turns itself over by size. Never throws: a log that cannot be written must not keep a gateway down. `onTrouble` is
 * told once for each trouble, and then lines are dropped until the file can be written.
 */
export async function openLogFile(settings: LogFileSettings, onTrouble: (trouble: string) => void): Promise<LogFile> {
  const { path, maxMiB, keep } = settings
  const rotating = await loadLate(() => import('rotating-file-stream')).catch((thrown: unknown) => {
    onTrouble(`${path}: ${describeError(thrown)}`)
  })
  if (!rotating) return { write() {}, close: () => Promise.resolve() }
  const stream = rotating.createStream(path, { size: `${maxMiB}M`, rotate: keep, mode: 0o600 })
  let told: string | undefined
  const tell = (error: unknown): void => {
    const trouble = `${path}: ${describeError(error)}`
    if (trouble !== told) onTrouble(trouble)
    told = trouble
  }
  stream.on('error', tell)
  stream.on('warning', tell)
  return {
    write(line) {
      if (!stream.destroyed && !stream.writableEnded) stream.write(line)
    },
    close: () => new Promise(resolve => (stream.destroyed ? resolve() : stream.end(() => resolve()))),
  }
}
