/**
 * A real `systemd --user` for tests: a child of the test with folders of its own, gone with it. Units get real READY,
 * WATCHDOG, Restart= and exit codes. Where it cannot run, `cannotRunSystemd` says why, for `{ skip }`.
 */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { claimBot, OwnedElsewhereError } from '../../src/gateway/process/locks/instance-lock.ts'
import type { InstanceLock } from '../../src/gateway/process/locks/lock.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { type CleanUp, cleanUp } from './clean-up.ts'

const MANAGER = '/lib/systemd/systemd'
/** systemd asks for this folder to know whether it was what started the machine. */
const BOOTED_MARK = '/run/systemd/system'
const START_MS = 15_000
const STOP_MS = 20_000

export interface UnitFacts {
  /** `active`, `activating`, `failed`, `inactive` … */
  readonly activeState: string
  readonly subState: string
  /** `success`, `exit-code`, `watchdog`, `timeout` … */
  readonly result: string
  /** How often systemd has started it again. */
  readonly restarts: number
  readonly mainPid: number
  /** How the last main process ended: its exit code, or the number of the signal. */
  readonly exitStatus: number
  readonly statusText: string
  /** 0 until the first WATCHDOG=1; then it grows with each (microseconds). */
  readonly watchdogAt: number
}

export interface UserManager {
  /** The environment of `systemctl --user` for this manager. */
  readonly env: NodeJS.ProcessEnv
  /** Writes the unit and loads it. What it prints is collected (see `output`); `extra` are more lines of its [Service]. */
  install(unit: string, text: string, extra?: readonly string[]): Promise<void>
  /** Returns when the unit is up (READY=1 for Type=notify). Throws with what it printed when it is not. */
  start(unit: string): Promise<void>
  /** Starts it and does not wait. */
  startNoBlock(unit: string): Promise<void>
  stop(unit: string): Promise<void>
  reload(unit: string): Promise<void>
  facts(unit: string): Promise<UnitFacts>
  /** Asks again and again until `wanted` holds; fails with the last facts and what the unit printed. */
  waitFor(unit: string, what: string, wanted: (facts: UnitFacts) => boolean, timeoutMs: number): Promise<UnitFacts>
  /** All that the unit wrote to stdout and stderr, over all its starts. */
  output(unit: string): string
}

/** Undefined where a manager can be started. */
export function cannotRunSystemd(): string | undefined {
  if (!existsSync(MANAGER)) return `no systemd on this machine (${MANAGER})`
  if (spawnSync('systemctl', ['--version']).status !== 0) return 'no systemctl on this machine'
  if (existsSync(BOOTED_MARK)) return undefined
  try {
    accessSync('/run', constants.W_OK)
    return undefined
  } catch {
    return `the machine was not started by systemd, and ${BOOTED_MARK} cannot be made`
  }
}

/**
 * A manager for tests of `herald install`, whose unit has one name for all: managers that run side by side may share their
 * control groups, and each would end the other's. So there is one at a time on this machine.
 */
export async function startManagerForInstall(t: CleanUp): Promise<UserManager> {
  const turn = await turnOf('herald.service')
  cleanUp(t, () => turn.release())
  return startUserManager(t)
}

