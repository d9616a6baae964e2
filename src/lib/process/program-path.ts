import { accessSync, constants, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where a program is, for one that is started in the folder `cwd`; undefined when it cannot be run. */
export function programPath(program: string, path: string | undefined, cwd = '.'): string | undefined {
  const places = program.includes('/') ? [program] : (path ?? '').split(':').map(folder => join(folder, program))
  return isFolder(cwd) ? places.find(place => isProgram(resolve(cwd, place))) : undefined
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
