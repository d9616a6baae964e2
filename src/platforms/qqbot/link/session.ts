/**
 * The QQ gateway protocol as a pure machine: from a state and an event to the next state and what is to be done. It holds
 * no socket and no timer. Whatever has not ended is armed: `armedAtMs` names the moment of its next tick.
 */
import type { Evidence } from '../../platform.ts'
import { isLinked, onClosed, onFailure, onInvalidSession, onReconnect } from './losses.ts'
import { beat, confirm, firstPulse, lateTick, proofDeadlineMs, pulseDueAtMs } from './pulse.ts'
import { begin, lose, mustIdentify, waitAgain, waitForBudget } from './retry.ts'
import type {
  BusyState,
  LinkedState,
  SessionConfig,
  SessionEffect,
  SessionEvent,
  SessionInput,
  SessionMemory,
  SessionState,
  SessionStep,
} from './session-types.ts'

/** Timers this late mean that our own event loop did not run; then the peer gets the time back, and a little more to be heard. */
const OWN_DELAY_MS = 100
const HEARING_MS = 250

/** The beginning of a life. `session`: a former one left a session that may be resumed. */
export function startSession(config: SessionConfig, session: boolean, input: SessionInput): SessionStep {
  const memory: SessionMemory = {
    lastTicket: 0,
    attempts: 0,
    session,
    resumes: 0,
    url: false,
    failedDials: 0,
    rung: 0,
    favourSpent: false,
  }
  return begin(config, memory, input)
}

/** When the machine wants its next tick (monotonic); undefined once it has ended. */
export function armedAtMs(state: SessionState): number | undefined {
  switch (state.phase) {
    case 'ended':
      return undefined
    case 'waiting':
      return state.wakeAtMs
    case 'queued':
      return state.untilMs
    case 'live':
      return pulseDueAtMs(state.pulse)
    default:
      return state.deadlineAtMs
  }
}

/** What a probe after a suspension may take beyond the two intervals. */
const PROBE_ALLOWANCE_MS = 10_000

/** By when the next report comes at the latest (monotonic). */
export function nextReportByMs(state: SessionState, nowMs: number): number {
  if (state.phase === 'live') return proofDeadlineMs(state.pulse) + PROBE_ALLOWANCE_MS
  return armedAtMs(state) ?? nowMs
}

export function stepSession(
  config: SessionConfig,
  state: SessionState,
  event: SessionEvent,
  input: SessionInput,
): SessionStep {
  if (state.phase === 'ended') return still(state)
  if (event.type === 'tick') return onTick(config, state, event, input)
  // Answers of an operation that was given up come too late.
  if (!('ticket' in state) || event.ticket !== state.ticket) return still(state)
  switch (event.type) {
    case 'token_ready':
      return state.phase === 'fetching_token' ? onToken(config, state, input) : still(state)
    case 'token_failed':
    case 'gateway_failed':
      return onFailure(config, state, event.failure, input)
    case 'gateway_ready':
      return state.phase === 'fetching_gateway' ? dial(config, { ...state.memory, url: true }, input) : still(state)
    default:
      return isLinked(state) ? onLink(config, state, event, input) : still(state)
  }
}

type LinkEvent = Exclude<
  SessionEvent,
  { readonly type: 'tick' | 'token_ready' | 'token_failed' | 'gateway_ready' | 'gateway_failed' }
>

function onLink(config: SessionConfig, state: LinkedState, event: LinkEvent, input: SessionInput): SessionStep {
  switch (event.type) {
    case 'opened':
      return state.phase === 'dialing' ? onOpened(config, state, input) : still(state)
    case 'hello':
      return state.phase === 'awaiting_hello' ? onHello(config, state, event.intervalMs, input) : still(state)
    case 'ready':
      // Some answer RESUME with a new session.
      if (state.phase !== 'identifying' && state.phase !== 'resuming') return still(state)
      return live(config, state, { ...state.memory, session: event.resumable, resumes: 0 }, false, input)
    case 'resumed':
      return state.phase === 'resuming' ? live(config, state, state.memory, true, input) : still(state)
    case 'dispatch':
      return onDispatch(config, state, input)
    case 'ack':
      return onAck(state, input)
    case 'beat_wanted':
      return onBeatWanted(state, input)
    case 'reconnect':
      return onReconnect(config, state, input)
    case 'invalid_session':
      return onInvalidSession(config, state, event.resumable, input)
    case 'closed':
      return onClosed(config, state, event, input)
  }
}

