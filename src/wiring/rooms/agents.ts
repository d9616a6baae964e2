/** The agents of the configuration, with what they need of this home. */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Agent } from '../../agents/agent.ts'
import { type AgentSettings, type AgentWorld, createAgent } from '../../agents/create-agent.ts'
import { type Agents, createAgents } from '../../agents/create-agents.ts'
import { DEFAULT_AGENT } from '../../agents/routes.ts'
import type { ToolReach } from '../../agents/tools/settings.ts'
import type { AgentConfig, Config, ToolServerConfig } from '../../config/config.ts'
import type { AgentStatus } from '../../gateway/status/status-document.ts'
import { makeFolder } from './folders.ts'

type AgentsConfig = Pick<Config, 'agent' | 'agents' | 'routes'>

export interface HomeAgents {
  readonly agents: Agents
  /**
   * Opens what is new in these settings, and answers with how to put it in force. An agent whose settings are the same goes
   * on as it is. Throws `ConfigError`; nothing is changed then.
   */
  prepare(config: AgentsConfig): () => void
}

/** One agent, and what it was opened with. */
interface Opened {
  readonly config: AgentConfig
  readonly agent: Agent
}

/** Programs work in `<home>/workspace` where the settings name no folder. Throws `ConfigError`. */
export function openAgents(config: AgentsConfig, home: string, world: AgentWorld): HomeAgents {
  const workspace = join(home, 'workspace')
  let present: Readonly<Record<string, Opened>> = {}

  const open = (name: string, wanted: AgentConfig): Opened => {
    const before = Object.hasOwn(present, name) ? present[name] : undefined
    if (before !== undefined && isDeepStrictEqual(before.config, wanted)) return before
    if (needsWorkspace(wanted)) makeFolder(workspace, world.log)
    const settings = settingsOf(name, wanted, workspace)
    return { config: wanted, agent: createAgent(settings, { ...world, log: world.log.child({ agent: name }) }) }
  }
  const openAll = ({ agent, agents }: AgentsConfig) => {
    const main = open(DEFAULT_AGENT, agent)
    const others = Object.fromEntries(Object.entries(agents).map(([name, one]) => [name, open(name, one)]))
    const answering = Object.fromEntries(Object.entries(others).map(([name, one]) => [name, one.agent]))
    return { main: main.agent, others: answering, all: { ...others, [DEFAULT_AGENT]: main } }
  }
  const first = openAll(config)
  present = first.all
  const agents = createAgents(first.main, first.others, config.routes, world)

  return {
    agents,
    prepare(next) {
      const { main, others, all } = openAll(next)
      return () => {
        present = all
        agents.replace(main, others, next.routes)
      }
    },
  }
}

/** True where one of its programs has no folder of its own. */
function needsWorkspace(config: AgentConfig): boolean {
  if (config.type !== 'openai') return 'command' in config && config.cwd === undefined
  return Object.values(config.tools).some(({ reach }) => 'program' in reach && reach.program.cwd === undefined)
}

function settingsOf(name: string, config: AgentConfig, workspace: string): AgentSettings {
  switch (config.type) {
    case 'echo':
      return config
    case 'openai': {
      const { tools, toolRounds, concurrency, ...rest } = config
      return {
        ...rest,
        name,
        tools: Object.fromEntries(
          Object.entries(tools).map(([server, { reach, ...its }]) => [
            server,
            { ...its, reach: reachOf(reach, workspace) },
          ]),
        ),
        limits: { concurrency },
        toolLimits: { rounds: toolRounds },
      }
    }
    case 'acp': {
      const { silenceMs, concurrency, ...rest } = config
      return { cwd: workspace, ...rest, name, limits: { firstMs: silenceMs, silenceMs, concurrency } }
    }
    case 'command': {
      const { silenceMs, concurrency, ...rest } = config
      return { cwd: workspace, ...rest, limits: { firstMs: silenceMs, silenceMs, concurrency } }
    }
    case 'http': {
      const { silenceMs, concurrency, ...rest } = config
      return { ...rest, limits: { firstMs: silenceMs, silenceMs, concurrency } }
    }
  }
}

/** Programs of tools work where those of agents do. */
function reachOf(reach: ToolServerConfig['reach'], workspace: string): ToolReach {
  return 'program' in reach ? { program: { cwd: workspace, ...reach.program } } : reach
}

export function agentStatuses(agents: Agents, redact: (text: string) => string): Readonly<Record<string, AgentStatus>> {
  return Object.fromEntries(
    Object.entries(agents.healths()).map(([name, { kind, state, lastOkAtMs, reachableAtMs, lacks, error = lacks }]) => [
      name,
      {
        kind,
        state,
        last_ok_at: lastOkAtMs === undefined ? null : new Date(lastOkAtMs).toISOString(),
        error: error === undefined ? null : redact(error),
        ...(reachableAtMs === undefined ? {} : { reachable_at: new Date(reachableAtMs).toISOString() }),
      },
    ]),
  )
}

/** In one line. */
export function describeAgents(statuses: Readonly<Record<string, AgentStatus>>): string {
  const all = Object.entries(statuses)
  return all
    .map(([name, { kind, state, error, reachable_at: reachableAt }]) => {
      const why = reachableAt === undefined ? error : 'reachable again, not yet proven by an answer'
      const health = why === null ? `${kind}: ${state}` : `${kind}: ${state} (${why})`
      return all.length === 1 ? health : `${name} ${health}`
    })
    .join('; ')
}
