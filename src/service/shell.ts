import { execFile } from 'node:child_process'

/** How a program of the system ended, and what it said. */
export interface ShellAnswer {
  /** 127 where there is no such program, 124 where it was ended because it took too long. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of the operating system. Never throws. */
export type Shell = (program: string, ...args: string[]) => Promise<ShellAnswer>

const NOT_FOUND = 127
const TOO_LONG = 124
const BOUND_MS = 60_000

export function createShell(env: Readonly<Record<string, string | undefined>>, boundMs = BOUND_MS): Shell {
  return (program, ...args) =>
    new Promise(resolve => {
      execFile(program, args, { env, timeout: boundMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.killed ? TOO_LONG : codeOf(error)
        resolve({ code, stdout, stderr: stderr.trim() })
      })
    })
}

function codeOf(error: { readonly code?: unknown }): number {
  if (error.code === 'ENOENT') return NOT_FOUND
  return typeof error.code === 'number' ? error.code : 1
}
