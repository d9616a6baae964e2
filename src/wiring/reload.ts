/** Changes the settings of a gateway that runs: checked as a whole first, then applied, each account for itself. */
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { AccountId } from '../platforms/platform.ts'
import type { Gateway } from './gateway.ts'
import type { Accounts } from './rooms/accounts.ts'
import type { HomeAgents } from './rooms/agents.ts'
import type { HomeHooks } from './rooms/hooks.ts'
import type { LiveSettings } from './settings.ts'

/** What came of it. */
export type ReloadAnswer =
  | { readonly ok: true; readonly changes: SettingsChanges }
  /** Nothing is changed. `error` is one line with the cure. */
  | { readonly ok: false; readonly error: string }

export interface SettingsChanges {
  /** New, or enabled. */
  readonly begun: readonly AccountId[]
  /** Their link is made anew. */
  readonly restarted: readonly AccountId[]
  /** Gone from the settings, or disabled. */
  readonly ended: readonly AccountId[]
  /** In force from the next message or turn on. */
  readonly swapped: readonly string[]
  /** In force from the next start on. */
  readonly later: readonly string[]
}

export interface ReloadDeps {
  readonly settings: LiveSettings
  readonly accounts: Accounts
  readonly agents: HomeAgents
  readonly hooks: HomeHooks
  readonly gateway: Pick<Gateway, 'reconcile'>
  readonly log: Logger
  /** What the process around the gateway does with them: its log, its alerts. */
  onAdopted(config: Config): Promise<void>
  onChange(): void
}

/** One after the other, in the order in which they were asked for. Rejects only for what is a bug. */
export function createReload(deps: ReloadDeps): (by: string) => Promise<ReloadAnswer> {
  const { settings, accounts, agents, gateway, log } = deps
  let last: Promise<unknown> = Promise.resolve()

  const reload = async (by: string): Promise<ReloadAnswer> => {
    let config: Config
    let agentsNext: ReturnType<HomeAgents['prepare']>
    try {
      config = await settings.read()
      agentsNext = agents.prepare(config)
    } catch (thrown) {
      if (thrown instanceof ConfigError) return { ok: false, error: thrown.message }
      throw thrown
    }
    const { atStart, current: before } = settings
    const relinked = accounts.adopt(config)
    const changes = { ...compare(before, config, relinked), later: waitingForStart(atStart, config) }
    settings.adopt(config, changes.later)
    agentsNext()
    deps.hooks.adopt(config)
    await gateway.reconcile(relinked)
    await accounts.releaseEnded()
    await deps.onAdopted(config)
    log.info('the settings were read again', { by, ...changes })
    deps.onChange()
    return { ok: true, changes }
  }
  return by => {
    const next = last.then(() => reload(by))
    last = next.catch(() => {})
    return next
  }
}

function compare(before: Config, after: Config, relinked: ReadonlySet<AccountId>): Omit<SettingsChanges, 'later'> {
  const enabled = (config: Config): AccountId[] =>
    config.accounts.filter(each => each.enabled).map(({ account }) => account)
  const [was, is] = [enabled(before), enabled(after)]
  const rules = (config: Config): unknown =>
    config.accounts.map(({ account, access, talk, markdown, textLimit }) => [
      account,
      access,
      talk,
      markdown,
      textLimit,
    ])
  return {
    begun: is.filter(account => !was.includes(account)),
    restarted: is.filter(account => was.includes(account) && relinked.has(account)),
    ended: was.filter(account => !is.includes(account)),
    swapped: differing(before, after, {
      rules,
      agents: ({ agent, agents }) => [agent, agents],
      routes: ({ routes }) => routes,
      hooks: ({ hooks }) => hooks,
      gateway: ({ gateway: { http: _, ...rest } }) => rest,
      alerts: ({ alerts }) => alerts,
      schedules: ({ schedules }) => schedules,
      log: each => each.log,
    }),
  }
}

/** What the process still does as it did at its start, however many reloads lie between. */
function waitingForStart(atStart: Config, now: Config): string[] {
  return differing(atStart, now, {
    'gateway.http': ({ gateway }) => gateway.http,
    media: ({ media }) => media,
    speech: ({ speech }) => speech,
    traces: ({ traces }) => traces,
  })
}

type Part = (config: Config) => unknown

/** The names of the parts that are not the same. */
function differing(one: Config, other: Config, parts: Readonly<Record<string, Part>>): string[] {
  return Object.entries(parts).flatMap(([name, read]) => (isDeepStrictEqual(read(one), read(other)) ? [] : [name]))
}
