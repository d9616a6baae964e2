/**
 * Keeps one account alive: a life for each connection that it needs, one adapter that those that live at the same time
 * share, and what the world is told of them together. Its failures touch no other account.
 */
import { type Clock, toWallMs } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { Dial, RequestHttp } from '../../lib/net/network.ts'
import type { Random } from '../../lib/random.ts'
import type {
  AccountId,
  AccountStore,
  AdapterWorld,
  Arrival,
  Ending,
  Observation,
  PlatformAdapter,
  SendDetail,
  SendingAdapter,
} from '../../platforms/platform.ts'
import type { AccountState, AccountStatus } from '../status/status-document.ts'
import type { Attribution, Scope } from './attribution.ts'
import { fallOf, type Life } from './life.ts'
import { createLifeKeeper, type LifeCounts, type LifeKeeper, type LifeWish, type Opened } from './life-keeper.ts'
import { accountStatus, accountView } from './shown/account-state.ts'
import { createPlatformLimits } from './shown/platform-limits.ts'
import { isUp, type LinkView, type ProofKind } from './shown/state.ts'
import { createUnknownNames } from './shown/unknown-names.ts'

/** One account, as the wiring gives it. */
export interface GivenAccount {
  readonly account: AccountId
  readonly enabled: boolean
  /**
   * Makes an adapter: reads the settings again and claims the account's lock. For every life that begins while no other
   * runs, and when the account begins anew. A `HeraldError` that it throws is the ending of this life
   * (`owned_elsewhere`); a `ConfigError` parks the account.
   */
  open(world: AdapterWorld): Promise<PlatformAdapter>
  /** The settings say something else by now than what `open` has made. Asked when one of several lives begins again. */
  hasChanged?(): Promise<boolean>
  /** Its own way to the network, such as a proxy; asked for at the beginning of each life. Without it the one of all. */
  net?(): KeeperPorts['net'] | undefined
}

/** A change of an account's state, for the log of changes and for alerts. `atMs` is epoch milliseconds. */
export interface Transition {
  readonly account: AccountId
  readonly atMs: number
  readonly from: AccountState
  readonly to: AccountState
  readonly code: string | null
  readonly message: string | null
  readonly facts: TransitionFacts
}

/** What was known of the link at that moment. Times are epoch milliseconds. */
export type TransitionFacts = {
  readonly generation: number
  /** Failed attempts in a row. */
  readonly attempt: number
  readonly readyAtMs: number | null
  /** Of a link with a heartbeat. */
  readonly ackAtMs: number | null
  /** Of an account whose events come by callbacks: when a challenge of our own came round. */
  readonly challengeAtMs: number | null
  readonly eventAtMs: number | null
  readonly sendAtMs: number | null
}

export interface KeeperPorts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly net: { readonly dial: Dial; readonly request: RequestHttp }
  readonly reviveSeconds: readonly number[]
  readonly attribution: Attribution
  /** Masks secrets in what adapters say about failures. */
  redact(text: string): string
  accept(account: AccountId, arrival: Arrival): Promise<void>
  /** Resolves when the journal can write again. */
  probeJournal(): Promise<void>
  /** Of one connection: all that the account keeps, and this one's cursor. */
  storeFor(account: AccountId, shard: number): AccountStore
  pending(account: AccountId): { readonly incoming: number; readonly outgoing: number }
  onTransition(transition: Transition): void
  /** One more attempt failed while it is retrying; `from` and `to` are the same. */
  onAttempt?(attempt: Transition): void
  /** It can be sent through, after none of its connections was up. */
  onUp(account: AccountId): void
  /** Something in the status changed that readers should see soon. */
  onChange(): void
  /** A life moved on: the verdict over all of them may be another. */
  onLife(): void
}

export interface AccountKeeper {
  readonly account: AccountId
  /** Those of all its connections. */
  readonly lives: readonly Life[]
  readonly state: AccountState
  /** One of its connections is up, and the platform takes what is sent. */
  readonly isUp: boolean
  /** Why it is down, once none of its connections lives. */
  readonly ending: Ending | undefined
  readonly adapter: SendingAdapter | undefined
  readonly counts: LifeCounts
  wish(wish: LifeWish): void
  status(): AccountStatus
  /** Ends the life that an escaped error belongs to; all of them, where it belongs to the account alone. */
  blame(thrown: unknown, scope: Scope): void
  /** A life is past its own word. */
  overdue(): boolean
}

