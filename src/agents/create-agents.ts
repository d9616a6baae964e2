/** All agents of a home behind one contract: each turn goes to the one that serves it. */
import type { Clock } from '../lib/clock.ts'
import type { Agent, AgentHealth } from './agent.ts'
import { agentFor, DEFAULT_AGENT, type Route } from './routes.ts'
import { watchAgent } from './watch.ts'

export interface NamedHealth extends AgentHealth {
  readonly kind: string
}

export interface Agents extends Agent {
  /** The default one first. */
  readonly names: readonly string[]
  /** By name. */
  healths(): Readonly<Record<string, NamedHealth>>
}

/** `others` by name. */
export function createAgents(
  main: Agent,
  others: Readonly<Record<string, Agent>>,
  routes: readonly Route[],
  clock: Pick<Clock, 'nowMs'>,
): Agents {
  const all = new Map(
    Object.entries({ [DEFAULT_AGENT]: main, ...others }).map(([name, agent]) => [name, watchAgent(agent, clock)]),
  )
  const standard = all.get(DEFAULT_AGENT) ?? watchAgent(main, clock)
  const named = [...all]
  return {
    kind: main.kind,
    names: [...all.keys()],
    run: (turn, signal) => (all.get(agentFor(turn, routes, name => all.has(name))) ?? standard).run(turn, signal),
    health() {
      const failing = named.find(([, agent]) => agent.health().state === 'failing')
      if (failing === undefined) return standard.health()
      const [name, agent] = failing
      const health = agent.health()
      return named.length === 1 ? health : { ...health, error: `${name}: ${health.error ?? 'failing'}` }
    },
    healths: () => Object.fromEntries(named.map(([name, agent]) => [name, { kind: agent.kind, ...agent.health() }])),
    async forget(chat) {
      await Promise.all(named.map(([, agent]) => agent.forget(chat)))
    },
    async close() {
      await Promise.all(named.map(([, agent]) => agent.close()))
    },
  }
}
