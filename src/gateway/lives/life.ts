/**
 * The life of one account as a pure machine: what comes next after a start, an end, a person's wish or a timer. It never
 * holds two generations: one is begun only when the former was cut off. Whatever has not ended waits for something that
 * is armed: a running promise under its lease, or the moment that `dueAtMs` names.
 */
import type { Ending } from '../../platforms/platform.ts'
import { JOURNAL_UNWRITABLE } from './endings.ts'
import { freshPace, type LifeSpan, nextLife, type Pace } from './pace.ts'

/** How long a generation that was cut off may take to settle. */
export const STOP_BOUND_MS = 5_000
/** How long the probe write of the journal may take. */
export const PROBE_BOUND_MS = 10_000

/** Why an account is down, and when it is tried again (monotonic). */
export interface Fall {
  readonly ending: Ending
  readonly nextLifeAtMs: number
  /** Not 0 when so many lives ended at once that the pace was slowed. */
  readonly quickEnds: number
}

/** `disable` is the wish of the settings: the account stays known, and lives again when they enable it. */
export type Wish = 'pause' | 'restart' | 'disable' | 'shutdown'

export type LifePhase =
  | { readonly phase: 'disabled' }
  /** Before the start, and after a shutdown. */
  | { readonly phase: 'stopped' }
  | { readonly phase: 'paused' }
  /** Opening, connecting, connected or retrying: one promise, under its lease. */
  | { readonly phase: 'running'; readonly startedAtMs: number }
  /** Cut off, and its promise has not settled yet. */
  | { readonly phase: 'stopping'; readonly deadlineMs: number; readonly why: Wish }
  | { readonly phase: 'stopping'; readonly deadlineMs: number; readonly why: 'failure'; readonly fall: Fall }
  /** Down for a cause that can pass. */
  | { readonly phase: 'waiting'; readonly fall: Fall }
  /** Down because the journal could not write; a probe write is under way. */
  | { readonly phase: 'probing'; readonly fall: Fall; readonly deadlineMs: number }
  /** Down for a cause that waiting cannot cure; tried slowly all the same. */
  | { readonly phase: 'parked'; readonly fall: Fall }

/** `generation` is the number of the present or last one; 0 before the first. */
export type Life = LifePhase & { readonly generation: number; readonly pace: Pace }

export type LifeEvent =
  | { readonly kind: 'start' }
  /** Its promise settled: returned, or threw. `connectedMs` as in `LifeSpan`. */
  | {
      readonly kind: 'ended'
      readonly generation: number
      readonly ending: Ending
      readonly connectedMs: number
    }
  /** It is to be ended although its promise is open: past its lease, an escaped error, a journal that cannot write. */
  | {
      readonly kind: 'failed'
      readonly generation: number
      readonly ending: Ending
      readonly connectedMs: number
    }
  /** The moment of `dueAtMs` may have come. */
  | { readonly kind: 'due' }
  | { readonly kind: 'probed'; readonly ok: boolean }
  | { readonly kind: Wish | 'resume' | 'enable' }

export type LifeEffect =
  | { readonly kind: 'start'; readonly generation: number }
  /** Destroy what the generation holds, now. */
  | { readonly kind: 'cut'; readonly generation: number; readonly reason: string }
  /** It did not settle in time: forget it, and count it. */
  | { readonly kind: 'hung'; readonly generation: number }
  | { readonly kind: 'probe_journal' }

export interface LifeStep {
  readonly life: Life
  readonly effects: readonly LifeEffect[]
}

export function createLife(enabled: boolean): Life {
  return { phase: enabled ? 'stopped' : 'disabled', generation: 0, pace: freshPace }
}

/** When the machine wants to hear `due` (monotonic); undefined when nothing but an event moves it. */
export function dueAtMs(life: Life): number | undefined {
  switch (life.phase) {
    case 'stopping':
    case 'probing':
      return life.deadlineMs
    case 'waiting':
    case 'parked':
      return life.fall.nextLifeAtMs
    default:
      return undefined
  }
}

