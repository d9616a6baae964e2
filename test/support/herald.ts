/** Herald as a process of its own, started as a person or a supervisor starts it, and watched from outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { STATE_FILE_NAME } from '../../src/gateway/status/state-file.ts'
import type { AccountStatus, StatusDocument } from '../../src/gateway/status/status-document.ts'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { type CleanUp, cleanUp } from './clean-up.ts'
import { eventually } from './eventually.ts'

export const ROOT = resolve(import.meta.dirname, '../..')
/** The launcher of a checkout: runs the sources. */
export const SOURCES: readonly string[] = [join(ROOT, 'bin/herald')]
/** What a published package runs. */
export const BUILD: readonly string[] = [join(ROOT, 'bin/run-node'), join(ROOT, 'dist/cli/herald.js')]

/** Settings and credentials of whoever runs the tests must not reach the program under test. */
export function cleanEnvironment(over: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const foreign = /^(QQ_|OPENAI_|HERALD_|NODE_|npm_|SYSTEMD_|NOTIFY_|WATCHDOG_|INVOCATION_)/
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(kept), ...over }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** From the start of the process. */
  readonly afterMs: number
}

export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  stdout(): string
  stderr(): string
  readonly ended: Promise<Ended>
  readonly alive: boolean
  kill(signal: NodeJS.Signals): void
  /** Fails when it is not over in time. */
  end(boundMs: number): Promise<Ended>
}

export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** A command that runs the program, such as `setpriv`. */
  readonly through?: readonly string[]
}

/** Starts any command; it is ended with the test. */
export function startProcess(t: CleanUp, command: readonly string[], options: ProcessOptions = {}): Running {
  const [program = '', ...args] = [...(options.through ?? []), ...command]
  const startedMs = performance.now()
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(options.env),
    cwd: options.cwd ?? ROOT,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed)
    child.on('close', (code, signal) => done({ code, signal, afterMs: performance.now() - startedMs }))
  })
  const alive = (): boolean => child.exitCode === null && child.signalCode === null
  cleanUp(t, async () => {
    if (alive()) child.kill('SIGKILL')
    await ended
  })
  if (child.pid === undefined) throw new Error(`${program} could not be started`)
  return {
    child,
    pid: child.pid,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    get alive() {
      return alive()
    },
    kill: signal => void child.kill(signal),
    end: boundMs =>
      eventually(
        `the end of ${command.join(' ')}`,
        boundMs,
        async () => !alive() && (await ended),
        () => stderr,
      ),
  }
}

/** A change of an account's state, as the log tells it. `atMs` is epoch milliseconds. */
export interface Change {
  readonly atMs: number
  readonly account: string
  readonly from: string
  readonly to: string
  readonly code: string | null
}

export interface Herald extends Running {
  readonly home: string
  /** The state file now; undefined while there is none. */
  file(): StatusDocument | undefined
  account(name?: string): AccountStatus | undefined
  changes(account?: string): readonly Change[]
  /** Waits until the state file satisfies `wanted` for the account. */
  until(
    what: string,
    wanted: (account: AccountStatus) => boolean,
    boundMs?: number,
    name?: string,
  ): Promise<AccountStatus>
  connected(boundMs?: number, name?: string): Promise<AccountStatus>
  /** A call to its HTTP interface. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>
}

export interface HeraldOptions extends ProcessOptions {
  readonly program?: readonly string[]
  readonly args?: readonly string[]
}

const DEADLINE_MS = 20_000

export function startHerald(t: CleanUp, home: string, options: HeraldOptions = {}): Herald {
  const program = options.program ?? SOURCES
  const running = startProcess(t, [...program, 'run', '--home', home, ...(options.args ?? [])], options)
  const file = (): StatusDocument | undefined => readState(home)
  const account = (name = 'qqbot'): AccountStatus | undefined => {
    const document = file()
    return document?.pid === running.pid ? document.platforms[name] : undefined
  }
  const seen = (): string => `${JSON.stringify(file(), null, 1)}\n${running.stderr().split('\n').slice(-40).join('\n')}`
  const until: Herald['until'] = (what, wanted, boundMs = DEADLINE_MS, name = 'qqbot') =>
    eventually(
      `${name}: ${what}`,
      boundMs,
      () => {
        const now = account(name)
        return now !== undefined && wanted(now) && now
      },
      seen,
    )
  return {
    ...running,
    get alive() {
      return running.alive
    },
    home,
    file,
    account,
    changes: name => changesIn(running.stderr()).filter(change => name === undefined || change.account === name),
    until,
    connected: (boundMs, name) => until('connected', ({ state }) => state === 'connected', boundMs, name),
    async get(path) {
      const address = /127\.0\.0\.1:\d+/.exec(file()?.http ?? '')?.[0]
      if (address === undefined) throw new Error(`no HTTP interface: ${file()?.http}`)
      const answer = await fetch(`http://${address}${path}`)
      return { status: answer.status, text: await answer.text() }
    },
  }
}

/** The state file, also of a gateway that is no more. */
export function readState(home: string): StatusDocument | undefined {
  try {
    return JSON.parse(readFileSync(join(home, STATE_FILE_NAME), 'utf8'))
  } catch {
    return undefined
  }
}

/** What was written for people: everything but the JSON lines of the log. */
export function plainLines(log: string): string[] {
  return log.split('\n').filter(line => line !== '' && !line.startsWith('{'))
}

function changesIn(log: string): Change[] {
  return log.split('\n').flatMap(line => {
    const entry = parseJson(line)
    if (!isRecord(entry) || typeof entry['from'] !== 'string' || typeof entry['to'] !== 'string') return []
    const { account, from, to, code } = entry
    return [
      {
        atMs: Date.parse(String(entry['time'])),
        account: String(account),
        from,
        to,
        code: typeof code === 'string' ? code : null,
      },
    ]
  })
}
