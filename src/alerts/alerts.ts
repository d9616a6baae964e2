/** Watches over the gateway and tells people when it matters: what is wrong is looked for, damped, and posted. */
import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { StatusDocument } from '../gateway/status/status-document.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { whenAborted } from '../lib/signals.ts'
import { createVitalTasks } from '../lib/tasks/spawn.ts'
import type { Channel } from './channel.ts'
import { conditionsIn, type Facts, type ScarceChat, type Subject, type Thresholds } from './conditions.ts'
import { DAMPER_RULES, damp, type Memory } from './damper.ts'
import type { AlertLanguage } from './languages.ts'
import { createMemoryFile, readMemory } from './memory.ts'
import type { Ping } from './ping.ts'
import { createPostRoom } from './post-room.ts'
import { alertText } from './texts.ts'

export interface AlertRules extends Thresholds {
  /** So long something has to be wrong before anybody is told. */
  readonly dwellMs: number
}

export interface AlertsDeps {
  /** The home by its real path. */
  readonly home: string
  readonly version: string
  readonly rules: AlertRules
  readonly channels: readonly Channel[]
  readonly ping?: Ping
  readonly language: AlertLanguage
  readonly clock: Clock
  readonly log: Logger
  status(): StatusDocument
  /** How many messages and replies are on the dead list. */
  dead(): Promise<number>
  /** Chats that may soon be told nothing more of a bot's own accord. */
  scarce(): Promise<readonly ScarceChat[]>
  redact(text: string): string
  onBug(thrown: unknown): void
}

export interface Alerts {
  /** From now on it watches. */
  start(): void
  /** For status: `ok`, or which channel does not work. */
  readonly condition: string
  /** `dead`: the gateway ends because all is down, so what has not been told is told now. What waits goes out until `signal` aborts. */
  close(dead: boolean, signal: AbortSignal): Promise<void>
}

const LOOK_EVERY_MS = 5_000
/** Reading the dead list and the disk is dearer than reading status. */
const FIGURES_EVERY_MS = 60_000
const MIB = 1024 * 1024
/** Whoever waits for the ping takes its silence for an outage; a chat that was told much is none, nor is one message that was lost. */
const NO_OUTAGE: ReadonlySet<Subject['kind']> = new Set(['quota', 'schedule'])

export function createAlerts(deps: AlertsDeps): Alerts {
  const { home, clock, log, rules, channels, ping } = deps
  const tasks = createVitalTasks(deps.onBug)
  const file = createMemoryFile(home)
  const damper = { ...DAMPER_RULES, dwellMs: rules.dwellMs }
  const language = deps.language
  let memory: Memory = readMemory(home)
  let figures: Omit<Facts, 'status'> = { dead: 0, freeMiB: undefined, scarce: [] }
  let figuresAtMs: number | undefined
  let well = false
  const room = createPostRoom(channels, { clock, log, tasks, redact: deps.redact })

  const refreshFigures = async (): Promise<void> => {
    if (figuresAtMs !== undefined && clock.monotonicMs() - figuresAtMs < FIGURES_EVERY_MS) return
    figuresAtMs = clock.monotonicMs()
    const [dead, freeMiB, scarce] = await Promise.all([
      deps.dead().catch(() => figures.dead),
      statfs(home).then(
        ({ bavail, bsize }) => Math.floor((bavail * bsize) / MIB),
        () => undefined,
      ),
      deps.scarce().catch(() => figures.scarce),
    ])
    figures = { dead, freeMiB, scarce }
  }

  const look = async (last = false): Promise<void> => {
    await refreshFigures()
    const conditions = conditionsIn({ status: deps.status(), ...figures }, rules)
    well = conditions.every(({ verdict, subject }) => verdict === 'unknown' || NO_OUTAGE.has(subject.kind))
    const before = memory
    const { memory: after, alerts } = damp(before, conditions, clock.nowMs(), damper, last)
    memory = after
    for (const alert of alerts) {
      const textIn = (asked: AlertLanguage): string => deps.redact(alertText(alert, asked))
      log.info('an alert', { alert: alert.key, kind: alert.kind, text: textIn(language) })
      room.post({ alert, language, textIn, host: hostname(), version: deps.version })
    }
    // Told and not remembered would be told again after a restart; the other way round it would never be told.
    if (JSON.stringify(after) !== JSON.stringify(before))
      await file
        .write(after)
        .catch((thrown: unknown) => log.warn('what was told cannot be kept', { reason: describeError(thrown) }))
  }

  return {
    start() {
      tasks.spawn('alerts', async signal => {
        // Accounts that begin in this very turn have begun then.
        await sleep(clock, 0, signal)
        for (;;) {
          await look()
          await sleep(clock, LOOK_EVERY_MS, signal)
        }
      })
      if (ping)
        tasks.spawn('ping', async signal => {
          for (;;) {
            await ping.beat(well, signal)
            await sleep(clock, LOOK_EVERY_MS, signal)
          }
        })
    },
    get condition() {
      return room.trouble ?? 'ok'
    },
    async close(dead, signal) {
      if (dead) await look(true)
      await Promise.race([room.idle(), whenAborted(signal)])
      await tasks.stop()
    },
  }
}
