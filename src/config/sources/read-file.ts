import { open, stat } from 'node:fs/promises'
import { ConfigError } from '../../lib/errors.ts'

const LARGEST_BYTES = 1024 * 1024

/** The text of a settings file; undefined where there is none. Throws `ConfigError` for one that cannot be used. */
export async function readSettingsFile(path: string): Promise<string | undefined> {
  const bytes = await readBounded(path)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConfigError(`${path}: not UTF-8 text (byte ${goodBytes(bytes) + 1}); save the file as UTF-8`)
  }
}

async function readBounded(path: string): Promise<Buffer | undefined> {
  try {
    // Asked before it is opened: to open a pipe is to wait for its writer.
    const about = await stat(path)
    if (about.isDirectory()) throw new ConfigError(`${path}: a folder; name the file in it`)
    if (!about.isFile()) throw new ConfigError(`${path}: not a regular file; write the settings into one`)
    const file = await open(path, 'r')
    try {
      const buffer = Buffer.alloc(LARGEST_BYTES + 1)
      let filled = 0
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled)
        if (bytesRead === 0) return buffer.subarray(0, filled)
        filled += bytesRead
      }
      throw new ConfigError(`${path}: larger than 1 MB; that is no settings file, check the path`)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'ENOENT') return undefined
    const cure = code === 'EACCES' || code === 'EPERM' ? 'let this user read it' : 'check the path'
    throw new ConfigError(`${path}: cannot be read (${code}); ${cure}`)
  }
}

/** How many bytes at the beginning are whole characters. */
function goodBytes(bytes: Buffer): number {
  let good = 0
  let end = bytes.length
  while (good < end) {
    const middle = Math.ceil((good + end) / 2)
    if (wholeCharacters(bytes.subarray(0, middle)) !== undefined) good = middle
    else end = middle - 1
  }
  return Buffer.byteLength(wholeCharacters(bytes.subarray(0, good)) ?? '')
}

/** Without a character that is cut off at the end; undefined where another one is bad. */
function wholeCharacters(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true })
  } catch {
    return undefined
  }
}
