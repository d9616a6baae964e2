/** What follows when a try or a link is lost: at once, after a wait, or the end of this life. Pure. */
import { backoffMs } from '../../../lib/tasks/backoff.ts'
import type {
  Fault,
  SessionConfig,
  SessionEffect,
  SessionInput,
  SessionMemory,
  SessionState,
  SessionStep,
} from './session-types.ts'

/** RESUMEs that may follow each other without an IDENTIFY, or a link of some seconds, between them. */
const MOST_RESUMES = 2
/** After so many dials in a row without a HELLO the gateway URL is fetched anew. */
const DIALS_PER_URL = 2

export interface Loss {
  readonly fault: Fault
  /**
   * When the next try may come without a wait: `proven` after a link that had proven itself, `favour` also, once, after one
   * that had not.
   */
  readonly atOnce: 'never' | 'proven' | 'favour'
  /** Instead of the backoff; with `atLeast` the longer of the two. */
  readonly waitMs?: number
  readonly atLeast?: boolean
  readonly dropSession?: boolean
  readonly dropToken?: boolean
  /** The platform does not take the number of connections. */
  readonly recount?: boolean
  /** The set of intents to ask for from now on. */
  readonly rung?: number
  /** The link had fallen silent: its life ended with its last proof. */
  readonly zombie?: boolean
}

/** There is no session, or it was resumed in vain too often. */
export function mustIdentify(memory: SessionMemory): boolean {
  return !memory.session || memory.resumes >= MOST_RESUMES
}

/** A try begins: with a token, then a gateway URL, then a dial. */
export function begin(config: SessionConfig, before: SessionMemory, input: SessionInput): SessionStep {
  if (mustIdentify(before) && input.identifyWaitMs > 0) return waitForBudget(config, before, input, [])
  if (mustIdentify(before) && input.turnWaitMs > 0) return queue(before, input)
  const ticket = before.lastTicket + 1
  const boundMs = config.limits.tokenMs + config.limits.tokenSpacingMs
  return {
    state: {
      phase: 'fetching_token',
      memory: { ...before, lastTicket: ticket },
      ticket,
      deadlineAtMs: input.nowMs + boundMs,
      latestAtMs: input.nowMs + 2 * boundMs,
    },
    effects: [
      { do: 'report', evidence: { kind: 'connecting', step: 'token' } },
      { do: 'fetch_token', ticket },
    ],
  }
}

function queue(memory: SessionMemory, { nowMs, turnWaitMs }: SessionInput): SessionStep {
  return {
    state: { phase: 'queued', memory, untilMs: nowMs + turnWaitMs },
    effects: [{ do: 'report', evidence: { kind: 'connecting', step: 'turn' } }],
  }
}

/** On the way to an IDENTIFY, or before it: while it is, no more connections than the platform allows may be so. */
export function seeksIdentify({ phase, memory }: SessionState): boolean {
  const onTheWay =
    phase === 'fetching_token' || phase === 'fetching_gateway' || phase === 'dialing' || phase === 'awaiting_hello'
  return onTheWay && mustIdentify(memory)
}

