/** The agents of the configuration, with what they need of this home. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentSettings, type AgentWorld, createAgent } from '../agents/create-agent.ts'
import { type Agents, createAgents } from '../agents/create-agents.ts'
import { DEFAULT_AGENT } from '../agents/routes.ts'
import type { AgentConfig, Config } from '../config/config.ts'
import type { AgentStatus } from '../gateway/status/status-document.ts'
import { describeError } from '../lib/errors.ts'

/** Programs work in `<home>/workspace` where the settings name no folder. Throws `ConfigError`. */
export function openAgents(
  { agent, agents, routes }: Pick<Config, 'agent' | 'agents' | 'routes'>,
  home: string,
  world: AgentWorld,
): Agents {
  const workspace = join(home, 'workspace')
  const all = [agent, ...Object.values(agents)]
  if (all.some(one => 'command' in one && one.cwd === undefined)) {
    try {
      mkdirSync(workspace, { recursive: true, mode: 0o700 })
    } catch (thrown) {
      world.log.warn('the folder that agents work in cannot be made', { reason: describeError(thrown) })
    }
  }
  const open = (name: string, config: AgentConfig) =>
    createAgent(settingsOf(name, config, workspace), { ...world, log: world.log.child({ agent: name }) })
  const others = Object.entries(agents).map(([name, config]) => [name, open(name, config)] as const)
  return createAgents(open(DEFAULT_AGENT, agent), Object.fromEntries(others), routes, world.clock)
}

function settingsOf(name: string, config: AgentConfig, workspace: string): AgentSettings {
  switch (config.type) {
    case 'echo':
    case 'openai':
      return config
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

export function agentStatuses(agents: Agents, redact: (text: string) => string): Readonly<Record<string, AgentStatus>> {
  return Object.fromEntries(
    Object.entries(agents.healths()).map(([name, { kind, state, lastOkAtMs, error }]) => [
      name,
      {
        kind,
        state,
        last_ok_at: lastOkAtMs === undefined ? null : new Date(lastOkAtMs).toISOString(),
        error: error === undefined ? null : redact(error),
      },
    ]),
  )
}

/** In one line. */
export function describeAgents(statuses: Readonly<Record<string, AgentStatus>>): string {
  const all = Object.entries(statuses)
  return all
    .map(([name, { kind, state, error }]) => {
      const health = error === null ? `${kind}: ${state}` : `${kind}: ${state} (${error})`
      return all.length === 1 ? health : `${name} ${health}`
    })
    .join('; ')
}
