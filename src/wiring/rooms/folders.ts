import { mkdirSync } from 'node:fs'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'

/** The folder that programs of other people work in, for this user alone. One that cannot be made is known by their failure. */
export function makeFolder(path: string, log: Logger): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (thrown) {
    log.warn('the folder that programs work in cannot be made', { reason: describeError(thrown) })
  }
}