/** Why the account is down; undefined when it is not. */
export function fallOf(life: Life): Fall | undefined {
  return 'fall' in life ? life.fall : undefined
}

export function step(life: Life, event: LifeEvent, nowMs: number, reviveSeconds: readonly number[]): LifeStep {
  if (life.phase === 'disabled')
    return event.kind === 'enable' ? begin({ ...life, pace: freshPace }, nowMs) : still(life)
  switch (event.kind) {
    case 'start':
      return life.phase === 'stopped' && life.generation === 0 ? begin(life, nowMs) : still(life)
    case 'ended':
      return onEnded(life, event, nowMs, reviveSeconds)
    case 'failed':
      return onFailed(life, event, nowMs, reviveSeconds)
    case 'due':
      return onDue(life, nowMs)
    case 'probed':
      return onProbed(life, event.ok, nowMs, reviveSeconds)
    case 'resume':
      return onResume(life, nowMs)
    case 'enable':
      return life.phase === 'stopping' && life.why === 'disable' ? beginAfterStop(life) : still(life)
    case 'pause':
    case 'restart':
    case 'disable':
    case 'shutdown':
      return onWish(life, event.kind, nowMs)
  }
}

const still = (life: Life): LifeStep => ({ life, effects: [] })

function become(life: Life, phase: LifePhase, effects: readonly LifeEffect[] = []): LifeStep {
  return { life: { ...phase, generation: life.generation, pace: life.pace }, effects }
}

function begin(life: Life, nowMs: number): LifeStep {
  const generation = life.generation + 1
  return {
    life: { phase: 'running', startedAtMs: nowMs, generation, pace: life.pace },
    effects: [{ kind: 'start', generation }],
  }
}

function cut(life: Life, reason: string): LifeEffect {
  return { kind: 'cut', generation: life.generation, reason }
}

/** The account is down: wait, or be parked, until the next life. */
function down(life: Life, fall: Fall, effects: readonly LifeEffect[] = []): LifeStep {
  return become(life, { phase: fall.ending.retryable ? 'waiting' : 'parked', fall }, effects)
}

function falling(
  life: Life,
  ending: Ending,
  span: LifeSpan,
  nowMs: number,
  reviveSeconds: readonly number[],
): { readonly life: Life; readonly fall: Fall } {
  const next = nextLife(life.pace, ending, span, nowMs, reviveSeconds)
  const fall = { ending, nextLifeAtMs: nowMs + next.delayMs, quickEnds: next.quickEnds }
  return { life: { ...life, pace: next.pace }, fall }
}

type EndEvent = Extract<LifeEvent, { kind: 'ended' | 'failed' }>

function onEnded(life: Life, event: EndEvent, nowMs: number, reviveSeconds: readonly number[]): LifeStep {
  if (event.generation !== life.generation) return still(life)
  if (life.phase === 'stopping') return afterStop(life, nowMs, [])
  if (life.phase !== 'running') return still(life)
  const span = { livedMs: nowMs - life.startedAtMs, connectedMs: event.connectedMs }
  const fallen = falling(life, event.ending, span, nowMs, reviveSeconds)
  // What it left open when it returned is destroyed too.
  return down(fallen.life, fallen.fall, [cut(life, event.ending.code)])
}

function onFailed(life: Life, event: EndEvent, nowMs: number, reviveSeconds: readonly number[]): LifeStep {
  if (event.generation !== life.generation || life.phase !== 'running') return still(life)
  const span = { livedMs: nowMs - life.startedAtMs, connectedMs: event.connectedMs }
  const fallen = falling(life, event.ending, span, nowMs, reviveSeconds)
  return become(
    fallen.life,
    { phase: 'stopping', deadlineMs: nowMs + STOP_BOUND_MS, why: 'failure', fall: fallen.fall },
    [cut(life, event.ending.code)],
  )
}

