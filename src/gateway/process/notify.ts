import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import type { Cancel, Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'

/** What systemd hands to a service in its environment, and this process's own number. */
export interface NotifyEnvironment {
  /** NOTIFY_SOCKET; without it every call does nothing. */
  readonly socket: string | undefined
  /** WATCHDOG_USEC: systemd kills the service after this long without a sign of life. */
  readonly watchdogUsec: string | undefined
  /** WATCHDOG_PID: for whom the watchdog is meant; another pid means that we have only inherited the variables. */
  readonly watchdogPid: string | undefined
  readonly pid: number
  /** PATH, to find `systemd-notify`. */
  readonly path: string | undefined
}

export interface NotifierOptions {
  readonly environment: NotifyEnvironment
  readonly clock: Clock
  readonly log: Logger
  /** The program that speaks to systemd; Node has no Unix datagram sockets. */
  readonly command?: string
}

/** Speaks to systemd (sd_notify). Calls but `patiently` return at once; one short-lived child at a time carries the words over. */
export interface Notifier {
  /** False without NOTIFY_SOCKET. */
  readonly enabled: boolean
  ready(status: string): void
  /** One line of truth for `systemctl status`. At most one a second goes out, the newest. */
  status(line: string): void
  /** From now on a sign of life goes out at half of the watchdog's time, for as long as `healthy()` says so. */
  watch(healthy: () => boolean): void
  /** No sign of life can go out while this works: its watchdog gives it so long, and afterwards what it gave before. */
  patiently(boundMs: number, work: () => void): void
  /** While draining: systemd waits this much longer from now on. */
  extendTimeout(usec: number): void
  stopping(status: string): void
  /** Resolves when the last words are out, or after 2 s; then no timer and no child is left. */
  close(): Promise<void>
}

/** systemd-notify waits up to 5 s for systemd to have taken the message; more than that means that it hangs. */
const CHILD_TIMEOUT_MS = 6000
/** The event loop stands still for this one. */
const PATIENCE_CHILD_MS = 2000
const STATUS_PAUSE_MS = 1000
const RETRY_MS = 1000
const LAST_WORDS_MS = 2000
const LONGEST_STATUS = 500
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

/** Words that wait, by their name: a newer one replaces an older one, so the queue never grows. */
type Words = Map<string, string>

export function createNotifier(options: NotifierOptions): Notifier {
  const { clock, log, environment } = options
  const { socket } = environment
  const command = options.command ?? 'systemd-notify'
  const waiting: Words = new Map()
  let enabled = socket !== undefined && socket !== ''
  let closed = false
  let failing = false
  let lastStatus: string | undefined
  let statusNotBeforeMs = Number.NEGATIVE_INFINITY
  let endChild: (() => void) | undefined
  let cancelSend: Cancel = () => {}
  let cancelWatch: Cancel = () => {}
  let onQuiet = (): void => {}

  const say = (words: Readonly<Record<string, string>>): void => {
    if (!enabled || closed) return
    for (const [name, value] of Object.entries(words)) waiting.set(name, value)
    send()
  }

  /** Carries all waiting words over in one child, unless one is under way or they have to wait. */
  const send = (): void => {
    if (endChild || waiting.size === 0) return
    const onlyStatus = waiting.size === 1 && waiting.has('STATUS')
    const pauseMs = onlyStatus && !closed ? statusNotBeforeMs - clock.monotonicMs() : 0
    cancelSend()
    if (pauseMs > 0) {
      cancelSend = clock.after(pauseMs, send)
      return
    }
    const words = new Map(waiting)
    waiting.clear()
    if (words.has('STATUS')) statusNotBeforeMs = clock.monotonicMs() + STATUS_PAUSE_MS
    endChild = carry(words, trouble => {
      endChild = undefined
      if (trouble === undefined) failing = false
      else failed(words, trouble)
      if (failing && waiting.size > 0) cancelSend = clock.after(RETRY_MS, send)
      else send()
      if (!endChild && waiting.size === 0) onQuiet()
    })
  }

  const failed = (words: Words, trouble: string): void => {
    if (!enabled) {
      waiting.clear()
      return
    }
    if (!failing) log.warn('systemd could not be told', { trouble })
    failing = true
    // A sign of life belongs to its moment; all else is still true, unless something newer waits already.
    words.delete('WATCHDOG')
    for (const [name, value] of words) if (!waiting.has(name)) waiting.set(name, value)
  }

  const childEnv = () => ({ NOTIFY_SOCKET: socket, PATH: environment.path ?? DEFAULT_PATH })

  /** Starts the child and returns how to end it; `ended` is called exactly once. */
  const carry = (words: Words, ended: (trouble: string | undefined) => void): (() => void) => {
    const spoken = [...words].map(([name, value]) => `${name}=${value}`)
    let child: ChildProcess
    try {
      child = spawn(command, spoken, { stdio: 'ignore', env: childEnv() })
    } catch (thrown) {
      // Most of what the system refuses comes as an event; for want of memory it is thrown.
      const cancel = clock.after(0, () => ended(describeError(thrown)))
      return () => {
        cancel()
        ended('closed')
      }
    }
    let settled = false
    const settle = (trouble: string | undefined): void => {
      if (settled) return
      settled = true
      cancelTimeout()
      ended(trouble)
    }
    const cancelTimeout = clock.after(CHILD_TIMEOUT_MS, () => {
      child.kill('SIGKILL')
      settle(`${command} hung for ${CHILD_TIMEOUT_MS / 1000} s`)
    })
    child.on('error', error => {
      if ('code' in error && error.code === 'ENOENT') {
        enabled = false
        cancelWatch()
        log.warn(`${command} is not installed: systemd hears nothing from this process`, {
          hint: 'install the systemd package, or run the service with Type=exec and without WatchdogSec',
        })
      }
      settle(describeError(error))
    })
    child.on('exit', (code, signal) => settle(code === 0 ? undefined : `${command} ended with ${code ?? signal}`))
    return () => {
      child.kill('SIGKILL')
      settle('closed')
    }
  }

  return {
    get enabled() {
      return enabled
    },
    ready(status) {
      lastStatus = oneLine(status)
      say({ READY: '1', STATUS: lastStatus })
    },
    status(line) {
      const next = oneLine(line)
      if (next === lastStatus) return
      lastStatus = next
      say({ STATUS: next })
    },
    watch(healthy) {
      const periodMs = watchdogPeriodMs(environment)
      if (!enabled || periodMs === undefined) return
      let wasHealthy = true
      const beat = (): void => {
        cancelWatch = clock.after(periodMs, beat)
        const trouble = troubleOf(healthy)
        if (trouble === undefined) say({ WATCHDOG: '1' })
        else if (wasHealthy) log.error('no sign of life for systemd any more', { trouble })
        wasHealthy = trouble === undefined
      }
      cancelWatch()
      beat()
    },
    patiently(boundMs, work) {
      if (!enabled || closed || watchdogPeriodMs(environment) === undefined) return work()
      // Nothing that is said later would be heard in time. Without it systemd is merely as impatient as before.
      const words = [`WATCHDOG_USEC=${boundMs * 1000}`]
      spawnSync(command, words, { stdio: 'ignore', env: childEnv(), timeout: PATIENCE_CHILD_MS })
      try {
        work()
      } finally {
        say({ WATCHDOG_USEC: environment.watchdogUsec ?? '', WATCHDOG: '1' })
      }
    },
    extendTimeout: usec => say({ EXTEND_TIMEOUT_USEC: String(Math.round(usec)) }),
    stopping(status) {
      lastStatus = oneLine(status)
      say({ STOPPING: '1', STATUS: lastStatus })
    },
    close() {
      closed = true
      cancelWatch()
      return new Promise(resolve => {
        const finish = (): void => {
          cancelBound()
          onQuiet = () => {}
          // What is still under way now is not tried again.
          enabled = false
          waiting.clear()
          cancelSend()
          endChild?.()
          resolve()
        }
        const cancelBound = clock.after(LAST_WORDS_MS, finish)
        onQuiet = finish
        send()
        if (!endChild && waiting.size === 0) finish()
      })
    },
  }
}

/** How often to send a sign of life: half of what systemd allows. Undefined where no watchdog is meant for this process. */
export function watchdogPeriodMs(environment: NotifyEnvironment): number | undefined {
  const usec = Number(environment.watchdogUsec)
  if (!Number.isFinite(usec) || usec <= 0) return undefined
  if (environment.watchdogPid && environment.watchdogPid !== String(environment.pid)) return undefined
  return usec / 1000 / 2
}

function troubleOf(healthy: () => boolean): string | undefined {
  try {
    return healthy() ? undefined : 'a life or a task is past its own word'
  } catch (error) {
    return describeError(error)
  }
}

/** A newline would begin a new assignment in the message to systemd, and a zero byte cannot be passed at all. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_STATUS)
}
