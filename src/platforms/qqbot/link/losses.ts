/** The ways in which the platform ends a link, or does not let one begin, and what each of them means. Pure. */
import { closeRule, INTENTS_REFUSED } from './close-codes.ts'
import { type Loss, lose } from './retry.ts'
import type {
  Failure,
  Fault,
  LinkedState,
  SessionConfig,
  SessionEffect,
  SessionInput,
  SessionState,
  SessionStep,
} from './session-types.ts'

const SOCKET_CLOSED: SessionEffect = { do: 'report', evidence: { kind: 'socket_closed' } }

/** A socket is there, open or being opened. */
export function isLinked(state: SessionState): state is LinkedState {
  return (
    state.phase === 'dialing' ||
    state.phase === 'awaiting_hello' ||
    state.phase === 'identifying' ||
    state.phase === 'resuming' ||
    state.phase === 'live'
  )
}

/** Op 7: the platform wants us elsewhere. No failure; but a link that never proves itself has this favour once. */
export function onReconnect(config: SessionConfig, state: LinkedState, input: SessionInput): SessionStep {
  const fault = { code: 'qq_reconnect_asked', message: 'the platform asked for a reconnect (op 7)' }
  const effects: SessionEffect[] = [{ do: 'abandon', ticket: state.ticket }]
  return lose(config, state, { fault, atOnce: 'favour' }, input, effects)
}

export function onInvalidSession(
  config: SessionConfig,
  state: LinkedState,
  resumable: boolean,
  input: SessionInput,
): SessionStep {
  const effects: SessionEffect[] = [{ do: 'abandon', ticket: state.ticket }]
  const pauseMs = pauseOf(config, input)
  if (state.phase === 'resuming' || state.phase === 'live') {
    const message = `the platform does not know the session (op 9 ${resumable})`
    const loss: Loss = { fault: { code: 'qq_session_lost', message }, atOnce: 'never', waitMs: pauseMs }
    return lose(config, state, { ...loss, dropSession: !resumable }, input, effects)
  }
  // The live platform answers a bad token, and intents that were not granted, with this instead of a close code.
  const fault = {
    code: 'qq_identify_refused',
    message: 'the platform refused IDENTIFY (op 9)',
    hint: 'if it stays so, check the credentials of the bot and its permissions on q.qq.com',
  }
  // Which of the two it was shows when fewer intents are asked for; after the least it is the whole set's turn again.
  const rung = (state.memory.rung + 1) % config.rungs
  const atLeast = rung === 0
  return lose(
    config,
    state,
    { fault, atOnce: 'never', waitMs: pauseMs, atLeast, dropToken: true, rung },
    input,
    effects,
  )
}

/** After a refused session. On the way down the ladder of intents nothing longer is waited: each step is another question. */
function pauseOf({ limits }: SessionConfig, { jitter }: SessionInput): number {
  const [least, most] = limits.invalidSessionPauseMs
  return Math.round(least + jitter * (most - least))
}

export function onClosed(
  config: SessionConfig,
  state: LinkedState,
  event: { readonly code: number; readonly reason: string },
  input: SessionInput,
): SessionStep {
  if (state.phase === 'dialing') {
    const fault = { code: 'qq_dial_failed', message: `no WebSocket: ${event.reason || `closed with ${event.code}`}` }
    return lose(config, state, { fault, atOnce: 'never' }, input, [])
  }
  const rule = closeRule(event.code)
  const effects: SessionEffect[] = rule.known ? [] : [{ do: 'count_unknown_close', code: event.code }]
  const message = `${rule.meaning} (close code ${event.code}${event.reason === '' ? '' : `, ${event.reason}`})`
  const fault = { code: rule.word, message, ...(rule.hint === undefined ? {} : { hint: rule.hint }) }
  const nextRung = state.memory.rung + 1
  if (rule.word === INTENTS_REFUSED && state.phase === 'identifying' && nextRung < config.rungs)
    return lose(
      config,
      state,
      { fault, atOnce: 'never', waitMs: pauseOf(config, input), rung: nextRung },
      input,
      effects,
    )
  switch (rule.action) {
    case 'recount':
      if (!config.recounts) return refused(state, fault, effects)
      return lose(config, state, { fault, atOnce: 'never', dropSession: true, recount: true }, input, effects)
    case 'final':
      return refused(state, fault, effects)
    case 'resume':
      return lose(config, state, { fault, atOnce: 'proven' }, input, effects)
    case 'slow':
      return lose(
        config,
        state,
        { fault, atOnce: 'never', waitMs: config.limits.slowDownMs, atLeast: true },
        input,
        effects,
      )
    case 'identify':
      return lose(config, state, { fault, atOnce: 'never', dropSession: true }, input, effects)
    case 'token':
      return lose(config, state, { fault, atOnce: 'never', dropSession: true, dropToken: true }, input, effects)
  }
}

/** For good: no reconnect cures it. */
function refused(state: LinkedState, fault: Fault, effects: readonly SessionEffect[]): SessionStep {
  return {
    state: { phase: 'ended', memory: state.memory, ending: { ...fault, retryable: false } },
    effects: [...effects, SOCKET_CLOSED, { do: 'forget_session' }],
  }
}

/** No token, or no gateway URL; also when the token ran out between the dial and HELLO. */
export function onFailure(
  config: SessionConfig,
  state: Exclude<SessionState, { readonly phase: 'ended' | 'waiting' | 'queued' }>,
  failure: Failure,
  input: SessionInput,
): SessionStep {
  const { verdict, waitMs, ...fault } = failure
  const effects: SessionEffect[] = isLinked(state) ? [{ do: 'abandon', ticket: state.ticket }] : []
  if (verdict === 'final')
    return {
      state: { phase: 'ended', memory: state.memory, ending: { ...fault, retryable: false } },
      effects: isLinked(state) ? [...effects, SOCKET_CLOSED] : effects,
    }
  const loss: Loss = { fault, atOnce: 'never', dropToken: verdict === 'token' }
  if (verdict === 'busy') {
    const pauseMs = Math.max(waitMs ?? 0, config.limits.slowDownMs)
    return lose(config, state, { ...loss, waitMs: pauseMs, atLeast: true }, input, effects)
  }
  return lose(config, state, { ...loss, ...(waitMs === undefined ? {} : { waitMs, atLeast: true }) }, input, effects)
}
