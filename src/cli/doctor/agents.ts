/** Whether there is somebody to answer: each agent of the settings. Nothing is asked that costs money. */
import { existsSync } from 'node:fs'
import { askModels, modelsIn } from '../../agents/openai/models.ts'
import { DEFAULT_AGENT } from '../../agents/routes.ts'
import type { AgentConfig, Config, HttpConfig, OpenAiConfig, ProgramConfig } from '../../config/config.ts'
import { describeError } from '../../lib/errors.ts'
import { createRequest } from '../../lib/net/http.ts'
import { proxyFromEnv } from '../../lib/net/proxy.ts'
import { createReach } from '../../lib/net/reach.ts'
import { programPath } from '../../lib/process/program-path.ts'
import type { Cli } from '../context.ts'
import { bad, doubt, type Finding, ok } from './check.ts'

const CONNECT_MS = 10_000
const MOST_NAMED = 8

type World = Pick<Cli, 'clock' | 'env'>

/** Which one, and where its settings stand. */
interface Place {
  readonly what: string
  readonly at: string
}

export function checkAgents(
  { agent, agents }: Pick<Config, 'agent' | 'agents'>,
  cli: World,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const others = Object.entries(agents).map(([name, one]) => checkAgent(name, `agents.${name}`, one, cli, signal))
  return Promise.all([checkAgent(DEFAULT_AGENT, 'agent', agent, cli, signal), ...others])
}

async function checkAgent(
  name: string,
  at: string,
  agent: AgentConfig,
  cli: World,
  signal: AbortSignal,
): Promise<Finding> {
  const place = { what: `agent ${name} (${agent.type})`, at }
  switch (agent.type) {
    case 'echo':
      return ok(place.what, 'needs nothing')
    case 'openai':
      return await checkModels(place, agent, cli, signal)
    case 'http':
      return await checkAddress(place, agent, cli, signal)
    case 'acp':
    case 'command':
      return checkProgram(place, agent, cli.env['PATH'])
  }
}

function checkProgram({ what, at }: Place, { command, cwd, env }: ProgramConfig, path: string | undefined): Finding {
  if (cwd !== undefined && !existsSync(cwd))
    return bad(what, `the folder ${cwd} is not there`, `make it, or correct ${at}.cwd`)
  const found = programPath(command, env['PATH'] ?? path, cwd)
  if (found !== undefined) return ok(what, found)
  return bad(what, `${command} is not found, or cannot be run`, `install it, or give ${at}.command its whole path`)
}

async function checkAddress({ what, at }: Place, agent: HttpConfig, { env }: World, signal: AbortSignal) {
  const url = new URL(agent.url)
  try {
    await createReach(proxyFromEnv(env))(url, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]))
    return ok(what, `${url.host} takes connections`)
  } catch (error) {
    return bad(what, `cannot be reached: ${describeError(error)}`, `start that server, or correct ${at}.url`)
  }
}

async function checkModels(
  { what, at }: Place,
  agent: OpenAiConfig,
  { clock, env }: World,
  signal: AbortSignal,
): Promise<Finding> {
  const { host } = new URL(agent.baseUrl)
  try {
    const { status, body } = await askModels(agent, createRequest(clock, proxyFromEnv(env)), signal)
    if (status === 401 || status === 403)
      return bad(
        what,
        `${host} refuses the key (HTTP ${status})`,
        `correct ${at}.api_key${at === 'agent' ? ', or OPENAI_API_KEY' : ''}`,
      )
    if (status >= 500) return bad(what, `${host} answers with HTTP ${status}`, 'look at the log of that server')
    const models = modelsIn(body)
    if (models !== undefined && !models.includes(agent.model))
      return doubt(
        what,
        `${host} does not list the model ${agent.model}`,
        `${at}.model may be one of: ${models.slice(0, MOST_NAMED).join(', ')}`,
      )
    return ok(what, models === undefined ? `${host} answers` : `${host} has ${agent.model}`)
  } catch (error) {
    return bad(
      what,
      `${host} cannot be reached (${describeError(error)})`,
      `start that server, or correct ${at}.base_url`,
    )
  }
}
