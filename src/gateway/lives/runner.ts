/** The lives of all accounts: starts them, holds them, and says when none is left. */
import type { AccountId, Ending, SendingAdapter } from '../../platforms/platform.ts'
import type { AccountStatus } from '../status/status-document.ts'
import {
  type AccountKeeper,
  createAccountKeeper,
  type GivenAccount,
  type KeeperPorts,
  type Transition,
} from './account-keeper.ts'
import { createAttribution } from './attribution.ts'
import type { LifeCounts } from './life-keeper.ts'
import { type OnAllDown, type Verdict, whatNow } from './policy.ts'

export type { GivenAccount, Transition } from './account-keeper.ts'
export type { LifeCounts } from './life-keeper.ts'

export interface RunnerOptions
  extends Pick<
    KeeperPorts,
    'clock' | 'random' | 'log' | 'net' | 'redact' | 'accept' | 'probeJournal' | 'storeFor' | 'pending'
  > {
  readonly accounts: readonly GivenAccount[]
  /** Read whenever it is needed: settings may change while accounts live. */
  readonly policy: {
    readonly onAllDown: OnAllDown
    /** Pace of new lives after a fatal end that can pass; the last one repeats. */
    readonly reviveSeconds: readonly number[]
    readonly supervised: boolean
  }
  /** A change of an account's state. What this and the other `on…` throw belongs to no life: it reaches `uncaughtException`. */
  onTransition(transition: Transition): void
  /** One more attempt of an account that is retrying has failed. */
  onAttempt?(attempt: Transition): void
  /** The status has news. */
  onChange(): void
  /** No account is left alive and the policy is to end: at most once. The caller stops the runner and exits with the code. */
  onVerdict(verdict: AllDown): void
}

/** The shape of a verdict to end, and of what each account ended with. */
export interface AllDown {
  readonly code: 69 | 75 | 78
  readonly endings: ReadonlyMap<AccountId, Pick<Ending, 'code' | 'message' | 'hint'>>
}

export interface Runner {
  start(): void
  /** False when there is no such account. */
  pause(account: AccountId): boolean
  resume(account: AccountId): boolean
  restart(account: AccountId): boolean
  /**
   * From now on these are the accounts. Those that are new begin; those that are missing, or disabled, end, and their names
   * stay free for later; those in `changed` begin anew, unless a person has paused them. The others notice nothing. Resolves
   * when what had to end has settled, or after 5 s without it.
   */
  reconcile(accounts: readonly GivenAccount[], changed: ReadonlySet<AccountId>): Promise<void>
  /** Asks all to end; resolves when they have, or after 5 s without those that hang. */
  stop(): Promise<void>
  /** The accounts' part of the status document, computed now. */
  status(): Readonly<Record<AccountId, AccountStatus>>
  counts(): Readonly<Record<AccountId, LifeCounts>>
  /** Which accounts can be sent through, and the moment one becomes so. */
  readonly links: {
    isUp(account: AccountId): boolean
    onUp(listener: (account: AccountId) => void): () => void
  }
  /** The present adapter, or the last one opened; undefined before the first. */
  adapter(account: AccountId): SendingAdapter | undefined
  /**
   * For `unhandledRejection` and `uncaughtException`, called from inside the handler: true when the error belonged to an
   * account, whose life is then ended as `bug`; false when it is nobody's.
   */
  attribute(thrown: unknown): boolean
  /** Whether any life is past its own word, for the supervisor's watchdog. */
  overdue(): boolean
}

