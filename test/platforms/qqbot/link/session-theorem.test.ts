/**
 * The theorem "it cannot die silently", for the QQ session: a walk through every state that any order of events can reach.
 * What has not ended has something armed within its lease; there is one socket at most; `ready` is never reported without
 * READY or RESUMED on the present socket, and does not outlive it; at most two RESUMEs go out before an IDENTIFY or a proof.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeRule, KNOWN_CLOSE_CODES } from '../../../../src/platforms/qqbot/link/close-codes.ts'
import { seeksIdentify } from '../../../../src/platforms/qqbot/link/retry.ts'
import { armedAtMs, nextReportByMs, startSession, stepSession } from '../../../../src/platforms/qqbot/link/session.ts'
import type {
  SessionConfig,
  SessionEffect,
  SessionEvent,
  SessionInput,
  SessionState,
  SessionStep,
} from '../../../../src/platforms/qqbot/link/session-types.ts'
import { DEFAULT_LIMITS } from '../../../../src/platforms/qqbot/settings.ts'

const CONFIG: SessionConfig = {
  backoffSeconds: [2, 5, 10],
  maxAttempts: 3,
  limits: DEFAULT_LIMITS,
  rungs: 2,
  recounts: true,
}
/** The machine looks at nothing but the action of a code: one of each, and one that nobody knows. */
const CLOSE_CODES = [4999, 4014, ...new Map(KNOWN_CLOSE_CODES.map(code => [closeRule(code).action, code])).values()]
const LEASE_GRACE_MS = 5_000

/** The machine, and what its effects have made of the world. */
interface World {
  readonly state: SessionState
  readonly nowMs: number
  /** The ticket of the open socket, or of the one being opened. */
  readonly socket: number | undefined
  /** READY or RESUMED came on it. */
  readonly greeted: boolean
  /** What was reported makes the account look connected, until the proof grows old. */
  readonly proven: boolean
  readonly resumesInARow: number
  readonly saidByMs: number
  readonly before: World | undefined
  readonly event: SessionEvent | undefined
}

/** How the walk came here, for the message of a failure. */
function told(world: World): string {
  const steps: string[] = []
  for (let now: World | undefined = world; now && steps.length < 25; now = now.before)
    steps.unshift(`+${now.nowMs - (now.before?.nowMs ?? 0)} ${now.event ? describe(now.event) : 'start'}`)
  return `${world.state.phase} after ${steps.join(', ')}`
}

/** `lateMs`: how long ago the armed timer was due. */
function eventsAt(state: SessionState, lateMs: number): SessionEvent[] {
  const ticks: SessionEvent[] = [tick(lateMs), { type: 'tick', lateMs, jumped: true }]
  if (!('ticket' in state)) return ticks
  return [...ticks, ...eventsOf(state.ticket)]
}

const tick = (lateMs: number): SessionEvent => ({ type: 'tick', lateMs, jumped: false })

function eventsOf(ticket: number): SessionEvent[] {
  const failures = (['final', 'token', 'busy', 'passing'] as const).map(verdict => ({
    verdict,
    code: 'qq_some_failure',
    message: 'told by the test',
    ...(verdict === 'busy' ? { waitMs: 90_000 } : {}),
  }))
  return [
    { type: 'token_ready', ticket },
    { type: 'gateway_ready', ticket },
    ...failures.flatMap(failure => [
      { type: 'token_failed' as const, ticket, failure },
      { type: 'gateway_failed' as const, ticket, failure },
    ]),
    { type: 'opened', ticket },
    ...[undefined, 5_000].map(intervalMs => ({
      type: 'hello' as const,
      ticket,
      intervalMs,
    })),
    { type: 'ready', ticket, resumable: true },
    { type: 'ready', ticket, resumable: false },
    { type: 'resumed', ticket },
    { type: 'dispatch', ticket },
    { type: 'ack', ticket },
    { type: 'beat_wanted', ticket },
    { type: 'reconnect', ticket },
    { type: 'invalid_session', ticket, resumable: true },
    { type: 'invalid_session', ticket, resumable: false },
    ...CLOSE_CODES.map(code => ({ type: 'closed' as const, ticket, code, reason: '' })),
  ]
}

/** For the budget, and for a turn that other connections of the bot have. */
type Waits = readonly [budgetMs: number, turnMs: number]
const NO_WAIT: Waits = [0, 0]
const WAITS: readonly Waits[] = [NO_WAIT, [3_600_000, 0], [0, 5_000]]
/** What they matter to: the moments at which an IDENTIFY may be next. */
const waitsFor = (event: SessionEvent): readonly Waits[] =>
  ['ack', 'dispatch', 'beat_wanted', 'token_ready', 'gateway_ready', 'opened'].includes(event.type) ? [NO_WAIT] : WAITS

function inputAt(nowMs: number, [identifyWaitMs, turnWaitMs]: Waits): SessionInput {
  return { nowMs, jitter: 0.5, identifyWaitMs, turnWaitMs }
}

