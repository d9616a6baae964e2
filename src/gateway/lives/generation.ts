/**
 * The world of one generation, and the knife that cuts it off. Everything an adapter may hold (sockets, requests, timers,
 * sleeps, the lease) goes through here, so that ending a generation destroys it all at once, and whatever its code still
 * says afterwards reaches nobody.
 */
import { setMaxListeners } from 'node:events'
import { type Cancel, type Clock, sleep } from '../../lib/clock.ts'
import { describeError, JournalUnwritableError, StoppedError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Dial, RequestHttp, Socket, SocketEvents } from '../../lib/net/network.ts'
import type { Random } from '../../lib/random.ts'
import { joinSignals } from '../../lib/signals.ts'
import type {
  AccountId,
  AccountStore,
  AdapterHost,
  Arrival,
  Ending,
  Evidence,
  Observation,
} from '../../platforms/platform.ts'
import type { Attribution } from './attribution.ts'
import { bugEnding, endingOfThrown, stalledEnding } from './endings.ts'
import { createLease } from './lease.ts'

/** A cut-off life may unwind through so many refused calls; the ones after that never settle, or a loop that ignores its end would spin. */
const REFUSALS = 100

export interface GenerationPorts {
  readonly account: AccountId
  readonly shard: number
  /** How many connections the account has; asked once the life runs, for it is not known before its adapter is opened. */
  shardCount(): number
  readonly number: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly net: { readonly dial: Dial; readonly request: RequestHttp }
  readonly store: AccountStore
  readonly attribution: Attribution
  accept(account: AccountId, arrival: Arrival): Promise<void>
  onEvidence(evidence: Evidence): void
  onObservation(observation: Observation): void
  /** It is to be ended, for this reason; at most once. */
  onFailure(ending: Ending): void
  /** All lives of the account are to begin anew. */
  onReopen(why: string): void
  /** A word that came after the end. */
  onLateWord(): void
}

export interface Generation {
  readonly number: number
  readonly host: AdapterHost
  /** Aborts when the generation is cut off. */
  readonly signal: AbortSignal
  readonly alive: boolean
  /** Runs something in the name of this life: what escapes from it ends this life. */
  enter<T>(fn: () => T): T
  /** Begins the first lease anew: opening is over, `run` begins. */
  renewFirstLease(): void
  /** Destroys sockets, timers, sleeps and requests before it returns. */
  cut(reason: string): void
  /** Past its own word by more than the grace. */
  overdue(nowMs: number): boolean
}

export function createGeneration(ports: GenerationPorts): Generation {
  const { account, shard, number, clock, attribution } = ports
  const scope = { account, shard, generation: number }
  const controller = new AbortController()
  const { signal } = controller
  // Every open request listens to it.
  setMaxListeners(0, signal)
  const sockets = new Set<Socket>()
  const timers = new Set<Cancel>()
  let alive = true
  let failed = false
  let refusals = 0

  const fail = (ending: Ending): void => {
    if (!alive || failed) return
    failed = true
    ports.onFailure(ending)
  }
  const lease = createLease(clock, lateMs => fail(stalledEnding(lateMs)))

  /** Calls back into the adapter: in its own scope, and what it throws ends this life and nothing else. */
  const callIn = (fn: () => void): void => {
    if (!alive) {
      ports.onLateWord()
      return
    }
    try {
      attribution.within(scope, fn)
    } catch (thrown) {
      fail(bugEnding(describeError(thrown)))
    }
  }
  const refuse = (): Promise<never> => {
    ports.onLateWord()
    refusals += 1
    if (refusals > REFUSALS) return new Promise(() => {})
    return Promise.reject(signal.reason)
  }
  /** The journal is needed to go on: when it refuses, this life is over. */
  const kept = async <T>(write: () => Promise<T>): Promise<T> => {
    try {
      return await attribution.outside(write)
    } catch (thrown) {
      if (thrown instanceof JournalUnwritableError) fail(endingOfThrown(thrown))
      throw thrown
    }
  }

  const ownClock: Clock = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    after(delayMs, fn) {
      if (!alive) {
        ports.onLateWord()
        return () => {}
      }
      const dueAtMs = clock.monotonicMs() + Math.max(0, delayMs)
      const cancel = clock.after(delayMs, () => {
        timers.delete(cancel)
        lease.excuse(dueAtMs)
        callIn(fn)
      })
      timers.add(cancel)
      return () => {
        timers.delete(cancel)
        cancel()
      }
    },
  }

  const dial: Dial = (options, events) => {
    if (!alive) {
      ports.onLateWord()
      return deadSocket
    }
    let socket: Socket | undefined
    let open = true
    const heard: SocketEvents = {
      opened: () => callIn(() => events.opened()),
      text: data => callIn(() => events.text(data)),
      binary: sizeBytes => callIn(() => events.binary(sizeBytes)),
      closed: (code, reason) => {
        open = false
        if (socket) sockets.delete(socket)
        // After the end this is only the echo of our own cut.
        if (alive) callIn(() => events.closed(code, reason))
      },
    }
    const dialled = attribution.outside(() => ports.net.dial(options, heard))
    socket = dialled
    if (open) sockets.add(dialled)
    return dialled
  }

  const request: RequestHttp = (what, ownSignal) => {
    if (!alive) return refuse()
    const send = (until: AbortSignal) => attribution.outside(() => ports.net.request(what, until))
    if (ownSignal === undefined) return send(signal)
    const either = joinSignals(signal, ownSignal)
    return send(either.signal).finally(either.release)
  }

  const store: AccountStore = {
    get: key => (alive ? attribution.outside(() => ports.store.get(key)) : refuse()),
    cursor: () => (alive ? attribution.outside(() => ports.store.cursor()) : refuse()),
    set: (key, value) => (alive ? kept(() => ports.store.set(key, value)) : refuse()),
  }

  const host: AdapterHost = {
    clock: ownClock,
    random: ports.random,
    log: ports.log,
    dial,
    request,
    store,
    get shard() {
      return { index: shard, count: ports.shardCount() }
    },
    observe(observation) {
      if (alive) ports.onObservation(observation)
      else ports.onLateWord()
    },
    report(evidence, nextByMs) {
      if (!alive || failed) {
        ports.onLateWord()
        return
      }
      lease.renew(nextByMs)
      ports.onEvidence(evidence)
    },
    accept: arrival =>
      alive ? kept(() => ports.accept(account, shard === 0 ? arrival : { ...arrival, shard })) : refuse(),
    reopen(why) {
      if (alive) ports.onReopen(why)
      else ports.onLateWord()
    },
    sleep: delayMs => (alive ? sleep(ownClock, delayMs, signal) : refuse()),
  }

  return {
    number,
    host,
    signal,
    get alive() {
      return alive
    },
    enter: fn => attribution.within(scope, fn),
    renewFirstLease: () => lease.restart(),
    cut(reason) {
      if (!alive) return
      alive = false
      lease.release()
      for (const socket of sockets) terminate(socket, ports.log)
      sockets.clear()
      for (const cancel of timers) cancel()
      timers.clear()
      // Listeners that throw are the adapter's own fault: theirs is the scope.
      attribution.within(scope, () => controller.abort(new StoppedError(`this life is over: ${reason}`)))
    },
    overdue: nowMs => lease.overdue(nowMs),
  }
}

function terminate(socket: Socket, log: Logger): void {
  try {
    socket.terminate()
  } catch (thrown) {
    log.error('a socket could not be destroyed', { error: describeError(thrown) })
  }
}

/** What a dial after the end gets. */
const deadSocket: Socket = { send: () => false, close: () => {}, terminate: () => {} }
