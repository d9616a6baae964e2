/** From a claimed home to a gateway that serves, and from there to its end: the order of things in `herald run`. */

import { isDeepStrictEqual } from 'node:util'
import type { Alerts } from '../alerts/alerts.ts'
import type { Config, Environment } from '../config/config.ts'
import { type DrainStep, drain, drainBoundMs } from '../gateway/process/drain.ts'
import { EXIT, type ExitCause, exitFor } from '../gateway/process/exit.ts'
import { writeIncident } from '../gateway/process/incidents.ts'
import type { LockOptions } from '../gateway/process/locks/instance-lock.ts'
import { watchSignals } from '../gateway/process/signals.ts'
import { beginStart } from '../gateway/process/starts.ts'
import { isSupervised } from '../gateway/process/unit.ts'
import type { StatusDocument } from '../gateway/status/status-document.ts'
import { systemClock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Json } from '../lib/json.ts'
import { createRequest } from '../lib/net/http.ts'
import { proxyFromEnv } from '../lib/net/proxy.ts'
import { systemRandom } from '../lib/random.ts'
import type { Redactor } from '../lib/redact.ts'
import { chatKey } from '../platforms/platform.ts'
import { createLedger } from '../schedules/ledger.ts'
import { readFormer } from './former.ts'
import { type OpenHome, openHome } from './open.ts'
import { createProcessLog } from './process-log.ts'
import { createReport } from './report.ts'
import { openAlerts } from './rooms/alerts.ts'
import { type Doors, openDoors } from './rooms/doors.ts'
import { followRun } from './rooms/followed.ts'
import { createLiveSchedules } from './rooms/schedules.ts'
import { sayAtTime } from './rooms/texts.ts'

export interface ServeOptions {
  /** The home by its real path, claimed by this process. */
  readonly home: string
  readonly configPath: string | undefined
  readonly env: Environment
  readonly lock: LockOptions
  readonly redactor: Redactor
  /** Writes a command so that it can be pasted by whoever sees it; `herald …` without it. */
  readonly commandLine?: (command: string) => string
  /** Told once, when the gateway serves. */
  readonly onServing?: (serving: Serving) => void
}

/** What a demo may know of the gateway that it runs beside. */
export interface Serving {
  /** Computed now. */
  status(): StatusDocument
}

/** What waits to be told when the settings of the alerts change. */
const ALERTS_HANDOVER_MS = 2_000
/** What comes after the drain: last words, closing. */
const LAST_STEPS_MS = 3_000
const ANSWERED_MS = 50