export function lose(
  config: SessionConfig,
  state: Exclude<SessionState, { readonly phase: 'ended' | 'waiting' | 'queued' }>,
  loss: Loss,
  input: SessionInput,
  effects: readonly SessionEffect[],
): SessionStep {
  const livedMs = provenLifeMs(state, loss.zombie === true, input.nowMs)
  const proven = livedMs >= config.limits.provenMs
  const atOnce = loss.atOnce !== 'never' && proven
  const favour = loss.atOnce === 'favour' && !proven && !state.memory.favourSpent
  const noHello = state.phase === 'dialing' || state.phase === 'awaiting_hello'
  const failedDials = state.memory.failedDials + (noHello ? 1 : 0)
  const attempts = proven ? 0 : state.memory.attempts + (favour ? 0 : 1)
  const memory: SessionMemory = {
    ...state.memory,
    attempts,
    session: state.memory.session && loss.dropSession !== true,
    resumes: livedMs >= Math.min(config.limits.steadyMs, config.limits.provenMs) ? 0 : state.memory.resumes,
    failedDials: failedDials >= DIALS_PER_URL ? 0 : failedDials,
    url: state.memory.url && failedDials < DIALS_PER_URL && loss.recount !== true,
    rung: loss.rung ?? state.memory.rung,
    favourSpent: !proven && (favour || state.memory.favourSpent),
  }
  // Whatever ended it, and whoever: what was proven on this socket counts no longer. Told after the fault, so that whoever
  // hears of the loss hears its true name with it.
  const closed: SessionEffect[] = wasOpen(state) ? [{ do: 'report', evidence: { kind: 'socket_closed' } }] : []
  const all: SessionEffect[] = [
    ...effects,
    ...(loss.dropToken === true ? [{ do: 'drop_token' } as const] : []),
    ...(loss.dropSession === true && state.memory.session ? [{ do: 'forget_session' } as const] : []),
    ...(loss.recount === true ? [{ do: 'recount' } as const] : []),
  ]
  if (config.maxAttempts > 0 && attempts >= config.maxAttempts) return exhausted(memory, loss.fault, input, all, closed)
  if (atOnce || favour) {
    const next = begin(config, memory, input)
    return {
      state: next.state,
      effects: [...all, faultReport(memory, loss.fault, input.nowMs), ...closed, ...next.effects],
    }
  }
  const stepMs = backoffMs(config.backoffSeconds, attempts, { next: () => input.jitter })
  const delayMs =
    loss.waitMs === undefined ? stepMs : loss.atLeast === true ? Math.max(loss.waitMs, stepMs) : loss.waitMs
  const next = wait(config, memory, loss.fault, delayMs, input, all)
  return { state: next.state, effects: [...next.effects, ...closed] }
}

function wasOpen({ phase }: SessionState): boolean {
  return phase === 'awaiting_hello' || phase === 'identifying' || phase === 'resuming' || phase === 'live'
}

/**
 * How long a link lived, by READY or RESUMED and an ACK; less than that is no life. A minute of it resets the attempts, and a
 * few seconds show that the session was not resumed in vain: a network that flaps must not cost the events of every gap.
 */
function provenLifeMs(state: SessionState, zombie: boolean, nowMs: number): number {
  if (state.phase !== 'live' || !state.pulse.acked) return -1
  return (zombie ? state.pulse.proofAtMs : nowMs) - state.pulse.readyAtMs
}

function exhausted(
  memory: SessionMemory,
  fault: Fault,
  input: SessionInput,
  effects: readonly SessionEffect[],
  closed: readonly SessionEffect[],
): SessionStep {
  const ending = {
    code: 'qq_reconnect_exhausted',
    message: `gave up after ${memory.attempts} attempts in a row; the last one: ${fault.message}`,
    hint: fault.hint ?? 'check the network and the status of the platform; Herald goes on trying at a slow pace',
    retryable: true,
  }
  return {
    state: { phase: 'ended', memory, ending },
    effects: [...effects, faultReport(memory, fault, input.nowMs), ...closed],
  }
}

/** The identify budget is used up: waiting for it is no failed attempt. */
export function waitForBudget(
  config: SessionConfig,
  memory: SessionMemory,
  input: SessionInput,
  effects: readonly SessionEffect[],
): SessionStep {
  const fault = {
    code: 'qq_identify_budget',
    message: 'the allowance of new sessions is used up',
    hint: 'Herald waits until the platform allows another one',
  }
  return wait(config, memory, fault, input.identifyWaitMs, input, effects)
}

function wait(
  config: SessionConfig,
  memory: SessionMemory,
  fault: Fault,
  delayMs: number,
  input: SessionInput,
  effects: readonly SessionEffect[],
): SessionStep {
  const untilMs = input.nowMs + delayMs
  const wakeAtMs = Math.min(untilMs, input.nowMs + config.limits.reportMs)
  return {
    state: { phase: 'waiting', memory, untilMs, wakeAtMs, fault },
    effects: [...effects, faultReport(memory, fault, untilMs)],
  }
}

/** Still waiting: says so again. */
export function waitAgain(
  config: SessionConfig,
  state: Extract<SessionState, { readonly phase: 'waiting' }>,
  input: SessionInput,
): SessionStep {
  // An early ring of the timer is no news.
  if (input.nowMs < state.wakeAtMs) return { state, effects: [] }
  const wakeAtMs = Math.min(state.untilMs, input.nowMs + config.limits.reportMs)
  return { state: { ...state, wakeAtMs }, effects: [faultReport(state.memory, state.fault, state.untilMs)] }
}

function faultReport(memory: SessionMemory, fault: Fault, retryAtMs: number): SessionEffect {
  return { do: 'report', evidence: { kind: 'fault', ...fault, attempt: memory.attempts, retryAtMs } }
}
