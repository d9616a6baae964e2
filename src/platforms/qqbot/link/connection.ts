/**
 * The shell around the session machine: carries out its effects with real sockets, requests and timers, turns frames into
 * its events, and brings every dispatched event to disk before the platform is told that it was heard.
 */
import type { Socket } from '../../../lib/net/network.ts'
import type { AdapterHost, Arrival, Ending, Shard } from '../../platform.ts'
import type { Acks } from '../inbound/acks.ts'
import type { TokenSource } from '../rest/token.ts'
import type { ResolvedSettings } from '../settings.ts'
import type { Gateway } from './bot/gateway-answer.ts'
import type { GatewayUrl } from './bot/gateway-url.ts'
import type { ShardPlan } from './bot/shard-plan.ts'
import type { Starts } from './bot/starts.ts'
import { belongsTo, createCursorTrack, parseCursor, type SessionCursor } from './cursor.ts'
import { failureOf } from './failure.ts'
import { createFrameReader } from './frame-reader.ts'
import { heartbeatFrame, identifyFrame, resumeFrame } from './frames.ts'
import { grantedBefore, grantNote, intentLadder, missingOf } from './intents.ts'
import { seeksIdentify } from './retry.ts'
import { armedAtMs, nextReportByMs, startSession, stepSession } from './session.ts'
import type { SessionConfig, SessionEffect, SessionEvent, SessionInput, SessionStep } from './session-types.ts'

/** Larger than any event of the platform; a larger frame closes the link, and RESUME asks for what it missed. */
const LARGEST_FRAME_BYTES = 4 * 1024 * 1024
/** A quiet session's sign of life is written down this often, so that a restart knows whether it is worth resuming. */
const ALIVE_EVERY_MS = 5 * 60_000
/** Wall and monotonic time that part by more than this: the machine has slept, or its clock was set. */
const CLOCK_JUMP_MS = 5_000
const INTENTS_KEY = 'intents'

export interface ConnectionParts {
  readonly token: TokenSource
  readonly gatewayUrl: GatewayUrl
  readonly plan: ShardPlan
  readonly starts: Starts
  readonly acks: Acks
}

/** One life of one account: resolves with the reason when the machine gives up, rejects when the host ends it. */
export async function runConnection(
  settings: ResolvedSettings,
  host: AdapterHost,
  signal: AbortSignal,
  parts: ConnectionParts,
): Promise<Ending> {
  const { shard } = host
  const [saved, intents] = await Promise.all([
    host.store.cursor(),
    host.store.get(INTENTS_KEY),
    parts.starts.load(host.store, shard.count),
  ])
  const cursor = parseCursor(saved)
  const fresh = cursor && host.clock.nowMs() - cursor.aliveAtMs <= settings.limits.resumeMaxAgeMs
  const leave = (): void => parts.starts.leave(shard.index)
  return new Promise<Ending>((resolve, reject) => {
    const connection = createConnection(settings, host, signal, parts, {
      shard,
      cursor: fresh && belongsTo(cursor, shard) ? cursor : undefined,
      granted: grantedBefore(intents, settings.intents, host.clock.nowMs()),
      onEnded: resolve,
      onBroken: reject,
    })
    signal.addEventListener(
      'abort',
      () => {
        leave()
        reject(signal.reason)
      },
      { once: true },
    )
    if (signal.aborted) reject(signal.reason)
    else connection.start()
  }).finally(leave)
}

interface Given {
  readonly shard: Shard
  readonly cursor: SessionCursor | undefined
  /** What a former life was granted of the intents, where that was not all. */
  readonly granted: number | undefined
  onEnded(ending: Ending): void
  onBroken(thrown: unknown): void
}