/** Resolves with the cause of the end, when everything is closed and the state file has its last words. */
export async function serve(options: ServeOptions): Promise<ExitCause> {
  const { home, env, lock, redactor } = options
  const clock = systemClock
  const processLog = createProcessLog(env, redactor)
  const { log } = processLog
  const { promise: ended, resolve } = Promise.withResolvers<ExitCause>()
  let ending = false
  const end = (cause: ExitCause): void => {
    ending = true
    resolve(cause)
  }

  let opened: OpenHome | undefined
  let doors: Doors | undefined
  let alerts: Alerts | undefined
  const ofSchedules = log.child({ room: 'schedules' })
  const memory = {
    load: async () => opened?.gateway.memory.get('schedules'),
    keep: async (value: Json) => opened?.gateway.memory.set('schedules', value),
  }
  const followed = async (key: string, signal: AbortSignal): Promise<string> => {
    const { gateway } = opened ?? {}
    return gateway === undefined ? 'pending' : followRun({ clock, trace: of => gateway.trace(of) }, key, signal)
  }
  const schedules = createLiveSchedules({
    clock,
    random: systemRandom,
    log: ofSchedules,
    ledger: createLedger(memory, ofSchedules),
    async carryOut({ name, chat, kind, words }, key, signal) {
      if (opened === undefined) return 'not_open'
      const { gateway } = opened
      if (kind === 'text') return await sayAtTime(gateway.sender, followed, { chat, text: words, key }, signal)
      return await gateway.ask({ chat, prompt: words, key, name: `schedule:${name}` }, signal)
    },
    follow: followed,
    onBug: thrown => onBug(thrown),
  })
  const former = readFormer(home, clock)
  const report = createReport({ home, env, clock, log, parts: () => ({ opened, doors, alerts, schedules }) })
  const start = beginStart(home, clock)
  if (start.trouble !== undefined) log.warn('starts are not counted', { trouble: start.trouble })

  const onBug = (error: unknown): void => {
    const message = redactor.redact(describeError(error))
    writeIncident(home, { atMs: clock.nowMs(), pid: process.pid, code: 'bug', message })
    log.error('an error that nobody caught', { error })
    end({ kind: 'thrown', error })
  }
  const ignoreEscaped = onEscapedErrors(error => {
    if (opened?.gateway.attribute(error) !== true) onBug(error)
  })
  const reload = (by: string): void => {
    // What is wrong with the settings is in the log and in the status.
    if (opened && !ending) opened.reload(by).catch(onBug)
    else log.info('asked to read the settings again, while there is no need to', { by })
  }
  const ignoreSignals = watchSignals({
    source: process,
    clock,
    env,
    parentPid: () => process.ppid,
    onStop(by) {
      log.info('asked to stop', { by })
      end({ kind: 'asked', by })
    },
    onImpatience(by) {
      report.lastWords(exitFor({ kind: 'asked', by: `${by}, twice` }))
      process.exit(EXIT.stopped)
    },
    onReload: reload,
  })

  const beginAgain = (by: string): void => {
    log.info('asked to begin again', { by })
    // Whoever asked is answered before the doors close.
    clock.after(ANSWERED_MS, () => end({ kind: 'again', by }))
  }
  let alertSettings: object | undefined
  const alertsFor = ({ settings, gateway }: OpenHome): Alerts | undefined => {
    alertSettings = settingsOfAlerts(settings.current)
    return openAlerts(settings.current, {
      home,
      version: report.version,
      env,
      clock,
      log: log.child({ room: 'alerts' }),
      request: createRequest(clock, proxyFromEnv(env)),
      status: () => report.status(),
      dead: async () => (await gateway.dead()).length,
      scarce: async () => (await gateway.scarce()).map(({ chat, ...its }) => ({ chat: chatKey(chat), ...its })),
      say: (chat, text, key) => say(gateway, chat, text, key),
      languageOf: chat => gateway.languageOf(chat),
      redact: text => redactor.redact(text),
      onBug,
    })
  }
  const adopt = async (config: Config): Promise<void> => {
    await processLog.configure(config.log, home)
    await schedules.use(config.schedules)
    if (isDeepStrictEqual(settingsOfAlerts(config), alertSettings)) return
    await alerts?.close(false, AbortSignal.timeout(ALERTS_HANDOVER_MS))
    if (opened === undefined || ending) return
    alerts = alertsFor(opened)
    alerts?.start()
  }

  const begin = async (): Promise<void> => {
    opened = await openHome({
      source: { home, configPath: options.configPath, env },
      lock,
      former,
      clock,
      random: systemRandom,
      redactor,
      log,
      supervised: isSupervised(env, process.pid),
      version: report.version,
      announceOwner(account, code) {
        const anew = options.commandLine?.('pairing owner') ?? 'herald pairing owner'
        process.stderr.write(
          `herald: ${account} has no owner yet. Send it this code in a private chat within 24 hours to become its owner: ${code} ` +
            `(\`${anew}\` gives a new one)\n`,
        )
      },
      onChange() {
        report.changed()
        doors?.changed()
      },
      onAdopted: adopt,
      patiently: work => report.patiently(work),
      onVerdict: verdict => end({ kind: 'all_down', ...verdict }),
      onBug,
    })
    report.opened()
    const { gateway, settings } = opened
    await opened.claimBots()
    await processLog.configure(settings.current.log, home)
    const { levels, lines } = processLog
    const status = () => report.status()
    doors = await openDoors({ home, log, levels, lines, clock, redactor, opened, status, beginAgain })
    alerts = alertsFor(opened)
    if (ending) return
    if (start.delayMs > 0)
      log.warn('earlier starts ended soon, so the accounts wait', { delayMs: start.delayMs, starts: start.quickStarts })
    gateway.start(start.delayMs)
    alerts?.start()
    await schedules.use(settings.current.schedules)
    await report.serving(() => gateway.healthy())
    log.info('herald serves', { version: report.version, home, http: doors.httpStatus })
    options.onServing?.({ status: () => report.status() })
  }

  const begun = begin().catch((error: unknown) => end({ kind: 'thrown', error }))
  const cause = await ended
  await begun
  const exit = exitFor(cause)
  const boundMs = drainBoundMs(opened?.gateway.busy ?? false)
  report.draining(exit, boundMs + LAST_STEPS_MS, cause.kind !== 'again')
  if (cause.kind === 'asked' || cause.kind === 'again') start.stopped()
  // What falls due from here on is the next process's to say: no half of it is left to this one.
  const silence: DrainStep = { name: 'schedules', boundMs: 500, run: () => schedules.stop() }
  const steps = [
    silence,
    ...alertSteps(alerts, cause),
    ...(doors?.drainSteps ?? []),
    ...(opened?.gateway.drainSteps ?? []),
  ]
  for (const step of await drain(steps, boundMs, clock))
    if (step.end !== 'done') log.warn('a part did not stop cleanly', { ...step })
  await opened?.release()
  report.lastWords(exit)
  log.info('herald ended', { code: exit.code, reason: exit.exitReason })

  await Promise.all([report.close(), processLog.close()])
  start.dispose()
  ignoreSignals()
  ignoreEscaped()
  return cause
}

async function say({ sender }: OpenHome['gateway'], chat: string, text: string, key?: string): Promise<string> {
  const answer = await sender.send({ chat, text, ...(key === undefined ? {} : { key }) })
  return 'refused' in answer ? answer.refused : answer.outcome
}

/** All that they are opened with. */
function settingsOfAlerts({ alerts, gateway }: Config): object {
  return { alerts, language: gateway.language }
}

/** First of all, while there is a link to tell it by. */
function alertSteps(alerts: Alerts | undefined, { kind }: ExitCause): readonly DrainStep[] {
  if (!alerts) return []
  const dead = kind !== 'asked' && kind !== 'again'
  return [{ name: 'alerts', boundMs: dead ? 3_000 : 500, run: signal => alerts.close(dead, signal) }]
}

/** Everything thrown that nobody caught. Returns how to stop listening. */
function onEscapedErrors(listener: (error: unknown) => void): () => void {
  process.on('uncaughtException', listener)
  process.on('unhandledRejection', listener)
  return () => {
    process.off('uncaughtException', listener)
    process.off('unhandledRejection', listener)
  }
}
