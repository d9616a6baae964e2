/** Looks, while an agent is failing, whether it is back: nobody writes to a dead bot, so that no turn would tell. */
import { type Clock, sleep } from '../lib/clock.ts'
import { describeError, StoppedError } from '../lib/errors.ts'
import { untilAborted } from '../lib/signals.ts'
import { type Agent, AgentError, type Reached } from './agent.ts'

export interface Lookout {
  /** A turn failed, and the agent with it. */
  down(error: AgentError): void
  /** A turn was answered. */
  answered(): void
  close(): Promise<void>
}

export interface LookoutEvents {
  back(): void
  /** It is down still, with what is known of it now. */
  still(error: AgentError): void
}

interface Outage {
  error: AgentError
  /** When the latest turn failed, by the monotonic clock. */
  failedAtMs: number
  /** A look has found it too. */
  seen: boolean
  readonly over: AbortController
}

/** Before the first look, the second, and so on; the last one repeats. */
const PAUSES_MS = [60_000, 60_000, 60_000, 120_000, 180_000, 300_000]
/** A probe has shorter ones of its own. */
const BOUND_MS = 15_000
/**
 * So long after a failed turn a good look says nothing of an agent that looks never found failing: it took the message then too. As
 * long as an alert that comes and goes has to stay well before it is believed.
 */
const QUIET_MS = 15 * 60_000

/** The next turn will fare no better, and a look can see it: nobody listens, or whoever does lets nobody in. */
export const isDown = ({ code, passing }: AgentError): boolean =>
  code === 'agent_unreachable' || (code === 'agent_refused' && !passing)

const isShut = (error: AgentError): boolean => error.code === 'agent_refused' && isDown(error)

export function createLookout(probe: NonNullable<Agent['probe']>, clock: Clock, events: LookoutEvents): Lookout {
  const looking = new Set<Promise<void>>()
  let outage: Outage | undefined
  /** Since the last answer. */
  let looks = 0
  let saidBack = false

  /**
   * What a look finds and what a turn finds may differ: lists of models are often open to everybody. So where no answer has
   * come since a look called it back, or it lets nobody in, a look has to have found the trouble before its end is believed.
   */
  const isOver = ({ error, failedAtMs, seen }: Outage, reached: Reached): boolean => {
    if (isShut(error)) return reached === 'admitted' && seen
    return seen || (!saidBack && (isDown(error) || clock.monotonicMs() - failedAtMs >= QUIET_MS))
  }

  const look = async (over: AbortSignal): Promise<Reached | AgentError> => {
    const bound = new AbortController()
    const late = new AgentError('agent_unreachable', `no answer to a look within ${BOUND_MS} ms`)
    const cancel = clock.after(BOUND_MS, () => bound.abort(late))
    const signal = AbortSignal.any([bound.signal, over])
    try {
      return await untilAborted(probe(signal), signal)
    } catch (thrown) {
      if (bound.signal.aborted) return late
      return thrown instanceof AgentError ? thrown : new AgentError('agent_unreachable', describeError(thrown))
    } finally {
      cancel()
    }
  }

  const watch = async (its: Outage): Promise<void> => {
    const { signal } = its.over
    for (;;) {
      await sleep(clock, PAUSES_MS[Math.min(looks, PAUSES_MS.length - 1)] ?? 0, signal).catch(() => {})
      if (signal.aborted) return
      looks += 1
      const found = await look(its.over.signal)
      if (signal.aborted) return
      if (found instanceof AgentError) {
        its.seen = true
        its.error = found
        events.still(found)
      } else if (isOver(its, found)) {
        outage = undefined
        saidBack = true
        return events.back()
      } else if (found === 'reached' && isShut(its.error)) its.seen = true
    }
  }

  const end = (): void => {
    outage?.over.abort(new StoppedError('it is not looked for any more'))
    outage = undefined
  }

  return {
    down(error) {
      const failedAtMs = clock.monotonicMs()
      if (outage) {
        Object.assign(outage, { error, failedAtMs })
        return
      }
      outage = { error, failedAtMs, seen: false, over: new AbortController() }
      const held = watch(outage).finally(() => looking.delete(held))
      looking.add(held)
    },
    answered() {
      end()
      looks = 0
      saidBack = false
    },
    async close() {
      end()
      await Promise.all(looking)
    },
  }
}
