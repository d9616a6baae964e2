/** Servers of tools: each is started, or asked, as for a turn, and ended again. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openToolLink } from '../../agents/tools/link.ts'
import type { ToolReach } from '../../agents/tools/settings.ts'
import type { Config, ToolServerConfig } from '../../config/config.ts'
import { describeError } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { createRedactor } from '../../lib/redact.ts'
import type { Cli } from '../context.ts'
import { bad, doubt, type Finding, ok } from './check.ts'

/** Within the bound of all checks. */
const LIST_MS = 15_000
const MOST_NAMED = 8

export async function checkTools(cli: Cli, config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  const agents = [config.agent, ...Object.values(config.agents)]
  const servers = new Map(agents.flatMap(agent => (agent.type === 'openai' ? Object.entries(agent.tools) : [])))
  return Promise.all([...servers].map(([name, server]) => checkServer(cli, config, name, server, signal)))
}

async function checkServer(
  { home, clock, env }: Cli,
  { secrets }: Config,
  name: string,
  { reach, leaves }: ToolServerConfig,
  signal: AbortSignal,
): Promise<Finding> {
  const what = `tools of ${name}`
  const bound = AbortSignal.timeout(LIST_MS)
  try {
    const world = { clock, log: silentLogger, env }
    const link = await openToolLink(name, within(home, reach), world, AbortSignal.any([signal, bound]))
    const offered = link.tools.map(tool => tool.name)
    await link.stop()
    if (offered.length === 0) return doubt(what, 'it offers none', `look at mcp_servers.${name}, or remove it`)
    const unknown = Object.keys(leaves).filter(tool => !offered.includes(tool))
    const named = someOf(offered)
    if (unknown.length === 0) return ok(what, named)
    return doubt(what, `${named}; tool_rules name ${unknown.join(', ')}`, `correct mcp_servers.${name}.tool_rules`)
  } catch (thrown) {
    const redactor = createRedactor()
    for (const secret of secrets) redactor.add(secret)
    const why = bound.aborted ? `no list of tools within ${LIST_MS / 1000} s` : redactor.redact(describeError(thrown))
    return bad(what, why, cureOf(name, reach))
  }
}

/** Programs work in the workspace, which the first start of a gateway makes. */
function within(home: string, reach: ToolServerConfig['reach']): ToolReach {
  if (!('program' in reach)) return reach
  const cwd = [join(home, 'workspace'), home].find(folder => existsSync(folder))
  return { program: { ...(cwd === undefined ? {} : { cwd }), ...reach.program } }
}

function cureOf(name: string, reach: ToolServerConfig['reach']): string {
  if ('url' in reach) return `start that server, or correct mcp_servers.${name}.url and its headers`
  return `run ${reach.program.command} by hand, install what it lacks, or correct mcp_servers.${name}`
}

function someOf(tools: readonly string[]): string {
  const left = tools.length - MOST_NAMED
  return `${tools.slice(0, MOST_NAMED).join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}
