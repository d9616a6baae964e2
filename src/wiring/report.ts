/** All that the process says of itself: the state file, the watchdog's copy of it, and the words to systemd. */
import type { Alerts } from '../alerts/alerts.ts'
import type { Environment } from '../config/config.ts'
import type { Exit } from '../gateway/process/exit.ts'
import { createNotifier } from '../gateway/process/notify.ts'
import { OPENING_MS, startWatchdog } from '../gateway/process/watchdog/watchdog.ts'
import { stamped } from '../gateway/status/last-words.ts'
import { createStateFile, type StateFile } from '../gateway/status/state-file.ts'
import type { AccountStatus, StatusDocument } from '../gateway/status/status-document.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/log.ts'
import type { OpenHome } from './open.ts'
import { describeAgents } from './rooms/agents.ts'
import type { Doors } from './rooms/doors.ts'
import type { LiveSchedules } from './rooms/schedules.ts'
import { gatewayState, identify, type Phase, statusLine } from './status.ts'

export interface ReportDeps {
  /** The home by its real path. */
  readonly home: string
  readonly env: Environment
  readonly clock: Clock
  readonly log: Logger
  /** What stands so far. */
  parts(): {
    readonly opened?: OpenHome | undefined
    readonly doors?: Doors | undefined
    readonly alerts?: Alerts | undefined
    readonly schedules?: Pick<LiveSchedules, 'status'> | undefined
  }
}

export interface Report {
  readonly version: string
  /** Computed now. */
  status(): StatusDocument
  /** Something in the status changed. */
  changed(): void
  /** The home is open: from now on a turn of the event loop that takes long is a freeze. */
  opened(): void
  /** A piece of opening the home that comes later, and may take as long. */
  patiently(work: () => void): void
  /** Resolves once the state file says so; systemd is told, and from then on given signs of life. */
  serving(healthy: () => boolean): Promise<void>
  /** The end has begun and may take `boundMs`; `isFinal`: of the process too. */
  draining(exit: Exit, boundMs: number, isFinal: boolean): void
  /** Synchronous; nothing is written after it. */
  lastWords(exit: Exit): void
  close(): Promise<void>
}

export function createReport({ home, env, clock, log, parts }: ReportDeps): Report {
  const identity = identify(process.pid, clock)
  let phase: Phase = 'starting'
  /** The file is written as soon as there is a writer, so it asks for a status before it is known here. */
  let stateFile: StateFile | undefined

  /** Accounts that were down when the end began: a stop calls them disconnected, and why they were down is the last thing to lose. */
  let fallen: StatusDocument['platforms'] = {}

  const status = (): StatusDocument => {
    const { opened, doors, alerts, schedules } = parts()
    const platforms = { ...opened?.gateway.platforms(), ...fallen }
    const agents = opened?.agents()
    const document: StatusDocument = {
      kind: 'herald-gateway',
      schema: 1,
      ...identity,
      gateway_state: gatewayState(phase, platforms, agents),
      exit_reason: null,
      active_agents: opened?.gateway.activeTurns ?? 0,
      updated_at: '',
      expires_at: '',
      platforms,
      ...(opened === undefined ? {} : { settings: opened.settings.status() }),
      ...(doors === undefined ? {} : { http: doors.httpStatus }),
      state_file: stateFile?.trouble ?? 'ok',
      ...(alerts === undefined ? {} : { alerts: alerts.condition }),
      ...(agents === undefined ? {} : { agent: describeAgents(agents), agents }),
      ...schedules?.status(),
    }
    return stamped(document, clock.nowMs())
  }
  const inOneLine = (): string => {
    const { gateway_state: state, platforms, settings } = status()
    return statusLine(state, platforms, settings)
  }

  const watchdog = startWatchdog({ home, clock, onTrouble: trouble => log.error('watchdog', { trouble }) })
  const file = createStateFile({
    home,
    clock,
    snapshot: status,
    onPublish: document => watchdog.prepare(document),
    isCondemned: () => watchdog.condemned,
    onTrouble(trouble) {
      if (trouble === undefined) log.info('the state file can be written again')
      else log.error('the state file cannot be written', { trouble })
    },
  })
  stateFile = file
  const notifier = createNotifier({
    environment: {
      socket: env['NOTIFY_SOCKET'],
      watchdogUsec: env['WATCHDOG_USEC'],
      watchdogPid: env['WATCHDOG_PID'],
      pid: process.pid,
      path: env['PATH'],
    },
    clock,
    log,
  })

  return {
    version: identity.version,
    status,
    changed() {
      file.changed()
      if (phase === 'serving') notifier.status(inOneLine())
    },
    opened: () => watchdog.opened(),
    patiently: work => watchdog.patiently(() => notifier.patiently(OPENING_MS, work)),
    async serving(healthy) {
      phase = 'serving'
      await file.flush()
      notifier.ready(inOneLine())
      notifier.watch(healthy)
    },
    draining(exit, boundMs, isFinal) {
      fallen = Object.fromEntries(Object.entries(status().platforms).filter(([, account]) => isFallen(account)))
      phase = 'draining'
      file.changed()
      if (isFinal) notifier.stopping(exit.exitReason)
      else notifier.status(exit.exitReason)
      notifier.extendTimeout(boundMs * 1000)
    },
    lastWords: exit => file.lastWords(exit),
    async close() {
      await Promise.all([notifier.close(), file.stop(), watchdog.stop()])
    },
  }
}

/** Down altogether: connections that live still have an end to be told of. */
function isFallen({ state, shards = [] }: AccountStatus): boolean {
  return state === 'fatal' && shards.every(shard => shard.state === 'fatal')
}
