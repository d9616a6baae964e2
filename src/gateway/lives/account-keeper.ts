/**
 * Keeps one account alive: carries out what `life.ts` decides, is the only holder of the promise of each generation, and
 * derives what the world is told. Its failures touch no other account.
 */
import { type Clock, toWallMs } from '../../lib/clock.ts'
import { describeError, JournalUnwritableError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Dial, RequestHttp } from '../../lib/net/network.ts'
import type { Random } from '../../lib/random.ts'
import type {
  AccountId,
  AccountStore,
  AdapterWorld,
  Arrival,
  Ending,
  Evidence,
  Observation,
  PlatformAdapter,
  SendDetail,
  SendingAdapter,
} from '../../platforms/platform.ts'
import type { AccountState, AccountStatus } from '../status/status-document.ts'
import { createAlarm } from './alarm.ts'
import type { Attribution } from './attribution.ts'
import { bugEnding, endingOfReturn, endingOfThrown } from './endings.ts'
import { emptyRecord, fold, newGeneration, noteSend, provenMs } from './evidence.ts'
import { createGeneration, type Generation } from './generation.ts'
import { createLife, dueAtMs, type Life, type LifeEffect, type LifeEvent, step, type Wish } from './life.ts'
import { createPlatformLimits } from './platform-limits.ts'
import { accountStatus, type Derived, derive, nextChangeAtMs, type ProofKind } from './state.ts'
import { createUnknownNames } from './unknown-names.ts'

/** One account, as the wiring gives it. */
export interface GivenAccount {
  readonly account: AccountId
  readonly enabled: boolean
  /**
   * Makes the adapter of a new life: reads the settings again and claims the account's lock. A `HeraldError` that it
   * throws is the ending of this life (`owned_elsewhere`); a `ConfigError` parks the account.
   */
  open(world: AdapterWorld): Promise<PlatformAdapter>
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
  readonly ackAtMs: number | null
  readonly eventAtMs: number | null
  readonly sendAtMs: number | null
}

/** Counted since the start, for metrics. */
export interface LifeCounts {
  readonly generations: number
  /** Generations that did not settle within 5 s after they were cut off. */
  readonly hung: number
  readonly lateWords: number
  readonly transitions: number
  /** Ends that nobody asked for, by code. */
  readonly endings: Readonly<Record<string, number>>
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
  storeFor(account: AccountId): AccountStore
  pending(account: AccountId): { readonly incoming: number; readonly outgoing: number }
  onTransition(transition: Transition): void
  /** One more attempt failed while it is retrying; `from` and `to` are the same. */
  onAttempt?(attempt: Transition): void
  /** Something in the status changed that readers should see soon. */
  onChange(): void
  /** The life moved on: the verdict over all of them may be another. */
  onLife(): void
}

export interface AccountKeeper {
  readonly account: AccountId
  readonly life: Life
  readonly state: AccountState
  readonly adapter: SendingAdapter | undefined
  readonly counts: LifeCounts
  wish(wish: 'start' | Wish | 'resume' | 'enable'): void
  status(): AccountStatus
  /** Ends the life that an escaped error belongs to; one of a former generation is only counted. */
  blame(thrown: unknown, generation: number | undefined): void
  /** Past its own word. A parked or paused account never is. */
  overdue(): boolean
}

/** How late our own alarm may ring before it counts as a failure of ours. */
const OWN_LATENESS_MS = 5_000

