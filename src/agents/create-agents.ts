/** All agents of a home behind one contract: each turn goes to the one that serves it. */
import type { Agent, AgentEvent, AgentHealth, AgentTurn } from './agent.ts'
import { agentFor, DEFAULT_AGENT, type Route } from './routes.ts'
import { type WatchWorld, watchAgent } from './watch.ts'

export interface NamedHealth extends AgentHealth {
  readonly kind: string
}

/** Which agents there are, and which of them serves whom. */
export interface AgentDirectory {
  /** The default one first. */
  readonly names: readonly string[]
  serving(turn: Pick<AgentTurn, 'chat' | 'sender' | 'agent'>): ServingAgent
}

export interface ServingAgent extends NamedHealth {
  readonly name: string
  readonly model?: string
}

export interface Agents extends Agent, AgentDirectory {
  /** By name. */
  healths(): Readonly<Record<string, NamedHealth>>
  /**
   * From the next turn on these answer. An agent that stays the same object stays as it is; one that goes is closed when the
   * turns that it works on have ended.
   */
  replace(main: Agent, others: Readonly<Record<string, Agent>>, routes: readonly Route[]): void
}

interface Member {
  readonly agent: Agent
  readonly watched: Agent
  turns: number
}

/** `others` by name. */
export function createAgents(
  main: Agent,
  others: Readonly<Record<string, Agent>>,
  routes: readonly Route[],
  { clock, log }: WatchWorld,
): Agents {
  const join = (agent: Agent, name: string): Member => ({
    agent,
    watched: watchAgent(agent, { clock, log: log.child({ agent: name }) }),
    turns: 0,
  })
  const closings = new Set<Promise<void>>()
  /** Their turns may still run when all is closed. */
  const leaving = new Set<Member>()
  let standard = join(main, DEFAULT_AGENT)
  let members = new Map<string, Member>()
  let rules: readonly Route[] = []

  const closeIdle = (member: Member): void => {
    if (!leaving.has(member) || member.turns > 0) return
    leaving.delete(member)
    const closing: Promise<void> = member.watched
      .close()
      // Nobody is left whom its last trouble concerns.
      .catch(() => {})
      .finally(() => closings.delete(closing))
    closings.add(closing)
  }
  const replace: Agents['replace'] = (nextMain, nextOthers, nextRoutes) => {
    const present = [standard, ...members.values()]
    const take = (agent: Agent, name: string): Member =>
      present.find(member => member.agent === agent) ?? join(agent, name)
    standard = take(nextMain, DEFAULT_AGENT)
    members = new Map([
      [DEFAULT_AGENT, standard],
      ...Object.entries(nextOthers).map(([name, agent]): [string, Member] => [name, take(agent, name)]),
    ])
    rules = nextRoutes
    const staying = new Set(members.values())
    for (const member of new Set(present)) {
      if (staying.has(member)) continue
      leaving.add(member)
      closeIdle(member)
    }
  }
  replace(main, others, routes)

  async function* run(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    const member = members.get(agentFor(turn, rules, name => members.has(name))) ?? standard
    member.turns += 1
    try {
      yield* member.watched.run(turn, signal)
    } finally {
      member.turns -= 1
      closeIdle(member)
    }
  }
  const summarize: NonNullable<Agent['summarize']> = async (where, history, signal) => {
    // Who spoke is not known here: a chat is summed up by the agent that serves it, whoever speaks.
    const member = members.get(agentFor({ ...where, sender: { id: '' } }, rules, name => members.has(name)))
    return member?.agent.summarize?.(where, history, signal)
  }
  const named = (): [string, Agent][] => [...members].map(([name, { watched }]) => [name, watched])

  return {
    get kind() {
      return standard.agent.kind
    },
    get names() {
      return [...members.keys()]
    },
    serving(turn) {
      const name = agentFor(turn, rules, known => members.has(known))
      const { agent, watched } = members.get(name) ?? standard
      const model = agent.model === undefined ? {} : { model: agent.model }
      return { name, kind: agent.kind, ...model, ...watched.health() }
    },
    run,
    replace,
    summarize,
    health() {
      const failing = named().find(([, agent]) => agent.health().state === 'failing')
      if (failing === undefined) return standard.watched.health()
      const [name, agent] = failing
      const health = agent.health()
      return members.size === 1 ? health : { ...health, error: `${name}: ${health.error ?? 'failing'}` }
    },
    healths: () => Object.fromEntries(named().map(([name, agent]) => [name, { kind: agent.kind, ...agent.health() }])),
    async forget(chat) {
      await Promise.all(named().map(([, agent]) => agent.forget(chat)))
    },
    async close() {
      const all = [...new Set(members.values()), ...leaving]
      await Promise.all([...all.map(({ watched }) => watched.close()), ...closings])
    },
  }
}
