/** The accounts as the configuration has them now: read again, and their bots claimed, at the beginning of every life. */
import type { AccountConfig, Config } from '../config/config.ts'
import type { AccessRules } from '../conversation/access.ts'
import type { TalkRules } from '../conversation/rules.ts'
import type { GivenAccount } from '../gateway/lives/runner.ts'
import type { InstanceLock } from '../gateway/process/lock.ts'
import { ConfigError } from '../lib/errors.ts'
import type { Redactor } from '../lib/redact.ts'
import type { AccountId, Capabilities, MediaDoor, PlatformAdapter } from '../platforms/platform.ts'
import { capabilitiesOf, createQQBotAdapter } from '../platforms/qqbot/adapter.ts'
import type { TimeLimits } from '../platforms/qqbot/settings.ts'

export interface AccountsDeps {
  readonly config: Config
  /** Reads file, `.env` and environment again. Throws `ConfigError`. */
  reload(): Promise<Config>
  /** Throws `OwnedElsewhereError`. */
  claimBot(appId: string): Promise<InstanceLock>
  readonly redactor: Redactor
  /** Without it no file is sent: its name or address goes out in words. */
  readonly media?: MediaDoor
  /** Other bounds than the platform's own; for tests and simulations that shrink time. */
  readonly limits?: Partial<TimeLimits>
}

export interface Accounts {
  /** What the runner is to keep alive. */
  readonly given: readonly GivenAccount[]
  /** The rules in force now. */
  access(account: AccountId): AccessRules
  /** How the account talks now; as by default where this is not given. */
  talk?(account: AccountId): TalkRules
  /** What an account can send, also before its first life. */
  capabilities(account: AccountId): Capabilities
  /** Gives the bots free for other processes. */
  release(): Promise<void>
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const present = new Map<AccountId, AccountConfig>(deps.config.accounts.map(each => [each.account, each]))
  const locks = new Map<AccountId, { readonly appId: string; readonly lock: InstanceLock }>()

  const settingsOf = (account: AccountId): AccountConfig => {
    const settings = present.get(account)
    if (settings === undefined) throw new ConfigError(`platforms.${account}: there is no such account`)
    return settings
  }
  /** A reload that fails changes nothing. */
  const reread = async (account: AccountId): Promise<AccountConfig> => {
    const config = await deps.reload()
    for (const secret of config.secrets) deps.redactor.add(secret)
    const settings = config.accounts.find(each => each.account === account)
    if (settings === undefined || settings.appId === '')
      throw new ConfigError(`platforms.${account}: it is gone from the configuration; put it back, or restart Herald`)
    present.set(account, settings)
    return settings
  }
  const claim = async (account: AccountId, appId: string): Promise<void> => {
    const held = locks.get(account)
    if (held?.appId === appId) return
    const lock = await deps.claimBot(appId)
    locks.set(account, { appId, lock })
    await held?.lock.release()
  }
  const open = async (account: AccountId, world: Parameters<GivenAccount['open']>[0]): Promise<PlatformAdapter> => {
    const settings = await reread(account)
    await claim(account, settings.appId)
    return createQQBotAdapter(
      deps.limits === undefined ? settings : { ...settings, limits: deps.limits },
      world,
      deps.redactor,
      deps.media,
    )
  }

  return {
    given: deps.config.accounts.map(({ account, enabled }) => ({
      account,
      enabled,
      open: world => open(account, world),
    })),
    access: account => settingsOf(account).access,
    talk: account => settingsOf(account).talk,
    capabilities: account => capabilitiesOf(settingsOf(account)),
    async release() {
      await Promise.all([...locks.values()].map(({ lock }) => lock.release()))
      locks.clear()
    },
  }
}
