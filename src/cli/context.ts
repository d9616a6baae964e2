import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { type Clock, systemClock } from '../lib/clock.ts'
import { ConfigError, HeraldError } from '../lib/errors.ts'

/** What a command knows of the world it was called in. */
export interface Cli {
  /** An absolute path. */
  readonly home: string
  /** Whether a flag named it: then another command finds it by that alone. */
  readonly homeIsNamed: boolean
  /** An absolute path; undefined for the file in the home, which may be missing. */
  readonly configPath: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether stdout may be coloured. */
  readonly colour: boolean
  readonly clock: Clock
  /** Writes text and a line end to stdout. */
  print(text: string): void
}

/** Exit codes of the commands other than `run`, whose codes are in `gateway/process/exit.ts`. */
export const CODE = {
  ok: 0,
  /** Refused, not found, or (for `status`) not all connected. */
  no: 1,
  notRunning: 3,
  /** The gateway gave no usable answer. */
  unknown: 4,
  /** The command line itself is wrong (EX_USAGE). */
  usage: 64,
} as const

/** Ends a command with a line on stderr and this exit code. */
export class CommandError extends HeraldError {
  override readonly name = 'CommandError'
  readonly exitCode: number
  constructor(exitCode: number, message: string) {
    super('command_failed', message)
    this.exitCode = exitCode
  }
}

export interface CommonFlags {
  readonly home?: string
  readonly config?: string
}

export function createCli(flags: CommonFlags): Cli {
  const { env } = process
  const path = (given: string): string => resolve(given.replace(/^~(?=\/|$)/, userHome))
  const terminal = process.stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return {
    home: path(flags.home || env['HERALD_HOME'] || '~/.herald'),
    homeIsNamed: Boolean(flags.home),
    configPath: flags.config === undefined ? undefined : path(flags.config),
    env,
    colour: terminal,
    clock: systemClock,
    print: text => void process.stdout.write(`${text}\n`),
  }
}

/** A container may run us as a user that its system does not know. */
function userHome(): string {
  try {
    return homedir()
  } catch {
    throw new ConfigError('this user has no home folder; name one with --home or HERALD_HOME')
  }
}
