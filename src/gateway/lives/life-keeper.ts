/**
 * Keeps one life of an account going, with the connection that it holds: carries out what `life.ts` decides, is the only
 * holder of the promise of each generation, and derives what is shown of it. Its failures touch no other life.
 */
import type { Clock } from '../../lib/clock.ts'
import { describeError, JournalUnwritableError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Dial, RequestHttp } from '../../lib/net/network.ts'
import type { Random } from '../../lib/random.ts'
import type {
  AccountId,
  AccountStore,
  Arrival,
  Ending,
  Evidence,
  Observation,
  PlatformAdapter,
} from '../../platforms/platform.ts'
import { createAlarm } from './alarm.ts'
import type { Attribution } from './attribution.ts'
import { bugEnding, endingOfReturn, endingOfThrown } from './endings.ts'
import { createGeneration, type Generation } from './generation.ts'
import { createLife, dueAtMs, type Life, type LifeEffect, type LifeEvent, step, type Wish } from './life.ts'
import { emptyRecord, fold, newGeneration, provenMs } from './shown/evidence.ts'
import { derive, isWell, type LinkView, nextChangeAtMs, type ProofKind, sameNews } from './shown/state.ts'

export interface LifeKeeperPorts {
  readonly account: AccountId
  /** Which of the account's connections it holds. */
  readonly shard: number
  /** In words for the log. */
  name(): string
  readonly enabled: boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly attribution: Attribution
  readonly store: AccountStore
  /** Asked at the beginning of each life. */
  net(): { readonly dial: Dial; readonly request: RequestHttp }
  reviveSeconds(): readonly number[]
  shardCount(): number
  /** What a life that begins now runs with. */
  open(): Promise<Opened>
  /** The life that asked for it is still wanted. */
  onOpened(opened: Opened): void
  proofKind(): ProofKind
  redact(text: string): string
  accept(account: AccountId, arrival: Arrival): Promise<void>
  /** Resolves when the journal can write again. */
  probeJournal(): Promise<void>
  onObservation(observation: Observation): void
  onReopen(why: string): void
  /** Readers would see a difference. */
  onNews(): void
  /** The life moved on. */
  onLife(): void
}

/** An adapter, and how many connections it needs. */
export interface Opened {
  readonly adapter: PlatformAdapter
  readonly shards: number
  /** The settings that it was made with are in force no more. */
  readonly outdated?: true
}

export interface LifeKeeper {
  readonly shard: number
  readonly life: Life
  /** Computed now. */
  readonly view: LinkView
  readonly counts: Pick<LifeCounts, 'generations' | 'hung' | 'lateWords' | 'endings'>
  wish(wish: LifeWish): void
  /** Derives what is true now, and tells it if it is not what was told last. */
  publish(): void
  /** Ends the life that an escaped error belongs to; one of a former generation is only counted. */
  blame(thrown: unknown, generation: number | undefined): void
  /** Past its own word. A parked or paused account never is. */
  overdue(): boolean
}

export type LifeWish = 'start' | Wish | 'resume' | 'enable'

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

/** How late our own alarm may ring before it counts as a failure of ours. */
const OWN_LATENESS_MS = 5_000

export function createLifeKeeper(ports: LifeKeeperPorts): LifeKeeper {
  const { account, shard, clock, log, attribution } = ports
  const now = (): number => clock.monotonicMs()

  let life = createLife(ports.enabled)
  let record = emptyRecord(now())
  let generation: Generation | undefined
  let shown = derive(record, life, ports.proofKind(), now())
  let shownGeneration = 0
  let sinceMs = now()
  let hung = 0
  let lateWords = 0
  const endings = new Map<string, number>()

  const clean = <T extends { readonly message: string; readonly hint?: string }>(told: T): T => ({
    ...told,
    message: ports.redact(told.message),
    ...(told.hint === undefined ? {} : { hint: ports.redact(told.hint) }),
  })
  const cleaned = (evidence: Evidence): Evidence => {
    if (evidence.kind === 'fault') return clean(evidence)
    return evidence.kind === 'ready' && evidence.doubt ? { ...evidence, doubt: clean(evidence.doubt) } : evidence
  }

  const alarm = createAlarm(clock, () => {
    dispatch({ kind: 'due' })
  })
  const rearm = (): void => {
    const moments = [dueAtMs(life), nextChangeAtMs(record, life, ports.proofKind(), now())]
    const next = Math.min(...moments.filter(moment => moment !== undefined))
    alarm.set(Number.isFinite(next) ? next : undefined)
  }

  const publish = (): void => {
    const derived = derive(record, life, ports.proofKind(), now())
    const before = shown
    const news = shownGeneration !== life.generation || !sameNews(before, derived)
    rearm()
    shown = derived
    shownGeneration = life.generation
    if (before.state !== derived.state) {
      sinceMs = now()
      const { state: to, code, message, attempt } = derived
      const facts = { from: before.state, to, code, reason: message, attempt, generation: life.generation }
      if (to === 'fatal' || to === 'retrying') log.warn(`${ports.name()} is ${to}`, facts)
      else log[isWell(before.state) && isWell(to) ? 'debug' : 'info'](`${ports.name()} is ${to}`, facts)
    }
    if (news) ports.onNews()
  }

  const dispatch = (event: LifeEvent): void => {
    const before = life
    const next = step(life, event, now(), ports.reviveSeconds())
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
      shard,
      shardCount: ports.shardCount,
      number,
      clock,
      random: ports.random,
      log: log.child({ generation: number }),
      net: ports.net(),
      store: ports.store,
      attribution,
      accept: ports.accept,
      onEvidence,
      onObservation: ports.onObservation,
      onFailure: ending => over('failed', number, ending),
      onReopen: ports.onReopen,
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
    const opened = await ports.open()
    if (present.alive) ports.onOpened(opened)
    // It may need fewer connections than there were.
    if (!present.alive) return undefined
    present.renewFirstLease()
    publish()
    return opened.adapter.run(present.host, present.signal)
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
    record = fold(record, cleaned(evidence), now())
    // Most reports confirm what is shown; only those that can change it are worth the derivation.
    if (evidence.kind === 'event') return
    if ((evidence.kind === 'ack' || evidence.kind === 'called') && shown.state === 'connected') return
    publish()
  }
  const noteLateWord = (number: number): void => {
    lateWords += 1
    if (lateWords === 1) log.warn('a life that is over still speaks; it is not listened to', { generation: number })
  }

  return {
    shard,
    get life() {
      return life
    },
    get view() {
      const derived = derive(record, life, ports.proofKind(), now())
      return { derived, record, generation: life.generation, sinceMs }
    },
    get counts() {
      return { generations: life.generation, hung, lateWords, endings: Object.fromEntries(endings) }
    },
    wish: kind => dispatch({ kind }),
    publish,
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