/** The way to a state is told only when something is wrong with it: to tell it takes longer than to walk it. */
function holds(condition: boolean, otherwise: () => string): asserts condition {
  if (!condition) assert.fail(otherwise())
}

/** Carries the effects out as the shell does, and checks each. */
function carryOut(before: World, event: SessionEvent | undefined, step: SessionStep, nowMs: number): World {
  const here = (): string => told({ ...before, before, event, state: step.state, nowMs })
  let { socket, greeted, proven, resumesInARow, saidByMs } = before
  // An ACK and five seconds of life show that RESUME was not in vain.
  const was = before.state
  if (was.phase === 'live' && was.pulse.acked && nowMs - was.pulse.readyAtMs >= 5_000) resumesInARow = 0
  // What our own event loop was late by, the lease forgives.
  if (event?.type === 'tick') saidByMs += event.lateMs
  const current = event !== undefined && 'ticket' in event && event.ticket === socket
  if (current && event?.type === 'closed') [socket, greeted] = [undefined, false]
  if (current && (event?.type === 'ready' || event?.type === 'resumed')) greeted = true
  // A session that was begun anew in answer to RESUME.
  if (current && event?.type === 'ready') resumesInARow = 0
  const effect = (each: SessionEffect): void => {
    switch (each.do) {
      case 'dial':
        holds(socket === undefined, () => `two sockets: ${here()}`)
        ;[socket, greeted] = [each.ticket, false]
        break
      case 'abandon':
        if (each.ticket === socket) [socket, greeted] = [undefined, false]
        break
      case 'identify':
      case 'resume':
      case 'beat':
        holds(each.ticket === socket, () => `${each.do} on no socket: ${here()}`)
        if (each.do === 'identify') holds(seeksIdentify(was), () => `an IDENTIFY out of turn: ${here()}`)
        if (each.do === 'identify') resumesInARow = 0
        if (each.do === 'resume') resumesInARow += 1
        break
      case 'report':
        if (each.evidence.kind === 'ready') proven = true
        if (each.evidence.kind === 'socket_closed' || each.evidence.kind === 'socket_open') proven = false
        if (each.evidence.kind === 'ready') holds(greeted, () => `ready without READY: ${here()}`)
        if (each.evidence.kind === 'ack') holds(greeted, () => `a proof without a link: ${here()}`)
        saidByMs = nextReportByMs(step.state, nowMs)
        break
      default:
    }
  }
  for (const each of step.effects) effect(each)
  holds(resumesInARow <= 2, () => `resumed ${resumesInARow} times in vain: ${here()}`)
  return { state: step.state, nowMs, socket, greeted, proven, resumesInARow, saidByMs, before, event }
}

function describe(event: SessionEvent): string {
  if (event.type === 'closed') return `closed ${event.code}`
  if (event.type === 'tick') return `tick late ${event.lateMs}${event.jumped ? ' jumped' : ''}`
  return event.type
}

/** What must hold wherever the machine stands. */
function check(world: World): void {
  const { state, nowMs } = world
  const armedMs = armedAtMs(state)
  if (world.proven) holds(world.greeted, () => `looks connected without a link: ${told(world)}`)
  if (state.phase === 'ended') {
    holds(armedMs === undefined, () => told(world))
    holds(/^qq_[a-z_]+$/.test(state.ending.code), () => told(world))
    holds(state.ending.message !== '', () => told(world))
    return
  }
  holds(armedMs !== undefined && Number.isFinite(armedMs), () => `nothing is armed: ${told(world)}`)
  // Whatever fires now or within the lease: the next word comes in time.
  holds(armedMs - nowMs <= 25 * 3_600_000, () => `armed too late: ${told(world)}`)
  holds(armedMs <= world.saidByMs + LEASE_GRACE_MS, () => `armed after its own word: ${told(world)}`)
  if (state.phase === 'live') holds(world.greeted, () => `live without READY: ${told(world)}`)
  if (state.phase === 'waiting') holds(world.socket === undefined, () => `waits with an open socket: ${told(world)}`)
  if (state.phase === 'fetching_token' || state.phase === 'fetching_gateway' || state.phase === 'queued')
    holds(world.socket === undefined, () => `fetches with an open socket: ${told(world)}`)
}

/** States that behave alike from here on: times only as far as the machine looks at them. */
function keyOf({ state, nowMs, resumesInARow, saidByMs, socket }: World): string {
  const { memory } = state
  const armedMs = armedAtMs(state)
  const common = [
    state.phase,
    memory.attempts,
    memory.session,
    memory.resumes,
    memory.url,
    memory.failedDials,
    memory.favourSpent,
    memory.rung,
    resumesInARow,
    socket !== undefined,
    armedMs === undefined ? '' : Math.sign(Math.round(armedMs - nowMs)),
    armedMs !== undefined && armedMs <= saidByMs,
  ]
  if (state.phase === 'live') {
    const { pulse } = state
    return JSON.stringify([
      ...common,
      pulse.intervalMs,
      Math.min(pulse.unacked, 2),
      pulse.acked,
      pulse.probe === null ? '' : Math.min(pulse.probe.wanted, 2),
      nowMs - pulse.readyAtMs >= 60_000,
      Math.min(2, Math.floor((nowMs - pulse.proofAtMs) / pulse.intervalMs)),
    ])
  }
  if (state.phase === 'ended') return JSON.stringify([state.phase, state.ending.code, state.ending.retryable])
  if (state.phase === 'waiting') return JSON.stringify([...common, state.fault.code])
  if ('intervalMs' in state) return JSON.stringify([...common, state.intervalMs])
  return JSON.stringify(common)
}