function createConnection(
  settings: ResolvedSettings,
  host: AdapterHost,
  signal: AbortSignal,
  parts: ConnectionParts,
  given: Given,
): { start(): void } {
  const { clock } = host
  const { account } = settings
  const { shard } = given
  const ladder = intentLadder(settings.intents)
  const known = ladder.indexOf(given.granted ?? settings.intents)
  const sets = ladder.slice(Math.max(0, known))
  const config: SessionConfig = {
    backoffSeconds: settings.backoffSeconds,
    maxAttempts: settings.maxAttempts,
    limits: settings.limits,
    rungs: sets.length,
    recounts: settings.shards === 'auto',
  }
  const track = createCursorTrack(given.cursor, shard)
  const reader = createFrameReader(account, host, track, {
    keep: arrival => keep(arrival),
    dispatch: event => {
      dispatch(event)
      if (event.type === 'ack') stayAlive()
    },
    acknowledge(pressId, verdict) {
      parts.acks.acknowledge(pressId, verdict).catch(given.onBroken)
    },
    inSession: () => step?.state.phase === 'live' || step?.state.phase === 'resuming',
  })
  let url: string | undefined
  /** The platform does not take the present number of connections. */
  let recount = false
  /** The last one used: what a refusal is about. */
  let token: string | undefined
  let socket: Socket | undefined
  let step: SessionStep | undefined
  let cancelTimer = (): void => {}
  let armedForMs: number | undefined
  let aliveWrittenMs = clock.monotonicMs()
  let seenWallMs = clock.nowMs()
  let seenMonotonicMs = clock.monotonicMs()

  const input = (): SessionInput => ({
    nowMs: clock.monotonicMs(),
    jitter: host.random.next(),
    identifyWaitMs: parts.starts.budgetWaitMs(),
    turnWaitMs: parts.starts.turnWaitMs(shard.index),
  })

  const dispatch = (event: SessionEvent): void => {
    if (step && !signal.aborted) enter(stepSession(config, step.state, event, input()))
  }
  const enter = (next: SessionStep): void => {
    step = next
    if (seeksIdentify(next.state)) parts.starts.take(shard.index)
    else if (next.state.phase !== 'identifying') parts.starts.leave(shard.index)
    for (const effect of next.effects) carryOut(effect)
    if (step !== next) return
    arm()
    if (next.state.phase === 'ended') {
      socket?.terminate()
      given.onEnded(next.state.ending)
    }
  }
  const arm = (): void => {
    const atMs = step && armedAtMs(step.state)
    // An event of the platform leaves it as it is.
    if (atMs === armedForMs) return
    cancelTimer()
    armedForMs = atMs
    if (atMs === undefined) return
    cancelTimer = clock.after(atMs - clock.monotonicMs(), () => {
      armedForMs = undefined
      const lateMs = Math.max(0, clock.monotonicMs() - atMs)
      dispatch({ type: 'tick', lateMs, jumped: clocksParted() })
    })
  }
  const clocksParted = (): boolean => {
    const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()]
    const partedMs = Math.abs(wallMs - seenWallMs - (monotonicMs - seenMonotonicMs))
    seenWallMs = wallMs
    seenMonotonicMs = monotonicMs
    return partedMs > CLOCK_JUMP_MS
  }

  const carryOut = (effect: SessionEffect): void => {
    switch (effect.do) {
      case 'fetch_token':
        withToken(effect.ticket, () => dispatch({ type: 'token_ready', ticket: effect.ticket }))
        break
      case 'fetch_gateway':
        parts.gatewayUrl
          .get({ fresh: url !== undefined }, signal)
          .then(
            found => onGateway(effect.ticket, found),
            thrown => dispatch({ type: 'gateway_failed', ticket: effect.ticket, failure: failureOf(thrown) }),
          )
          .catch(given.onBroken)
        break
      case 'dial':
        dial(effect.ticket)
        break
      case 'identify':
        onSocket(effect.ticket, got => identify(got, sets[effect.rung] ?? settings.intents))
        break
      case 'note_granted':
        noteGranted(sets[effect.rung] ?? settings.intents)
        break
      case 'resume':
        onSocket(effect.ticket, got => {
          const { session, seq } = track.resumable ?? { session: '', seq: 0 }
          socket?.send(resumeFrame(got, session, seq))
        })
        break
      case 'beat':
        socket?.send(heartbeatFrame(track.durable?.seq ?? null))
        break
      case 'abandon':
        socket?.terminate()
        socket = undefined
        break
      case 'drop_token':
        parts.token.drop(token)
        break
      case 'forget_session':
        track.forget()
        keep({ cursor: null })
        break
      case 'recount':
        recount = true
        break
      case 'report':
        if (step) host.report(effect.evidence, nextReportByMs(step.state, clock.monotonicMs()))
        break
      case 'count_unknown_close':
        host.observe({ kind: 'unknown', what: 'close_code', name: String(effect.code) })
        break
    }
  }

  const onGateway = async (ticket: number, found: Gateway): Promise<void> => {
    const count = await parts.plan.weigh(found.shards, recount, shard.count)
    if (count !== undefined) {
      host.reopen(`the platform recommends ${count} connections, and it has ${shard.count}`)
      return
    }
    if (recount && found.shards === undefined) {
      const message = 'the platform refused the number of connections, and cannot be asked for another now'
      const waitMs = settings.limits.gatewayWindowMs
      const failure = { verdict: 'passing', code: 'qq_shard_count_unknown', message, waitMs } as const
      dispatch({ type: 'gateway_failed', ticket, failure })
      return
    }
    recount = false
    url = found.url
    dispatch({ type: 'gateway_ready', ticket })
  }

  /** What `use` throws is a bug of ours, and ends this life. */
  const withToken = (ticket: number, use: (got: string) => Promise<void> | void): void => {
    parts.token
      .get(signal)
      .then(
        got => {
          token = got
          return use(got)
        },
        thrown => dispatch({ type: 'token_failed', ticket, failure: failureOf(thrown) }),
      )
      .catch(given.onBroken)
  }
  /** Nothing is said on a socket that came after the one that it was meant for. */
  const onSocket = (ticket: number, say: (got: string) => Promise<void> | void): void => {
    const present = socket
    withToken(ticket, got => (socket === present ? say(got) : undefined))
  }
  /** Spent on disk before it is sent: a crash in between must not make it free. */
  const identify = async (got: string, intents: number): Promise<void> => {
    const present = socket
    await parts.starts.spend(shard.index, host.store)
    host.observe({ kind: 'limited', what: 'sessions', message: parts.starts.warning() })
    if (socket === present) present?.send(identifyFrame(got, intents, shard))
  }
  const tellGranted = (granted: number): void => {
    const missing = missingOf(settings.intents, granted)
    const message = missing === null ? null : `not granted to this bot: ${missing}; see its permissions on q.qq.com`
    host.observe({ kind: 'limited', what: 'intents', message })
  }
  const noteGranted = (granted: number): void => {
    tellGranted(granted)
    if (granted === (given.granted ?? settings.intents)) return
    host.store.set(INTENTS_KEY, grantNote(settings.intents, granted, clock.nowMs())).catch(given.onBroken)
  }

  const dial = (ticket: number): void => {
    if (url === undefined) throw new Error('dial without a gateway URL')
    const dialled = host.dial(
      { url, handshakeTimeoutMs: settings.limits.dialMs, maxMessageBytes: LARGEST_FRAME_BYTES },
      {
        opened: () => dispatch({ type: 'opened', ticket }),
        text: data => {
          if (socket === dialled) reader.text(ticket, data)
        },
        binary: sizeBytes => {
          if (socket === dialled) reader.unknown('binary', `${sizeBytes} bytes`)
        },
        closed: (code, reason) => {
          if (socket === dialled) socket = undefined
          dispatch({ type: 'closed', ticket, code, reason })
        },
      },
    )
    socket = dialled
  }

  const keep = (arrival: Arrival): void => {
    host.accept(arrival).then(() => {
      if (arrival.cursor !== undefined) track.kept(arrival.cursor)
    }, given.onBroken)
  }
  const stayAlive = (): void => {
    if (clock.monotonicMs() - aliveWrittenMs < ALIVE_EVERY_MS) return
    aliveWrittenMs = clock.monotonicMs()
    const cursor = track.receive(undefined, clock.nowMs())
    if (cursor !== undefined) keep({ cursor })
  }

  return {
    start() {
      // A resumed session has the intents that it was begun with.
      if (given.granted !== undefined) tellGranted(given.granted)
      enter(startSession(config, track.durable !== undefined, input()))
    },
  }
}