/** Starts a manager that ends, with all its units, when the test does. */
export async function startUserManager(t: CleanUp): Promise<UserManager> {
  // Short: the path of its notify socket has to fit into the kernel's 108 bytes.
  const folder = mkdtempSync('/tmp/herald-systemd-')
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const runtime = join(folder, 'run')
  const units = join(folder, 'home/.config/systemd/user')
  mkdirSync(runtime, { mode: 0o700 })
  mkdirSync(units, { recursive: true })
  chmodSync(folder, 0o700)
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: '',
  }
  const installed = new Set<string>()
  const systemctl = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('systemctl', ['--user', ...args], { env, timeout: 60_000 })
    return stdout
  }
  const outputPath = (unit: string): string => join(folder, `${unit}.out`)
  const output = (unit: string): string => (existsSync(outputPath(unit)) ? readFileSync(outputPath(unit), 'utf8') : '')

  const facts = async (unit: string): Promise<UnitFacts> => {
    const text = await systemctl('show', unit)
    const of = (name: string): string => text.match(new RegExp(`^${name}=(.*)$`, 'm'))?.[1] ?? ''
    return {
      activeState: of('ActiveState'),
      subState: of('SubState'),
      result: of('Result'),
      restarts: Number(of('NRestarts')),
      mainPid: Number(of('MainPID')),
      exitStatus: Number(of('ExecMainStatus')),
      statusText: of('StatusText'),
      watchdogAt: Number(of('WatchdogTimestampMonotonic')),
    }
  }

  await runManager(t, env, async () => (await systemctl('show', '-p', 'Version')).includes('Version='))
  cleanUp(t, async () => {
    if (installed.size > 0) await systemctl('stop', ...installed)
  })

  return {
    env,
    output,
    facts,
    async install(unit, text, extra = []) {
      const lines = [`StandardOutput=append:${outputPath(unit)}`, 'StandardError=inherit', 'LimitCORE=0', ...extra]
      await writeFile(join(units, unit), text)
      mkdirSync(join(units, `${unit}.d`), { recursive: true })
      await writeFile(join(units, `${unit}.d`, 'test.conf'), `[Service]\n${lines.join('\n')}\n`)
      await systemctl('daemon-reload')
      installed.add(unit)
    },
    async start(unit) {
      await systemctl('start', unit).catch(error => {
        throw new Error(`${unit} did not start: ${String(error)}\n${output(unit)}`)
      })
    },
    startNoBlock: async unit => void (await systemctl('start', '--no-block', unit)),
    stop: async unit => void (await systemctl('stop', unit)),
    reload: async unit => void (await systemctl('reload', unit)),
    async waitFor(unit, what, wanted, timeoutMs) {
      const endMs = performance.now() + timeoutMs
      for (;;) {
        const now = await facts(unit)
        if (wanted(now)) return now
        if (performance.now() > endMs)
          throw new Error(`waited ${timeoutMs} ms in vain for ${what}: ${JSON.stringify(now)}\n${output(unit)}`)
        await delay(50)
      }
    },
  }
}

/** Starts the manager itself, waits until it answers, and sees to it that it is gone after the test. */
async function runManager(t: CleanUp, env: NodeJS.ProcessEnv, answers: () => Promise<boolean>): Promise<void> {
  const turn = await turnOf('a systemd is starting')
  const made = mkdirSync(BOOTED_MARK, { recursive: true }) !== undefined
  try {
    // The kernel ends the manager, and the manager its units, also when the test itself is killed.
    const manager = spawn('setpriv', ['--pdeathsig', 'TERM', MANAGER, '--user', '--log-target=null'], {
      env,
      stdio: 'ignore',
    })
    const gone = new Promise<void>(resolve => manager.on('exit', () => resolve()))
    cleanUp(t, async () => {
      manager.kill('SIGTERM')
      const cancel = systemClock.after(STOP_MS, () => manager.kill('SIGKILL'))
      await gone
      cancel()
    })
    const endMs = performance.now() + START_MS
    while (!(await answers().catch(() => false))) {
      if (manager.exitCode !== null) throw new Error(`systemd --user ended with ${manager.exitCode}`)
      if (performance.now() > endMs) throw new Error('systemd --user did not answer')
      await delay(50)
    }
  } finally {
    if (made) await rmdir(BOOTED_MARK)
    await turn.release()
  }
}

/** One at a time on this machine. A manager that is being started, for one, may have to make the same folder for a moment. */
async function turnOf(what: string): Promise<InstanceLock> {
  const options = { clock: systemClock, pid: process.pid, home: 'a test', platform: process.platform }
  for (;;) {
    try {
      return await claimBot(`herald test: ${what}`, options)
    } catch (error) {
      if (!(error instanceof OwnedElsewhereError)) throw error
      await delay(100)
    }
  }
}