/** The generation that was cut off has settled, or is not waited for any longer. */
function afterStop(life: Life & { phase: 'stopping' }, nowMs: number, effects: readonly LifeEffect[]): LifeStep {
  switch (life.why) {
    case 'failure':
      return down(life, life.fall, effects)
    case 'pause':
      return become(life, { phase: 'paused' }, effects)
    case 'disable':
      return become(life, { phase: 'disabled' }, effects)
    case 'shutdown':
      return become(life, { phase: 'stopped' }, effects)
    case 'restart': {
      const begun = begin(life, nowMs)
      return { life: begun.life, effects: [...effects, ...begun.effects] }
    }
  }
}

function onDue(life: Life, nowMs: number): LifeStep {
  const dueMs = dueAtMs(life)
  // Timers may ring a little early, and old ones late.
  if (dueMs === undefined || nowMs < dueMs) return still(life)
  switch (life.phase) {
    case 'stopping':
      return afterStop(life, nowMs, [{ kind: 'hung', generation: life.generation }])
    case 'probing':
      return down(life, { ...life.fall, nextLifeAtMs: nowMs + PROBE_BOUND_MS })
    case 'waiting':
    case 'parked':
      return tryAgain(life, life.fall, nowMs)
    default:
      return still(life)
  }
}

/** After a refusal of the journal nothing is begun before a probe write went through: it could not be kept. */
function tryAgain(life: Life, fall: Fall, nowMs: number): LifeStep {
  if (fall.ending.code !== JOURNAL_UNWRITABLE) return begin(life, nowMs)
  return become(life, { phase: 'probing', fall, deadlineMs: nowMs + PROBE_BOUND_MS }, [{ kind: 'probe_journal' }])
}

function onProbed(life: Life, ok: boolean, nowMs: number, reviveSeconds: readonly number[]): LifeStep {
  if (life.phase !== 'probing') return still(life)
  if (ok) return begin(life, nowMs)
  const span = { livedMs: 0, connectedMs: 0 }
  const next = nextLife({ ...life.pace, quickEndsAtMs: [] }, life.fall.ending, span, nowMs, reviveSeconds)
  const pace = { ...life.pace, failures: next.pace.failures }
  return down({ ...life, pace }, { ...life.fall, nextLifeAtMs: nowMs + next.delayMs })
}

/** A person wants it to live, now: what the pace remembers is forgiven. */
function onResume(life: Life, nowMs: number): LifeStep {
  const forgiven = { ...life, pace: freshPace }
  switch (life.phase) {
    case 'paused':
      return begin(forgiven, nowMs)
    case 'waiting':
    case 'parked':
      return tryAgain(forgiven, life.fall, nowMs)
    case 'stopping':
      return isFinal(life.why) ? still(life) : beginAfterStop(life)
    default:
      return still(life)
  }
}

function beginAfterStop(life: Life & { phase: 'stopping' }): LifeStep {
  return become({ ...life, pace: freshPace }, { phase: 'stopping', deadlineMs: life.deadlineMs, why: 'restart' })
}

/** What a person's later wish does not undo. */
const isFinal = (why: Wish | 'failure'): boolean => why === 'shutdown' || why === 'disable'

const ENDED_BY = { pause: 'paused', disable: 'disabled', shutdown: 'stopped' } as const

function onWish(life: Life, wish: Wish, nowMs: number): LifeStep {
  switch (life.phase) {
    case 'running': {
      const pace = wish === 'restart' ? freshPace : life.pace
      const deadlineMs = nowMs + STOP_BOUND_MS
      return become({ ...life, pace }, { phase: 'stopping', deadlineMs, why: wish }, [cut(life, wish)])
    }
    case 'stopping':
      if (isFinal(life.why) && wish !== 'shutdown') return still(life)
      return become(life, { phase: 'stopping', deadlineMs: life.deadlineMs, why: wish })
    case 'waiting':
    case 'parked':
    case 'probing':
    case 'paused':
      if (wish === 'restart') return onResume(life, nowMs)
      return become(life, { phase: ENDED_BY[wish] })
    case 'stopped':
      // Before its start it may be disabled; after a shutdown nothing moves it.
      return wish === 'disable' && life.generation === 0 ? become(life, { phase: 'disabled' }) : still(life)
    default:
      return still(life)
  }
}