const still = (state: SessionState): SessionStep => ({ state, effects: [] })

function report(evidence: Evidence): SessionEffect {
  return { do: 'report', evidence }
}

function onToken(config: SessionConfig, state: BusyState, input: SessionInput): SessionStep {
  if (state.memory.url) return dial(config, state.memory, input)
  const memory = { ...state.memory, lastTicket: state.memory.lastTicket + 1 }
  const boundMs = config.limits.gatewayMs + HEARING_MS
  return {
    state: { phase: 'fetching_gateway', memory, ticket: memory.lastTicket, ...until(input.nowMs, boundMs) },
    effects: [report({ kind: 'connecting', step: 'gateway' }), { do: 'fetch_gateway', ticket: memory.lastTicket }],
  }
}

function dial(config: SessionConfig, before: SessionMemory, input: SessionInput): SessionStep {
  const memory = { ...before, lastTicket: before.lastTicket + 1 }
  const boundMs = config.limits.dialMs + HEARING_MS
  return {
    state: { phase: 'dialing', memory, ticket: memory.lastTicket, ...until(input.nowMs, boundMs) },
    effects: [report({ kind: 'connecting', step: 'dial' }), { do: 'dial', ticket: memory.lastTicket }],
  }
}

/** Our own delays may double a bound, not more. */
function until(nowMs: number, boundMs: number): { deadlineAtMs: number; latestAtMs: number } {
  return { deadlineAtMs: nowMs + boundMs, latestAtMs: nowMs + 2 * boundMs }
}

function onOpened(config: SessionConfig, state: BusyState, input: SessionInput): SessionStep {
  const { memory, ticket } = state
  return {
    state: { phase: 'awaiting_hello', memory, ticket, ...until(input.nowMs, config.limits.helloMs) },
    effects: [report({ kind: 'socket_open' })],
  }
}

function onHello(config: SessionConfig, state: BusyState, told: number | undefined, input: SessionInput): SessionStep {
  const intervalMs = heartbeatInterval(config, told)
  const memory = { ...state.memory, failedDials: 0 }
  const { ticket } = state
  const bound = until(input.nowMs, config.limits.readyMs)
  if (!mustIdentify(memory))
    return {
      state: { phase: 'resuming', memory: { ...memory, resumes: memory.resumes + 1 }, ticket, intervalMs, ...bound },
      effects: [report({ kind: 'connecting', step: 'resume' }), { do: 'resume', ticket }],
    }
  if (input.identifyWaitMs > 0) return waitForBudget(config, memory, input, [{ do: 'abandon', ticket }])
  const fresh = { ...memory, session: false, resumes: 0 }
  return {
    state: { phase: 'identifying', memory: fresh, ticket, intervalMs, ...bound },
    effects: [
      ...(memory.session ? [{ do: 'forget_session' } as const] : []),
      report({ kind: 'connecting', step: 'identify' }),
      { do: 'identify', ticket, rung: memory.rung },
    ],
  }
}

/** What HELLO says, as far as it makes sense. */
function heartbeatInterval({ limits }: SessionConfig, told: number | undefined): number {
  if (told === undefined || !Number.isFinite(told) || told <= 0) return limits.heartbeatDefaultMs
  return Math.min(Math.max(told, limits.heartbeatMinMs), limits.heartbeatMaxMs)
}

/** READY or RESUMED: a proof. A beat goes out right after it, so that the next proof is not an interval away. */
function live(
  config: SessionConfig,
  state: Extract<SessionState, { readonly intervalMs: number }>,
  memory: SessionMemory,
  resumed: boolean,
  input: SessionInput,
): SessionStep {
  const pulse = firstPulse(state.intervalMs, input.nowMs, config.limits)
  const granted: SessionEffect[] = state.phase === 'identifying' ? [{ do: 'note_granted', rung: memory.rung }] : []
  return {
    state: { phase: 'live', memory, ticket: state.ticket, pulse },
    effects: [
      report({ kind: 'ready', resumed, proofMs: 2 * state.intervalMs }),
      { do: 'beat', ticket: state.ticket },
      ...granted,
    ],
  }
}

