/** Whether there is somebody to answer. Nothing is asked that costs money. */
import type { AgentConfig } from '../../config/config.ts'
import { describeError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import { createRequest } from '../../lib/net/http.ts'
import { proxyFromEnv } from '../../lib/net/proxy.ts'
import type { Cli } from '../context.ts'
import { bad, doubt, type Finding, ok } from './check.ts'
import { programPath } from './machine.ts'

const ASK_MS = 10_000

export async function checkAgent(
  agent: AgentConfig,
  cli: Pick<Cli, 'clock' | 'env'>,
  signal: AbortSignal,
): Promise<Finding> {
  const what = `agent ${agent.type}`
  const its: Readonly<Record<string, unknown>> = { ...agent }
  if (typeof its['command'] === 'string') return checkProgram(what, its['command'], cli.env['PATH'])
  if (agent.type === 'openai') return checkServer(what, agent, cli, signal)
  return ok(what, 'needs nothing')
}

function checkProgram(what: string, command: string, path: string | undefined): Finding {
  const found = programPath(command, path)
  if (found !== undefined) return ok(what, found)
  return bad(what, `${command} is not found, or cannot be run`, 'install it, or give agent.command its whole path')
}

async function checkServer(
  what: string,
  agent: Extract<AgentConfig, { readonly type: 'openai' }>,
  { clock, env }: Pick<Cli, 'clock' | 'env'>,
  signal: AbortSignal,
): Promise<Finding> {
  const { host } = new URL(agent.baseUrl)
  const headers = agent.apiKey === undefined ? {} : { authorization: `Bearer ${agent.apiKey}` }
  const request = { method: 'GET' as const, url: `${agent.baseUrl}/models`, headers, timeoutMs: ASK_MS }
  try {
    const { status, body } = await createRequest(clock, proxyFromEnv(env))(request, signal)
    if (status === 401 || status === 403)
      return bad(what, `${host} refuses the key (HTTP ${status})`, 'correct agent.api_key, or OPENAI_API_KEY')
    if (status >= 500) return bad(what, `${host} answers with HTTP ${status}`, 'look at the log of that server')
    const models = modelsIn(body)
    if (models !== undefined && !models.includes(agent.model))
      return doubt(
        what,
        `${host} does not list the model ${agent.model}`,
        `agent.model may be one of: ${models.slice(0, 8).join(', ')}`,
      )
    return ok(what, models === undefined ? `${host} answers` : `${host} has ${agent.model}`)
  } catch (error) {
    return bad(
      what,
      `${host} cannot be reached (${describeError(error)})`,
      'start that server, or correct agent.base_url',
    )
  }
}

/** Servers that list no models are right too. */
function modelsIn(body: string): readonly string[] | undefined {
  const parsed = parseJson(body)
  const data = isRecord(parsed) ? parsed['data'] : undefined
  if (!Array.isArray(data) || data.length === 0) return undefined
  return data.flatMap(one => (isRecord(one) && typeof one['id'] === 'string' ? [one['id']] : []))
}