export function createRunner(options: RunnerOptions): Runner {
  const attribution = createAttribution()
  const upListeners = new Set<(account: AccountId) => void>()
  const keepers = new Map<AccountId, AccountKeeper>()
  /** Accounts that the settings name no longer. Their keepers stay, to hear what their last lives still do. */
  const retired = new Set<AccountId>()
  let settled: { readonly over: () => boolean; readonly resolve: () => void }[] = []
  let started = false
  let judged = false

  const hasStopped = ({ lives }: AccountKeeper): boolean => lives.every(({ phase }) => phase !== 'stopping')
  const whenSettled = (over: () => boolean): Promise<void> =>
    over() ? Promise.resolve() : new Promise(resolve => settled.push({ over, resolve }))
  const judge = (): void => {
    if (judged) return
    const all = [...keepers.values()]
    const { onAllDown, supervised } = options.policy
    const verdict: Verdict = whatNow(
      all.flatMap(keeper => keeper.lives),
      onAllDown,
      supervised,
    )
    if (verdict.kind === 'go_on') return
    judged = true
    const endings = all.flatMap(({ account, ending }) => (ending ? [[account, ending] as const] : []))
    options.onVerdict({ code: verdict.code, endings: new Map(endings) })
  }
  /** Tells others in nobody's name: what they throw must not end the life that happened to set it off. */
  const tell = (fn: () => void): void =>
    attribution.outside(() => {
      try {
        fn()
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown
        })
      }
    })
  const ports: KeeperPorts = {
    ...options,
    attribution,
    get reviveSeconds() {
      return options.policy.reviveSeconds
    },
    onTransition: transition => tell(() => options.onTransition(transition)),
    onUp(account) {
      for (const listener of upListeners) tell(() => listener(account))
    },
    onAttempt: attempt => tell(() => options.onAttempt?.(attempt)),
    onChange: () => tell(options.onChange),
    onLife() {
      const over = settled.filter(each => each.over())
      settled = settled.filter(each => !over.includes(each))
      for (const { resolve } of over) resolve()
      tell(judge)
    },
  }
  for (const given of options.accounts) keepers.set(given.account, createAccountKeeper(given, ports))

  const add = (given: GivenAccount): void => {
    const keeper = createAccountKeeper(given, ports)
    keepers.set(given.account, keeper)
    if (started) keeper.wish('start')
  }
  const end = (keeper: AccountKeeper): AccountKeeper => {
    keeper.wish('disable')
    return keeper
  }
  const shown = (account: AccountId): AccountKeeper | undefined =>
    retired.has(account) ? undefined : keepers.get(account)

  const wish = (account: AccountId, kind: 'pause' | 'resume' | 'restart'): boolean => {
    const keeper = shown(account)
    keeper?.wish(kind)
    return keeper !== undefined
  }
  const ofEach = <T>(read: (keeper: AccountKeeper) => T): Record<AccountId, T> =>
    Object.fromEntries(
      [...keepers].filter(([account]) => !retired.has(account)).map(([account, keeper]) => [account, read(keeper)]),
    )

  return {
    start() {
      started = true
      for (const keeper of keepers.values()) keeper.wish('start')
    },
    pause: account => wish(account, 'pause'),
    resume: account => wish(account, 'resume'),
    restart: account => wish(account, 'restart'),
    reconcile(accounts, changed) {
      const wanted = new Map(accounts.map(given => [given.account, given]))
      const ended = [...keepers.values()].filter(({ account }) => wanted.get(account)?.enabled !== true).map(end)
      for (const account of keepers.keys()) if (!wanted.has(account)) retired.add(account)
      for (const [account, given] of wanted) {
        retired.delete(account)
        const keeper = keepers.get(account)
        if (keeper === undefined) add(given)
        else if (given.enabled && keeper.state === 'disabled') keeper.wish('enable')
        else if (given.enabled && changed.has(account) && keeper.state !== 'paused') keeper.wish('restart')
      }
      tell(options.onChange)
      return whenSettled(() => ended.every(hasStopped))
    },
    stop() {
      judged = true
      for (const keeper of keepers.values()) keeper.wish('shutdown')
      return whenSettled(() => [...keepers.values()].every(hasStopped))
    },
    status: () => ofEach(keeper => keeper.status()),
    counts: () => ofEach(keeper => keeper.counts),
    links: {
      isUp(account) {
        return shown(account)?.isUp === true
      },
      onUp(listener) {
        upListeners.add(listener)
        return () => upListeners.delete(listener)
      },
    },
    adapter: account => keepers.get(account)?.adapter,
    attribute(thrown) {
      const scope = attribution.current()
      const keeper = scope && keepers.get(scope.account)
      if (scope === undefined || keeper === undefined) return false
      attribution.outside(() => keeper.blame(thrown, scope))
      return true
    },
    overdue: () => [...keepers.values()].some(keeper => keeper.overdue()),
  }
}
