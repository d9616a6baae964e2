import { existsSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Where systems and Homebrew keep a link to the version of a program that is the present one. */
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin']

/** The same program by a path that outlives its upgrades, where there is one: a service is started by it for years. */
export function stableProgram(path: string, folders: readonly string[] = FOLDERS): string {
  const links = folders.map(folder => join(folder, basename(path)))
  return links.find(link => existsSync(link) && realpathSync(link) === realpathSync(path)) ?? path
}