export function createAccountKeeper(given: GivenAccount, ports: KeeperPorts): AccountKeeper {
  const { account } = given
  const { clock, attribution } = ports
  const log = ports.log.child({ account })
  const unknown = createUnknownNames(log, ports.redact)
  const limits = createPlatformLimits(log, ports.redact)
  const net = (): KeeperPorts['net'] => given.net?.() ?? ports.net

  /** What the lives that go on now share. */
  let opened: Promise<Opened> | undefined
  /** What the latest life of each connection was begun with. */
  const begunWith = new Map<number, Promise<Opened>>()
  let adapter: PlatformAdapter | undefined
  let sending: SendingAdapter | undefined
  let lastSendAtMs: number | null = null
  let transitions = 0

  const proofKind = (): ProofKind => adapter?.capabilities.proof ?? 'heartbeat'
  let count = 1
  /** All that there have been beside the first. Those from `count` on have ended, and are heard if they still speak. */
  const others: LifeKeeper[] = []
  const everyone = (): LifeKeeper[] => [first, ...others]
  const present = (): [LifeKeeper, ...LifeKeeper[]] => [first, ...others.slice(0, count - 1)]
  const views = (): [LinkView, ...LinkView[]] => {
    const [head, ...rest] = present()
    return [head.view, ...rest.map(keeper => keeper.view)]
  }

  const isUpNow = (): boolean => present().some(({ view }) => isUp(view.derived))
  const publish = (): void => {
    const before = shown.derived
    shown = accountView(views())
    const { derived } = shown
    if (before.state !== derived.state) {
      sinceMs = clock.monotonicMs()
      transitions += 1
      ports.onTransition(transitionOf(before.state))
    } else if (derived.state === 'retrying' && derived.attempt > before.attempt)
      ports.onAttempt?.(transitionOf(before.state))
    const wasUp = up
    up = isUpNow()
    if (up && !wasUp) ports.onUp(account)
    ports.onChange()
  }
  const transitionOf = (from: AccountState): Transition => {
    const { derived, record, generation } = shown
    const byCalls = proofKind() === 'calls'
    const wall = (atMs: number | null): number | null => (atMs === null ? null : Math.round(toWallMs(clock, atMs)))
    return {
      account,
      atMs: clock.nowMs(),
      from,
      to: derived.state,
      code: derived.code,
      message: derived.message,
      facts: {
        generation,
        attempt: derived.attempt,
        readyAtMs: wall(record.readyAtMs),
        ackAtMs: byCalls ? null : wall(record.lastAckAtMs),
        challengeAtMs: byCalls ? wall(record.lastAckAtMs) : null,
        eventAtMs: wall(record.lastEventAtMs),
        sendAtMs: wall(lastSendAtMs),
      },
    }
  }

  const openAnew = async (): Promise<Opened> => {
    const made = await given.open(world)
    return { adapter: made, shards: (await made.shards?.()) ?? 1 }
  }
  /** Two lives that go on must not be lives of two bots: while another one does, new settings are for all or for none. */
  const open = async (shard: number): Promise<Opened> => {
    const alone = everyone().every(other => other.shard === shard || other.life.phase !== 'running')
    if (opened === undefined || alone) opened = openAnew()
    const mine = opened
    const isRevival = begunWith.get(shard) === mine
    begunWith.set(shard, mine)
    return isRevival && (await given.hasChanged?.()) ? { ...(await mine), outdated: true } : mine
  }
  const onReopen = (why: string): void => {
    log.info(`${account} begins anew`, { why })
    wish('restart')
  }
  const onOpened = (now: Opened): void => {
    if (now.outdated) {
      onReopen('its settings are other ones by now')
      return
    }
    if (adapter !== now.adapter) {
      adapter = now.adapter
      sending = sender(now.adapter)
    }
    resize(Math.max(1, now.shards))
  }
  const resize = (next: number): void => {
    if (next === count) return
    log.info(`${account} has ${next} connections now`, { before: count })
    count = next
    for (const keeper of others.slice(next - 1)) keeper.wish('disable')
    for (const keeper of others.slice(0, next - 1)) keeper.wish('enable')
    while (others.length < next - 1) {
      const keeper = keeperOf(others.length + 1, true)
      others.push(keeper)
      keeper.wish('start')
    }
    publish()
  }
  const sender = (made: PlatformAdapter): SendingAdapter => {
    const { typing, recall } = made
    const within = async <T extends SendDetail>(call: () => Promise<T>): Promise<T> => {
      const outcome = await attribution.within({ account }, call)
      // What the platform says of a refusal is kept in the journal, and it may repeat what it was sent.
      return outcome.message === undefined ? outcome : { ...outcome, message: ports.redact(outcome.message) }
    }
    return {
      account,
      capabilities: made.capabilities,
      send: (outgoing, signal) => within(() => made.send(outgoing, signal)),
      ...(typing && { typing: (chat, reply, signal) => within(() => typing(chat, reply, signal)) }),
      ...(recall && { recall: (chat, id, signal) => within(() => recall(chat, id, signal)) }),
    }
  }
  const onObservation = (observation: Observation): void => {
    switch (observation.kind) {
      case 'send_accepted':
        lastSendAtMs = clock.monotonicMs()
        break
      case 'limited':
        limits.note(observation)
        break
      case 'unknown':
        unknown.note(observation)
    }
  }
  const world: AdapterWorld = {
    clock,
    random: ports.random,
    log,
    request: (request, signal) => attribution.outside(() => net().request(request, signal)),
    store: ports.storeFor(account, 0),
    observe: onObservation,
  }
  const wish = (kind: LifeWish): void => {
    // What begins anew shares nothing with what was before.
    if (kind === 'restart') opened = undefined
    for (const keeper of present()) keeper.wish(kind)
  }
  const keeperOf = (shard: number, enabled: boolean): LifeKeeper =>
    createLifeKeeper({
      ...ports,
      account,
      shard,
      name: () => (count === 1 ? account : `${account} shard ${shard}`),
      enabled,
      log: shard === 0 ? log : log.child({ shard }),
      store: ports.storeFor(account, shard),
      net,
      reviveSeconds: () => ports.reviveSeconds,
      shardCount: () => count,
      open: () => open(shard),
      onOpened,
      proofKind,
      onObservation,
      onReopen,
      onNews: () => publish(),
    })
  const first = keeperOf(0, given.enabled)
  let shown = accountView(views())
  let sinceMs = clock.monotonicMs()
  let up = false

  return {
    account,
    get lives() {
      return everyone().map(({ life }) => life)
    },
    get state() {
      return accountView(views()).derived.state
    },
    get isUp() {
      return isUpNow()
    },
    get ending() {
      const falls = present().flatMap(({ life }) => fallOf(life) ?? [])
      if (falls.length < count) return undefined
      return (falls.find(({ ending }) => !ending.retryable) ?? falls[0])?.ending
    },
    get adapter() {
      return sending
    },
    get counts() {
      const each = everyone().map(keeper => keeper.counts)
      const sum = (read: (counts: (typeof each)[number]) => number): number =>
        each.reduce((total, counts) => total + read(counts), 0)
      return {
        generations: sum(its => its.generations),
        hung: sum(its => its.hung),
        lateWords: sum(its => its.lateWords),
        transitions,
        endings: together(each.map(({ endings }) => endings)),
      }
    },
    wish,
    status() {
      for (const keeper of present()) keeper.publish()
      const facts = {
        sinceMs,
        lastSendAtMs,
        proof: proofKind(),
        unknownEvents: unknown.counts(),
        unknownSamples: unknown.samples(),
        limits: limits.all(),
        pending: ports.pending(account),
        lateWords: everyone().reduce((sum, { counts }) => sum + counts.lateWords, 0),
      }
      return accountStatus(views(), facts, atMs => toWallMs(clock, atMs))
    },
    blame(thrown, { shard, generation }) {
      // Of a send nobody knows the connection, and all share the adapter that it went wrong in.
      const blamed = shard === undefined ? present() : everyone().filter(keeper => keeper.shard === shard)
      for (const keeper of blamed) keeper.blame(thrown, generation)
    },
    overdue: () => everyone().some(keeper => keeper.overdue()),
  }
}

function together(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const [code, value] of counts.flatMap(each => Object.entries(each)))
    sums.set(code, (sums.get(code) ?? 0) + value)
  return Object.fromEntries(sums)
}
