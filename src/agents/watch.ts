/** How an agent is doing, by what became of its turns. */
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/log.ts'
import {
  type Agent,
  AgentError,
  type AgentErrorCode,
  type AgentEvent,
  type AgentHealth,
  type AgentTurn,
} from './agent.ts'
import { createLookout, isDown } from './lookout.ts'

export interface WatchWorld {
  readonly clock: Clock
  readonly log: Logger
}

/** One turn may fail for its own reasons; so many in a row are the agent's. */
export const FAILING_AFTER = 3

/** What says something about the agent, and not about one question. */
const ITS_OWN: ReadonlySet<AgentErrorCode> = new Set([
  'agent_unreachable',
  'agent_refused',
  'agent_timeout',
  'agent_broken',
])

/**
 * The same agent. It is `failing` when it cannot start, when its latest turn found it down, when the first that it was ever
 * asked broke off, and after so many failed turns in a row; `ok` again after a good one. One that is found there again is
 * `unknown` until somebody asks it.
 */
export function watchAgent(agent: Agent, { clock, log }: WatchWorld): Agent {
  let failures = 0
  let isFailing = false
  let lastOkAtMs: number | undefined
  let error: string | undefined
  let reachableAtMs: number | undefined
  const note = ({ code, message }: AgentError): void => {
    error = `${code}: ${message}`
  }
  const back = (): void => {
    isFailing = false
    error = undefined
    reachableAtMs = clock.nowMs()
    log.info('the agent can be reached again; no answer has proven it yet')
  }
  const lookout = agent.probe && createLookout(agent.probe.bind(agent), clock, { still: note, back })

  async function* run(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    try {
      yield* agent.run(turn, signal)
    } catch (thrown) {
      if (!signal.aborted && thrown instanceof AgentError && ITS_OWN.has(thrown.code)) {
        failures += 1
        // What has never answered has nothing that speaks for it.
        const isSuspect = lastOkAtMs === undefined && !thrown.passing
        if (isSuspect || isDown(thrown) || failures >= FAILING_AFTER) isFailing = true
        if (isFailing) lookout?.down(thrown)
        reachableAtMs = undefined
        note(thrown)
      }
      throw thrown
    }
    failures = 0
    isFailing = false
    error = undefined
    reachableAtMs = undefined
    lastOkAtMs = clock.nowMs()
    lookout?.answered()
  }

  return {
    kind: agent.kind,
    run,
    health() {
      const own = agent.health()
      const seen = {
        ...(lastOkAtMs === undefined ? {} : { lastOkAtMs }),
        ...(own.lacks === undefined ? {} : { lacks: own.lacks }),
        ...(reachableAtMs === undefined ? {} : { reachableAtMs }),
      }
      if (own.cannotStart) return { ...own, ...seen }
      const state = isFailing ? 'failing' : failures === 0 && lastOkAtMs !== undefined ? 'ok' : 'unknown'
      const health: AgentHealth = { state, ...seen }
      return error === undefined ? health : { ...health, error }
    },
    forget: chat => agent.forget(chat),
    async close() {
      await Promise.all([lookout?.close(), agent.close()])
    },
  }
}
