/**
 * A program of somebody else's in a process group of its own. Whatever it starts ends with it, and all of it ends with this
 * process, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { type Clock, sleep } from '../clock.ts'
import type { Logger } from '../log.ts'
import { logLines } from './child-log.ts'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** The folder it works in; that of Herald without one. */
  readonly cwd?: string
  /** Beside what every program needs; nothing else of this process' environment reaches it. */
  readonly env: Readonly<Record<string, string>>
}

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last thing that it wrote to its stderr, for the log. */
  readonly lastWords: string
}

export interface Child {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  /** Never rejects. All that the program started is gone by then. */
  readonly ended: Promise<ChildEnd>
  readonly alive: boolean
  /** Asked to end, then, after `graceMs`, made to. Resolves with its end; what has not been read by then is lost. */
  stop(graceMs: number): Promise<ChildEnd>
}

/** What a shell ends with when there is no such program, or none that may be run. */
export const NOT_STARTED: ReadonlySet<number | null> = new Set([126, 127])

/**
 * The program takes the place of the shell. Beside it waits a process that reads from a pipe whose other end this process
 * holds: when that closes, even by a `kill -9`, the whole group is killed.
 */
const GUARDED = `
(trap "" TERM INT HUP; read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 &
exec "$@" 3<&-`

const NEEDED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'TERM']
/** What a program wrote before its end is read within this. */
const LAST_WORDS_MS = 500

export interface ChildWorld {
  readonly clock: Clock
  readonly log: Logger
  /** Of this process. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export function startChild(program: Program, world: ChildWorld): Child {
  const { command, args, cwd, env } = program
  const needed = NEEDED.flatMap(name => (world.env[name] === undefined ? [] : [[name, world.env[name]]]))
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', command, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(needed), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  // Where no file can be opened any more there is a child without pipes, and its error comes later: nobody else would hear it.
  child.on('error', () => {})
  const { stdin, stdout, stderr } = child
  if (!stdin || !stdout || !stderr) throw new Error('no program can be started: too many files are open')
  const words = logLines(stderr, world)
  // A program that does not read, or ends first, is known by its end.
  for (const stream of child.stdio) stream?.on('error', () => {})
  let over = false
  const closed = once(child, 'close').catch(() => {})
  const ended = endOf(child).then(async end => {
    over = true
    killGroup(child, 'SIGKILL')
    child.stdio[3]?.destroy()
    const read = new AbortController()
    await Promise.race([closed, sleep(world.clock, LAST_WORDS_MS, read.signal).catch(() => {})])
    read.abort()
    return { ...end, lastWords: words() }
  })
  return {
    pid: child.pid ?? 0,
    stdin,
    stdout,
    ended,
    get alive() {
      return !over
    },
    async stop(graceMs) {
      if (!over) killGroup(child, 'SIGTERM')
      const grace = new AbortController()
      const patience = sleep(world.clock, graceMs, grace.signal).then(
        () => killGroup(child, 'SIGKILL'),
        () => {},
      )
      const end = await ended
      grace.abort()
      await patience
      // What left the group may hold the other ends for ever; whoever still reads is told that nothing more comes.
      for (const stream of child.stdio) stream?.destroy()
      return end
    },
  }
}

async function endOf(child: ChildProcess): Promise<Omit<ChildEnd, 'lastWords'>> {
  try {
    const [code, signal] = await once(child, 'exit')
    return { code, signal }
  } catch {
    // Not even the shell began: its folder is missing.
    return { code: 127, signal: null }
  }
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of it is left.
  }
}
