import { spawnSync } from 'node:child_process'

/** Ends the script: the package is not as it should be. */
export function fail(reason: string): never {
  console.error(`package-check: ${reason}`)
  process.exit(1)
}

const LONGEST_STEP_MS = 120_000

export interface Step {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** What it is, for whoever reads of its failure. */
  readonly what: string
}

/** Runs one command to its end. Returns what it wrote to stdout; a failure ends the script with all that it said. */
export function capture(command: readonly string[], { cwd, env, what }: Step): string {
  const [program = '', ...args] = command
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: LONGEST_STEP_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error) fail(`${what}: ${error.message}`)
  if (status !== 0) fail(`${what} ended with ${status}\n${stdout}${stderr}`)
  return stdout
}
