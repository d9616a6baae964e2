/** Runs the steps of a script one after another in the checkout, and ends with the first failure. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '..')
const TOOLS = resolve(ROOT, 'node_modules/.bin')

/** The arguments of one command; a bare tool name is looked up among the project's packages. */
export function run(title: string, command: readonly string[]): void {
  console.error(`\n── ${title}`)
  const [program = '', ...args] = command
  const started = performance.now()
  const { status, signal, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${TOOLS}:${resolve(process.execPath, '..')}:${process.env['PATH'] ?? ''}` },
  })
  if (error) throw error
  if (status !== 0) {
    console.error(`── ${title}: failed (${signal ?? `exit ${status}`})`)
    process.exit(typeof status === 'number' && status > 0 ? status : 1)
  }
  console.error(`── ${title}: ok, ${((performance.now() - started) / 1000).toFixed(1)} s`)
}