function onDispatch(config: SessionConfig, state: LinkedState, input: SessionInput): SessionStep {
  if (state.phase === 'live') return { state, effects: [report({ kind: 'event' })] }
  if (state.phase !== 'resuming') return still(state)
  // A replay under way is a sign of life; RESUMED comes after it.
  const deadlineAtMs = Math.min(input.nowMs + config.limits.readyMs, state.latestAtMs)
  return { state: { ...state, deadlineAtMs }, effects: [report({ kind: 'event' })] }
}

function onAck(state: LinkedState, input: SessionInput): SessionStep {
  if (state.phase !== 'live' || state.pulse.unacked === 0) return still(state)
  return { state: { ...state, pulse: confirm(state.pulse, input.nowMs) }, effects: [report({ kind: 'ack' })] }
}

function onBeatWanted(state: LinkedState, input: SessionInput): SessionStep {
  if (state.phase !== 'live') return still(state)
  return {
    state: { ...state, pulse: beat(state.pulse, input.nowMs) },
    effects: [{ do: 'beat', ticket: state.ticket }],
  }
}

function onTick(
  config: SessionConfig,
  state: Exclude<SessionState, { readonly phase: 'ended' }>,
  event: { readonly lateMs: number; readonly jumped: boolean },
  input: SessionInput,
): SessionStep {
  switch (state.phase) {
    case 'waiting':
      return input.nowMs >= state.untilMs ? begin(config, state.memory, input) : waitAgain(config, state, input)
    case 'queued':
      return input.nowMs >= state.untilMs ? begin(config, state.memory, input) : still(state)
    case 'live':
      return onPulse(config, state, event, input)
    default:
      return onDeadline(config, state, event.lateMs, input)
  }
}

const TIMEOUTS = {
  fetching_token: { step: 'token', code: 'qq_token_timeout', message: 'the token endpoint did not answer in time' },
  fetching_gateway: { step: 'gateway', code: 'qq_gateway_timeout', message: 'GET /gateway did not answer in time' },
  dialing: { step: 'dial', code: 'qq_dial_timeout', message: 'the WebSocket did not open in time' },
  awaiting_hello: {
    step: 'hello',
    code: 'qq_hello_timeout',
    message: 'the platform opened the link and said no HELLO',
  },
  identifying: { step: 'identify', code: 'qq_ready_timeout', message: 'the platform answered IDENTIFY with silence' },
  resuming: { step: 'resume', code: 'qq_resume_timeout', message: 'the platform answered RESUME with silence' },
} as const

function onDeadline(config: SessionConfig, state: BusyState, lateMs: number, input: SessionInput): SessionStep {
  if (input.nowMs < state.deadlineAtMs) return still(state)
  const movedMs = Math.min(state.deadlineAtMs + lateMs + HEARING_MS, state.latestAtMs)
  const { step, ...fault } = TIMEOUTS[state.phase]
  if (lateMs >= OWN_DELAY_MS && movedMs > input.nowMs)
    return { state: { ...state, deadlineAtMs: movedMs }, effects: [report({ kind: 'connecting', step })] }
  return lose(config, state, { fault, atOnce: 'never' }, input, [{ do: 'abandon', ticket: state.ticket }])
}

function onPulse(
  config: SessionConfig,
  state: Extract<SessionState, { readonly phase: 'live' }>,
  event: { readonly lateMs: number; readonly jumped: boolean },
  input: SessionInput,
): SessionStep {
  const { pulse, lost, beats } = lateTick(state.pulse, event, input.nowMs, config.limits)
  if (lost !== undefined)
    return lose(config, state, { fault: lost, atOnce: 'proven', zombie: true }, input, [
      { do: 'abandon', ticket: state.ticket },
    ])
  // A probe forgives the silence of the time we were away, so the next proof may come later than was promised.
  const probes = pulse.probe !== null && pulse.probe !== state.pulse.probe
  const effects: SessionEffect[] = probes ? [report({ kind: 'connecting', step: 'probe' })] : []
  if (beats) effects.push({ do: 'beat', ticket: state.ticket })
  return { state: { ...state, pulse }, effects }
}