/** From a start with a session on disk, and without one. */
function explore(config: SessionConfig): Map<string, World> {
  const seen = new Map<string, World>()
  const queue: World[] = []
  const visit = (world: World): void => {
    check(world)
    const key = keyOf(world)
    if (seen.has(key)) return
    seen.set(key, world)
    queue.push(world)
  }
  const nowhere = {
    nowMs: 0,
    socket: undefined,
    greeted: false,
    proven: false,
    resumesInARow: 0,
    saidByMs: 0,
    before: undefined,
    event: undefined,
  }
  for (const session of [false, true])
    for (const waits of WAITS) {
      const first = startSession(config, session, inputAt(0, waits))
      visit(carryOut({ ...nowhere, state: first.state }, undefined, first, 0))
    }
  for (const world of queue) {
    const armedMs = armedAtMs(world.state)
    if (armedMs === undefined) continue
    const dueMs = Math.max(world.nowMs, armedMs)
    for (const nowMs of new Set([world.nowMs, dueMs, dueMs + 1_000, dueMs + 70_000]))
      for (const event of eventsAt(world.state, Math.max(0, nowMs - armedMs)))
        for (const waits of waitsFor(event)) {
          // The timer is armed: nothing else can come long after it without it having rung.
          if (nowMs < world.nowMs || (event.type !== 'tick' && nowMs > dueMs + 1_000)) continue
          const step = stepSession(config, world.state, event, inputAt(nowMs, waits))
          holds(
            waits[1] === 0 || seeksIdentify(world.state) || !seeksIdentify(step.state),
            () => `a turn that others have: ${told(world)}`,
          )
          visit(carryOut(world, event, step, nowMs))
        }
  }
  return seen
}

const FIXED: SessionConfig = { ...CONFIG, recounts: false }
const seen = new Map([...explore(FIXED), ...explore(CONFIG)])

test('in every reachable state of the session something is armed within its word', context => {
  const phases = new Map<string, number>()
  for (const { state } of seen.values()) phases.set(state.phase, (phases.get(state.phase) ?? 0) + 1)
  context.diagnostic(`visited ${seen.size} states of a session: ${JSON.stringify(Object.fromEntries(phases))}`)
  for (const phase of [
    'fetching_token',
    'fetching_gateway',
    'dialing',
    'awaiting_hello',
    'identifying',
    'resuming',
    'live',
    'waiting',
    'queued',
    'ended',
  ])
    assert.ok(phases.has(phase), `the walk never saw ${phase}`)
  assert.ok(seen.size > 1_000, `only ${seen.size} states`)
})

test('answers of an operation that was given up change nothing', () => {
  for (const { state, nowMs } of seen.values()) {
    if (!('ticket' in state)) continue
    for (const event of eventsOf(state.ticket - 1))
      assert.deepEqual(stepSession(CONFIG, state, event, inputAt(nowMs, NO_WAIT)), { state, effects: [] }, event.type)
  }
})

test('left alone in a well world, every state comes back to a live link or has ended', () => {
  for (const world of seen.values()) {
    let now = world
    for (let steps = 0; now.state.phase !== 'live' && now.state.phase !== 'ended'; steps += 1) {
      if (steps >= 12) assert.fail(`does not come back: ${told(now)}`)
      const event = helpful(now.state)
      const nowMs = event.type === 'tick' ? Math.max(now.nowMs, armedAtMs(now.state) ?? 0) : now.nowMs
      // A wait of an hour says every half minute that it waits: go straight to its end.
      const atMs = now.state.phase === 'waiting' ? Math.max(nowMs, now.state.untilMs) : nowMs
      now = carryOut(now, event, stepSession(CONFIG, now.state, event, inputAt(atMs, NO_WAIT)), atMs)
    }
  }
})

function helpful(state: SessionState): SessionEvent {
  if (!('ticket' in state)) return tick(0)
  const { ticket } = state
  switch (state.phase) {
    case 'fetching_token':
      return { type: 'token_ready', ticket }
    case 'fetching_gateway':
      return { type: 'gateway_ready', ticket }
    case 'dialing':
      return { type: 'opened', ticket }
    case 'awaiting_hello':
      return { type: 'hello', ticket, intervalMs: 45_000 }
    case 'identifying':
      return { type: 'ready', ticket, resumable: true }
    case 'resuming':
      return { type: 'resumed', ticket }
    case 'live':
      return { type: 'ack', ticket }
  }
}
