import { ConfigError } from '../../lib/errors.ts'
import type { AgentConfig, RouteConfig, ToolServerConfig, ToolServers } from '../config.ts'
import { nearest } from '../nearest.ts'
import { DEFAULT_AGENT } from '../schema/agents.ts'
import type { Settings } from '../schema/schema.ts'
import { located, type RawSettings, type SettingPath } from '../sources/raw.ts'

/** `path`: where it stands. */
export function buildAgent(
  agent: Settings['agent'],
  servers: ToolServers,
  raw: RawSettings,
  path: SettingPath,
): AgentConfig {
  switch (agent.type) {
    case 'echo':
      return { type: 'echo' }
    case 'openai':
      return buildOpenAi(agent, servers, raw, path)
    case 'acp': {
      const { type, permissions } = agent
      return { type, permissions, ...programOf(agent), ...boundsOf(agent) }
    }
    case 'command': {
      const { type, output } = agent
      return { type, output, ...programOf(agent), ...boundsOf(agent) }
    }
    case 'http': {
      const { type, url, headers } = agent
      return { type, url, headers, ...boundsOf(agent) }
    }
  }
}

type Of<Type> = Extract<Settings['agent'], { readonly type: Type }>

function buildOpenAi(agent: Of<'openai'>, servers: ToolServers, raw: RawSettings, path: SettingPath): AgentConfig {
  if (agent.model === undefined) {
    const elsewhere = path[0] === 'agent' ? ' or in OPENAI_MODEL' : ''
    throw new ConfigError(`${located(raw.origins, [...path, 'model'])}: missing; name the model there${elsewhere}`)
  }
  return {
    type: 'openai',
    baseUrl: agent.base_url.replace(/\/+$/, ''),
    ...(agent.api_key === undefined ? {} : { apiKey: agent.api_key }),
    model: agent.model,
    ...(agent.system_prompt === undefined ? {} : { systemPrompt: agent.system_prompt }),
    ...(agent.vision ? { vision: true } : {}),
    ...(agent.files ? { files: true } : {}),
    ...(agent.session_header === undefined ? {} : { sessionHeader: agent.session_header }),
    tools: toolsOf(agent, servers, raw, path),
    toolRounds: agent.tool_rounds,
    concurrency: agent.concurrency,
  }
}

/** All servers, where it names none. */
function toolsOf(agent: Of<'openai'>, servers: ToolServers, raw: RawSettings, path: SettingPath): ToolServers {
  if (agent.mcp_servers === undefined) return servers
  const chosen = agent.mcp_servers.map((name, index): [string, ToolServerConfig] => {
    const server = Object.hasOwn(servers, name) ? servers[name] : undefined
    if (server !== undefined) return [name, server]
    const known = Object.keys(servers)
    const cure = known.length === 0 ? 'mcp_servers is empty' : `known here: ${known.join(', ')}`
    throw new ConfigError(`${located(raw.origins, [...path, 'mcp_servers', index])}: there is no such server; ${cure}`)
  })
  return Object.fromEntries(chosen)
}

function programOf({ command, args, cwd, env }: Of<'acp' | 'command'>) {
  return { command, args, env, ...(cwd === undefined ? {} : { cwd }) }
}

function boundsOf({ silence_s, concurrency }: Of<'acp' | 'command' | 'http'>) {
  return { silenceMs: silence_s * 1000, concurrency }
}

const LIKE_A_SECRET = /key|token|secret|passw|auth|credential|cookie/i
const HARMLESS_HEADERS = /^(accept|accept-language|content-type|user-agent)$/i
const SCHEME = /^(Bearer|Basic|Token) +/i

/** What the redactor is to know. */
export function secretsOf(agent: AgentConfig): readonly string[] {
  switch (agent.type) {
    case 'echo':
      return []
    case 'openai':
      return [agent.apiKey ?? '']
    case 'acp':
    case 'command':
      return secretVariables(agent.env)
    case 'http':
      return secretHeaders(agent.headers)
  }
}

export function secretVariables(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => (LIKE_A_SECRET.test(name) ? [value] : []))
}

export function secretHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    HARMLESS_HEADERS.test(name) ? [] : [value, value.replace(SCHEME, '')],
  )
}

export function buildRoutes({ routes, agents }: Settings, raw: RawSettings): readonly RouteConfig[] {
  const known = [DEFAULT_AGENT, ...Object.keys(agents)]
  return routes.map(({ account, chat, user, agent }, index) => {
    if (!known.includes(agent)) {
      const meant = nearest(agent, known)
      const cure = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`
      throw new ConfigError(`${located(raw.origins, ['routes', index, 'agent'])}: there is no such agent; ${cure}`)
    }
    return {
      ...(account === undefined ? {} : { account }),
      ...(chat === undefined ? {} : { chat }),
      ...(user === undefined ? {} : { user }),
      agent,
    }
  })
}
