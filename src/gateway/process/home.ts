import { accessSync, chmodSync, constants, mkdirSync, realpathSync, statSync } from 'node:fs'
import { ConfigError, describeError } from '../../lib/errors.ts'

const PRIVATE_FOLDER = 0o700
const OTHERS = 0o077

/**
 * Makes the home folder where it is missing, closes it to other users, and returns its real path. Throws `ConfigError`
 * when it cannot be used: no restart mends that.
 */
export function prepareHome(home: string): string {
  try {
    mkdirSync(home, { recursive: true, mode: PRIVATE_FOLDER })
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
    // Only the owner may change the mode; a folder of another user that we may write is left as it is.
    if ((statSync(home).mode & OTHERS) !== 0 && statSync(home).uid === process.getuid?.())
      chmodSync(home, PRIVATE_FOLDER)
    return realpathSync(home)
  } catch (cause) {
    throw new ConfigError(
      `home ${home} cannot be used (${describeError(cause)}): give this user a folder it can write, with --home or HERALD_HOME`,
    )
  }
}