export function createAccountKeeper(given: GivenAccount, ports: KeeperPorts): AccountKeeper {
  const { account } = given
  const { clock, attribution } = ports
  const log = ports.log.child({ account })
  const unknown = createUnknownNames(log, ports.redact)
  const limits = createPlatformLimits(log, ports.redact)
  const now = (): number => clock.monotonicMs()
  const net = (): KeeperPorts['net'] => given.net?.() ?? ports.net

  let life = createLife(given.enabled)
  let record = emptyRecord(now())
  let generation: Generation | undefined
  let adapter: PlatformAdapter | undefined
  let sending: SendingAdapter | undefined
  let shown = derive(record, life, 'heartbeat', now())
  let shownGeneration = 0
  let sinceMs = now()
  let hung = 0
  let lateWords = 0
  let transitions = 0
  const endings = new Map<string, number>()

  const proofKind = (): ProofKind => adapter?.capabilities.proof ?? 'heartbeat'
  const clean = <T extends { readonly message: string; readonly hint?: string }>(told: T): T => ({
    ...told,
    message: ports.redact(told.message),
    ...(told.hint === undefined ? {} : { hint: ports.redact(told.hint) }),
  })

  const alarm = createAlarm(clock, () => {
    dispatch({ kind: 'due' })
  })
  const rearm = (): void => {
    const moments = [dueAtMs(life), nextChangeAtMs(record, life, proofKind(), now())]
    const next = Math.min(...moments.filter(moment => moment !== undefined))
    alarm.set(Number.isFinite(next) ? next : undefined)
  }

  /** Derives what is true now, and tells it if it is not what was told last. */
  const publish = (): Derived => {
    const derived = derive(record, life, proofKind(), now())
    const before = shown
    const news = shownGeneration !== life.generation || !sameNews(before, derived)
    rearm()
    shown = derived
    shownGeneration = life.generation
    if (before.state !== derived.state) {
      sinceMs = now()
      transitions += 1
      tellTransition(before.state, derived)
    } else if (derived.state === 'retrying' && derived.attempt > before.attempt)
      ports.onAttempt?.(transitionOf(before.state, derived))
    if (news) ports.onChange()
    return derived
  }
  const tellTransition = (from: AccountState, derived: Derived): void => {
    const { state: to, code, message, attempt } = derived
    const facts = { from, to, code, reason: message, attempt, generation: life.generation }
    if (to === 'fatal' || to === 'retrying') log.warn(`${account} is ${to}`, facts)
    else log.info(`${account} is ${to}`, facts)
    ports.onTransition(transitionOf(from, derived))
  }
  const transitionOf = (from: AccountState, { state: to, code, message, attempt }: Derived): Transition => {
    const wall = (atMs: number | null): number | null => (atMs === null ? null : Math.round(toWallMs(clock, atMs)))
    const { readyAtMs, lastAckAtMs, lastEventAtMs, lastSendAtMs } = record
    return {
      account,
      atMs: clock.nowMs(),
      from,
      to,
      code,
      message,
      facts: {
        generation: life.generation,
        attempt,
        readyAtMs: wall(readyAtMs),
        ackAtMs: wall(lastAckAtMs),
        eventAtMs: wall(lastEventAtMs),
        sendAtMs: wall(lastSendAtMs),
      },
    }
  }

  const dispatch = (event: LifeEvent): void => {
    const before = life
    const next = step(life, event, now(), ports.reviveSeconds)
    life = next.life
    for (const effect of next.effects) carryOut(effect)
    publish()
    if (life !== before) ports.onLife()
  }
  const carryOut = (effect: LifeEffect): void => {
    switch (effect.kind) {
      case 'start':
        begin(effect.generation)
        break
      case 'cut':
        generation?.cut(effect.reason)
        break
      case 'hung':
        hung += 1
        log.error('a life did not end within its time and was left behind', { generation: effect.generation })
        break
      case 'probe_journal':
        probe()
        break
    }
  }
  /** The end of a generation, in whatever way it came. */
  const over = (kind: 'ended' | 'failed', number: number, ending: Ending): void => {
    const expected = number !== life.generation || life.phase !== 'running'
    if (!expected) {
      endings.set(ending.code, (endings.get(ending.code) ?? 0) + 1)
      log.warn('a life ended', { generation: number, code: ending.code, reason: ports.redact(ending.message) })
    }
    dispatch({ kind, generation: number, ending: clean(ending), connectedMs: provenMs(record, now()) })
  }

  const begin = (number: number): void => {
    record = newGeneration(record, now())
    const present = createGeneration({
      account,
      number,
      clock,
      random: ports.random,
      log: log.child({ generation: number }),
      net: net(),
      store: ports.storeFor(account),
      attribution,
      accept: ports.accept,
      onEvidence,
      onObservation,
      onFailure: ending => over('failed', number, ending),
      onLateWord: () => noteLateWord(number),
    })
    generation = present
    // Held here and nowhere else: whatever this promise does, it is heard.
    present
      .enter(() => live(present))
      .then(
        returned => over('ended', number, endingOfReturn(returned)),
        thrown => over('ended', number, endingOfThrown(thrown)),
      )
  }
  const live = async (present: Generation): Promise<unknown> => {
    const opened = await given.open(world)
    if (!present.alive) return undefined
    adapter = opened
    sending = sender(opened)
    present.renewFirstLease()
    publish()
    return opened.run(present.host, present.signal)
  }
  const sender = (opened: PlatformAdapter): SendingAdapter => {
    const { typing, recall } = opened
    const within = async <T extends SendDetail>(call: () => Promise<T>): Promise<T> => {
      const outcome = await attribution.within({ account }, call)
      // What the platform says of a refusal is kept in the journal, and it may repeat what it was sent.
      return outcome.message === undefined ? outcome : { ...outcome, message: ports.redact(outcome.message) }
    }
    return {
      account,
      capabilities: opened.capabilities,
      send: (outgoing, signal) => within(() => opened.send(outgoing, signal)),
      ...(typing && { typing: (chat, reply, signal) => within(() => typing(chat, reply, signal)) }),
      ...(recall && { recall: (chat, id, signal) => within(() => recall(chat, id, signal)) }),
    }
  }
  const probe = (): void => {
    const { generation: number } = life
    const answer = (ok: boolean): void => {
      if (life.generation === number) dispatch({ kind: 'probed', ok })
    }
    attribution.outside(ports.probeJournal).then(
      () => answer(true),
      thrown => {
        log.warn('the journal still cannot write', { reason: describeError(thrown) })
        answer(false)
      },
    )
  }

  const onEvidence = (evidence: Evidence): void => {
    record = fold(record, evidence.kind === 'fault' ? clean(evidence) : evidence, now())
    // Most reports confirm what is shown; only those that can change it are worth the derivation.
    if (evidence.kind === 'event') return
    if (evidence.kind === 'ack' && shown.state === 'connected') return
    publish()
  }
  const onObservation = (observation: Observation): void => {
    switch (observation.kind) {
      case 'send_accepted':
        record = noteSend(record, now())
        break
      case 'limited':
        limits.note(observation)
        break
      case 'unknown':
        unknown.note(observation)
    }
  }
  const noteLateWord = (number: number): void => {
    lateWords += 1
    if (lateWords === 1) log.warn('a life that is over still speaks; it is not listened to', { generation: number })
  }

  const world: AdapterWorld = {
    clock,
    random: ports.random,
    log,
    request: (request, signal) => attribution.outside(() => net().request(request, signal)),
    store: ports.storeFor(account),
    observe: onObservation,
  }
  return {
    account,
    get life() {
      return life
    },
    get state() {
      return derive(record, life, proofKind(), now()).state
    },
    get adapter() {
      return sending
    },
    get counts() {
      return { generations: life.generation, hung, lateWords, transitions, endings: Object.fromEntries(endings) }
    },
    wish: kind => dispatch({ kind }),
    status() {
      const derived = publish()
      const facts = {
        record,
        generation: life.generation,
        sinceMs,
        unknownEvents: unknown.counts(),
        limits: limits.all(),
        pending: ports.pending(account),
        lateWords,
      }
      return accountStatus(derived, facts, atMs => toWallMs(clock, atMs))
    },
    blame(thrown, number) {
      const ending =
        thrown instanceof JournalUnwritableError ? endingOfThrown(thrown) : bugEnding(describeError(thrown))
      const present = generation
      if (present === undefined || !present.alive || (number !== undefined && number !== present.number)) {
        lateWords += 1
        log.warn('an error escaped from a life that is over', { generation: number, reason: ending.message })
        return
      }
      over('failed', present.number, ending)
    },
    overdue() {
      const nowMs = now()
      const dueMs = dueAtMs(life)
      if (dueMs !== undefined && nowMs > dueMs + OWN_LATENESS_MS) return true
      return life.phase === 'running' && generation !== undefined && generation.overdue(nowMs)
    },
  }
}

/** True when readers would see no difference worth a write: ages alone are not news. */
function sameNews(a: Derived, b: Derived): boolean {
  return (
    a.state === b.state &&
    a.code === b.code &&
    a.attempt === b.attempt &&
    a.nextRetryAtMs === b.nextRetryAtMs &&
    (a.message === b.message || a.code === 'proof_stale')
  )
}
