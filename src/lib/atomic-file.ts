import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

const PRIVATE_FILE = 0o600

/**
 * Replaces a file in one step: whoever reads sees the old text or the new one, also after a loss of power. `suffix` names
 * the half-written file beside it; two writers of one file must not share it.
 */
export function replaceFileSync(path: string, suffix: string, text: string): void {
  const half = `${path}.${suffix}`
  const file = openSync(half, 'w', PRIVATE_FILE)
  try {
    // One `writeSync` may take a part of it and say so, such as when the disk fills up in the middle.
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(half, path)
}

/**
 * The same without holding up the event loop for the disk. `still` is asked at the last moment, in the same turn as the
 * rename, so that a later synchronous replacement can never be undone by an earlier slow one. Resolves with its answer.
 */
export async function replaceFile(path: string, suffix: string, text: string, still: () => boolean): Promise<boolean> {
  const half = `${path}.${suffix}`
  const file = await open(half, 'w', PRIVATE_FILE)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  if (!still()) {
    rmSync(half, { force: true })
    return false
  }
  renameSync(half, path)
  return true
}
