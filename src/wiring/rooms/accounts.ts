/** The accounts as the configuration has them now: read again, and their bots claimed, at the beginning of every life. */
import { isDeepStrictEqual } from 'node:util'
import type { AccountConfig, Config } from '../../config/config.ts'
import type { AccessRules } from '../../conversation/access/gate.ts'
import type { TalkRules } from '../../conversation/rules.ts'
import { OWNED_ELSEWHERE } from '../../gateway/lives/endings.ts'
import type { GivenAccount } from '../../gateway/lives/runner.ts'
import type { InstanceLock } from '../../gateway/process/locks/lock.ts'
import { ConfigError, HeraldError } from '../../lib/errors.ts'
import type { Redactor } from '../../lib/redact.ts'
import type { AccountId, Capabilities, MediaDoor, PlatformAdapter } from '../../platforms/platform.ts'
import { capabilitiesOf, createQQBotAdapter } from '../../platforms/qqbot/adapter.ts'
import type { TimeLimits } from '../../platforms/qqbot/settings.ts'
import type { WebhookListeners } from '../../platforms/qqbot/webhook/listeners.ts'

export interface AccountsDeps {
  readonly config: Pick<Config, 'accounts'>
  /** Reads file, `.env` and environment again. Throws `ConfigError`. */
  reload(): Promise<Pick<Config, 'accounts'>>
  /** Throws `OwnedElsewhereError`. */
  claimBot(appId: string): Promise<InstanceLock>
  readonly redactor: Redactor
  /** Without it no file is sent: its name or address goes out in words. */
  readonly media?: MediaDoor
  /** Where callbacks come in; without it each account listens by itself, and none can share a port. */
  readonly listeners?: WebhookListeners
  /** The network through a proxy that an account names; without it every account takes the way of all. */
  readonly netThrough?: (proxy: string) => Net
  /** Other bounds than the platform's own; for tests and simulations that shrink time. */
  readonly limits?: Partial<TimeLimits>
}

type Net = NonNullable<ReturnType<NonNullable<GivenAccount['net']>>>

export interface Accounts {
  /** What the runner is to keep alive. */
  readonly given: readonly GivenAccount[]
  /** The rules in force now. */
  access(account: AccountId): AccessRules
  /** How the account talks now; as by default where this is not given. */
  talk?(account: AccountId): TalkRules
  /** What an account can send, also before its first life. */
  capabilities(account: AccountId): Capabilities
  /** Where the accounts' platforms are now; those of accounts that are gone too, for turns and replies may still ask. */
  apiBases(): readonly string[]
  /** Claims all bots. Throws `OwnedElsewhereError` where other processes have every one: there is nothing to do here then. */
  claimBots(): Promise<void>
  /** From now on these are the accounts, and their rules are in force. Answers with those whose link has to be made anew. */
  adopt(config: Pick<Config, 'accounts'>): ReadonlySet<AccountId>
  /** Gives the bots of accounts that are gone or disabled free. Their lives are over. */
  releaseEnded(): Promise<void>
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
  /** Where the settings cannot be used, or know it no longer, the last good ones are: whether it ends is said by a reload. */
  const reread = async (account: AccountId): Promise<AccountConfig> => {
    try {
      const { accounts } = await deps.reload()
      const read = accounts.find(each => each.account === account)
      if (read !== undefined && read.appId !== '') return read
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown
    }
    return settingsOf(account)
  }
  const isRelinked = (before: AccountConfig, next: AccountConfig): boolean =>
    !isDeepStrictEqual(linkOf(before), linkOf(next))
  const claim = async (account: AccountId, appId: string): Promise<void> => {
    const held = locks.get(account)
    if (held?.appId === appId) return
    const lock = await deps.claimBot(appId)
    locks.set(account, { appId, lock })
    await held?.lock.release()
  }
  const open = async (account: AccountId, world: Parameters<GivenAccount['open']>[0]): Promise<PlatformAdapter> => {
    const settings = await reread(account)
    present.set(account, settings)
    await claim(account, settings.appId)
    return createQQBotAdapter(
      deps.limits === undefined ? settings : { ...settings, limits: deps.limits },
      world,
      deps.redactor,
      deps.media,
      deps.listeners,
    )
  }

  const nets = new Map<string, Net>()
  const netOf = (account: AccountId): Net | undefined => {
    const { proxy } = settingsOf(account)
    if (proxy === null || deps.netThrough === undefined) return undefined
    const net = nets.get(proxy) ?? deps.netThrough(proxy)
    nets.set(proxy, net)
    return net
  }

  const givenOf = ({ accounts }: Pick<Config, 'accounts'>): readonly GivenAccount[] =>
    accounts.map(({ account, enabled }) => ({
      account,
      enabled,
      open: world => open(account, world),
      hasChanged: async () => isRelinked(settingsOf(account), await reread(account)),
      net: () => netOf(account),
    }))
  let given = givenOf(deps.config)
  const release = async (which: (account: AccountId) => boolean): Promise<void> => {
    const freed = [...locks].filter(([account]) => which(account))
    for (const [account] of freed) locks.delete(account)
    await Promise.all(freed.map(([, { lock }]) => lock.release()))
  }

  return {
    get given() {
      return given
    },
    access: account => settingsOf(account).access,
    talk: account => settingsOf(account).talk,
    capabilities: account => capabilitiesOf(settingsOf(account)),
    apiBases: () => [...present.values()].map(({ apiBase }) => apiBase),
    async claimBots() {
      const enabled = [...present.values()].filter(each => each.enabled)
      const claims = await Promise.allSettled(enabled.map(({ account, appId }) => claim(account, appId)))
      // Any other trouble, and that of some alone, ends the lives that it concerns.
      const refusals = claims.flatMap(each => (each.status === 'rejected' ? [each.reason] : []))
      const [refusal] = refusals.filter(reason => reason instanceof HeraldError && reason.code === OWNED_ELSEWHERE)
      if (refusal !== undefined && refusals.length === enabled.length) throw refusal
    },
    adopt(config) {
      given = givenOf(config)
      const relinked = config.accounts.filter(next => {
        const before = present.get(next.account)
        // Of one that is gone, what it was stays known: turns and replies may still ask.
        present.set(next.account, next)
        return before === undefined || isRelinked(before, next)
      })
      return new Set(relinked.map(({ account }) => account))
    },
    releaseEnded: () => release(account => !given.some(each => each.account === account && each.enabled)),
    release: () => release(() => true),
  }
}

/** What a life is made with; all else is asked for anew with every message. */
function linkOf({ access: _access, talk: _talk, ...link }: AccountConfig): object {
  return link
}
