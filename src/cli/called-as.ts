/** How this program can be called again from where somebody stands: a clone has no `herald` in the PATH. */
import { existsSync, realpathSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { shellWord } from '../lib/process/shell-word.ts'

type Env = Readonly<Record<string, string | undefined>>

const LAUNCHER = join(import.meta.dirname, '../../bin/herald')

/** What to write in the place of `herald` in a command for somebody to paste into the shell that this was started from. */
export function calledAs(env: Env, cwd: string, launcher = LAUNCHER): string {
  if (env['npm_command'] === 'exec') return 'npx herald'
  // Scripts of npm have a PATH and a folder of their own.
  const byNpm = env['npm_lifecycle_event'] !== undefined
  if (!byNpm && (env['PATH'] ?? '').split(':').some(folder => isSame(join(folder, 'herald'), launcher))) return 'herald'
  const path = relative((byNpm ? env['INIT_CWD'] : undefined) ?? cwd, launcher)
  if (path.startsWith('..') || isAbsolute(path)) return shellWord(launcher)
  return shellWord(path.includes('/') ? path : `./${path}`)
}

function isSame(path: string, other: string): boolean {
  return isAbsolute(path) && existsSync(path) && realpathSync(path) === realpathSync(other)
}
