/** The program itself, as a person or a script starts it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'

export const HERALD = join(import.meta.dirname, '../../bin/herald')

export interface Said {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

export interface HeraldOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** A command that runs the program, such as `setpriv`. */
  readonly through?: readonly string[]
}

/** Starts it without the settings of whoever runs the tests. */
export function startHerald(
  t: CleanUp,
  args: readonly string[],
  { env = {}, through = [] }: HeraldOptions = {},
): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HERALD_|QQ_|OPENAI_|NO_COLOR$)/.test(name))
  const [command = HERALD, ...words] = [...through, HERALD, ...args]
  const child = spawn(command, words, { env: { ...Object.fromEntries(inherited), ...env } })
  cleanUp(t, () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  })
  return child
}

/** Runs it to its end. */
export async function herald(t: CleanUp, args: readonly string[], options: HeraldOptions = {}): Promise<Said> {
  const startedMs = performance.now()
  const child = startHerald(t, args, options)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  child.stdin.end()
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: performance.now() - startedMs }))
  })
}
