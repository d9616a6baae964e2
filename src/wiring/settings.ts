/** The settings in force: the last good ones, whatever the files say meanwhile. */
import type { Config } from '../config/config.ts'
import type { SettingsStatus } from '../gateway/status/status-document.ts'
import type { Clock } from '../lib/clock.ts'
import { ConfigError, describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Redactor } from '../lib/redact.ts'

export interface LiveSettings {
  readonly current: Config
  /** Those of the start of this process: what waits for the next one is as it was then. */
  readonly atStart: Config
  /** The same, as what reads it whenever it needs it. */
  readonly gateway: Config['gateway']
  /** Reads and checks file, `.env` and environment; nothing is put in force. Throws `ConfigError`, and status says why. */
  read(): Promise<Config>
  /** Puts them in force, except for what `later` names: that waits for the next start. */
  adopt(config: Config, later: readonly string[]): void
  status(): SettingsStatus
}

export interface SettingsDeps {
  load(): Promise<Config>
  readonly redactor: Redactor
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Logger
  /** The status has news. */
  onChange(): void
}

/** Throws `ConfigError` when there are no good settings to begin with. */
export async function openSettings({ load, redactor, clock, log, onChange }: SettingsDeps): Promise<LiveSettings> {
  const loadClean = async (): Promise<Config> => {
    const config = await load()
    for (const secret of config.secrets) redactor.add(secret)
    return config
  }
  const atStart = await loadClean()
  let current = atStart
  let sinceMs = clock.nowMs()
  let waiting: readonly string[] = []
  let refused: { readonly atMs: number; readonly why: string } | undefined
  for (const warning of current.warnings) log.warn(warning)

  const iso = (ms: number): string => new Date(ms).toISOString()
  return {
    atStart,
    get current() {
      return current
    },
    gateway: {
      get onAllDown() {
        return current.gateway.onAllDown
      },
      get reviveSeconds() {
        return current.gateway.reviveSeconds
      },
      get language() {
        return current.gateway.language
      },
      get http() {
        return current.gateway.http
      },
      get maxTurns() {
        return current.gateway.maxTurns
      },
    },
    async read() {
      try {
        const next = await loadClean()
        // A file that an editor or a full disk emptied would make another bot of it.
        if (current.inFile && !next.inFile)
          throw new ConfigError(
            'the settings file is empty or gone; put it back, or start Herald anew to do without it',
          )
        return next
      } catch (thrown) {
        refused = { atMs: clock.nowMs(), why: redactor.redact(describeError(thrown)) }
        log.warn('the settings cannot be used; the last good ones stay in force', { reason: refused.why })
        onChange()
        throw thrown
      }
    },
    adopt(config, later) {
      for (const warning of config.warnings) log.warn(warning)
      current = config
      sinceMs = clock.nowMs()
      waiting = later
      refused = undefined
    },
    status: () => ({
      since: iso(sinceMs),
      refused_at: refused === undefined ? null : iso(refused.atMs),
      error: refused?.why ?? null,
      next_start: waiting,
    }),
  }
}
