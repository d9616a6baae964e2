import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

export const CONTROL_SOCKET_NAME = 'herald.sock'

/** The kernel's limit is 108 bytes on Linux and 104 on macOS, the closing zero included. */
const LONGEST_PATH_BYTES = 103
/** Not the user's TMPDIR: that may be long itself. */
const SHORT_FOLDER = '/tmp/herald-sock-'

/** A spelling of `<home>/herald.sock` that is short enough for the kernel; `forget` once the socket is bound or connected. */
export interface SocketPath {
  readonly path: string
  forget(): void
}

/** Throws where a short link is needed and cannot be made. */
export function controlSocketPath(home: string): SocketPath {
  const direct = join(home, CONTROL_SOCKET_NAME)
  if (Buffer.byteLength(direct) <= LONGEST_PATH_BYTES) return { path: direct, forget: () => {} }
  const folder = mkdtempSync(SHORT_FOLDER)
  symlinkSync(home, join(folder, 'home'))
  return {
    path: join(folder, 'home', CONTROL_SOCKET_NAME),
    // Removes the link, never what it points at.
    forget: () => rmSync(folder, { recursive: true, force: true }),
  }
}
