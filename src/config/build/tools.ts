import { ConfigError } from '../../lib/errors.ts'
import type { HookConfig, ProgramConfig, ToolServerConfig, ToolServers } from '../config.ts'
import type { Settings } from '../schema/schema.ts'
import { located, type RawSettings, type SettingPath } from '../sources/raw.ts'
import { secretHeaders, secretVariables } from './agents.ts'

/** Throws `ConfigError`. */
export function buildToolServers({ mcp_servers: servers }: Settings, raw: RawSettings): ToolServers {
  return Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [name, buildToolServer(server, raw, ['mcp_servers', name])]),
  )
}

function buildToolServer(
  server: Settings['mcp_servers'][string],
  raw: RawSettings,
  path: SettingPath,
): ToolServerConfig {
  const { url, headers, tools: leave, tool_rules: leaves, call_s } = server
  const common = { leave, leaves, callMs: call_s * 1000 }
  const program = programOf(server, url, 'url', raw, path)
  return program === undefined ? { ...common, reach: { url: url ?? '', headers } } : { ...common, reach: { program } }
}

/** Throws `ConfigError`. */
export function buildHooks({ hooks }: Settings, raw: RawSettings): readonly HookConfig[] {
  return hooks.map((hook, index) => {
    const { at, module, timeout_s, on_failure: onFailure } = hook
    const common = { at: [...new Set(at)], timeoutMs: timeout_s * 1000, onFailure }
    const program = programOf(hook, module, 'module', raw, ['hooks', index])
    return program === undefined ? { ...common, run: { module: module ?? '' } } : { ...common, run: { program } }
  })
}

interface MaybeProgram {
  readonly command?: string | undefined
  readonly args: readonly string[]
  readonly cwd?: string | undefined
  readonly env: Readonly<Record<string, string>>
}

/** Undefined where `other` stands in its place; one of the two has to. */
function programOf(
  { command, args, cwd, env }: MaybeProgram,
  other: string | undefined,
  otherKey: string,
  raw: RawSettings,
  path: SettingPath,
): ProgramConfig | undefined {
  if ((command === undefined) === (other === undefined)) {
    const what = command === undefined ? `wants command, or ${otherKey}` : `command and ${otherKey}; remove one of them`
    throw new ConfigError(`${located(raw.origins, path)}: ${what}`)
  }
  return command === undefined ? undefined : { command, args, env, ...(cwd === undefined ? {} : { cwd }) }
}

/** What the redactor is to know. */
export function toolSecrets(servers: ToolServers, hooks: readonly HookConfig[]): readonly string[] {
  const ofServers = Object.values(servers).flatMap(({ reach }) =>
    'program' in reach ? secretVariables(reach.program.env) : secretHeaders(reach.headers),
  )
  return [...ofServers, ...hooks.flatMap(({ run }) => ('program' in run ? secretVariables(run.program.env) : []))]
}
