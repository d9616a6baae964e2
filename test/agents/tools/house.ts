/** A model of a scripted server that has tools of real servers of the protocol. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { Agent } from '../../../src/agents/agent.ts'
import type { AgentMemory } from '../../../src/agents/memory.ts'
import { createOpenAi } from '../../../src/agents/openai/openai.ts'
import type { OpenAiSettings } from '../../../src/agents/openai/settings.ts'
import { createStreamPost } from '../../../src/agents/stream/http-stream.ts'
import type { ToolReach, ToolServerSettings } from '../../../src/agents/tools/settings.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { createRequest } from '../../../src/lib/net/http.ts'
import { seededRandom } from '../../../src/lib/random.ts'
import { type CleanUp, cleanUp } from '../../support/clean-up.ts'
import { type Exchange, type OpenAiServer, type Script, startOpenAiServer } from '../../support/openai-server.ts'
import { folder, memoryOf, noteLog } from '../acp/house.ts'
import { toolServer } from './tools.ts'

export const TOOL_SERVER = join(import.meta.dirname, 'server.ts')

export interface ToolHouse {
  readonly agent: Agent
  readonly server: OpenAiServer
  readonly cwd: string
  readonly logged: readonly string[]
}

export interface ToolHouseOptions {
  readonly mode?: string
  readonly reach?: ToolReach
  readonly tools?: Partial<ToolServerSettings>
  readonly settings?: Partial<OpenAiSettings>
  readonly memory?: AgentMemory
  readonly env?: Readonly<Record<string, string>>
}

export function programReach(cwd: string, mode?: string): ToolReach {
  return {
    program: { command: process.execPath, args: [TOOL_SERVER], cwd, env: mode === undefined ? {} : { MODE: mode } },
  }
}

export async function toolHouse(t: CleanUp, options: ToolHouseOptions = {}): Promise<ToolHouse> {
  const server = await startOpenAiServer({ reply: () => 'done' })
  cleanUp(t, () => server.stop())
  const cwd = folder(t)
  const logged: string[] = []
  const { mode, reach = programReach(cwd, mode), tools, settings, memory = memoryOf(), env = {} } = options
  const agent = createOpenAi(
    {
      type: 'openai',
      baseUrl: server.baseUrl,
      model: 'small',
      tools: { box: { reach, leave: 'allow', leaves: {}, callMs: 30_000, ...tools } },
      toolLimits: { patienceMs: 60_000 },
      ...settings,
    },
    {
      clock: systemClock,
      random: seededRandom(1),
      log: noteLog(logged),
      stream: createStreamPost(),
      request: createRequest(systemClock),
      env: { ...process.env, ...env },
      memory,
    },
  )
  cleanUp(t, () => agent.close())
  return { agent, server, cwd, logged }
}

/** The tools over streamable HTTP, on a socket of its own. */
export async function startToolHttp(
  t: CleanUp,
  host = '127.0.0.1',
): Promise<{ readonly url: string; readonly keys: string[] }> {
  const handler = createMcpHandler(toolServer)
  const keys: string[] = []
  const http = createServer(async (incoming, outgoing) => {
    const body: Buffer[] = []
    for await (const chunk of incoming) body.push(chunk)
    const headers = new Headers()
    for (const [name, value] of Object.entries(incoming.headers))
      if (typeof value === 'string') headers.set(name, value)
    keys.push(headers.get('x-key') ?? '')
    const bytes = body.length === 0 ? {} : { body: Buffer.concat(body) }
    const request = new Request(`http://127.0.0.1${incoming.url}`, {
      method: incoming.method ?? 'GET',
      headers,
      ...bytes,
    })
    const answer = await handler.fetch(request)
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body) for await (const chunk of answer.body) outgoing.write(chunk)
    outgoing.end()
  })
  http.listen(0, host)
  await once(http, 'listening')
  cleanUp(t, async () => {
    http.closeAllConnections()
    http.close()
    await handler.close()
  })
  const address = http.address()
  return { url: `http://${host}:${typeof address === 'object' && address ? address.port : 0}/mcp`, keys }
}

/** The model calls these tools, all in one answer. */
export function calling(...calls: readonly (readonly [name: string, input: unknown])[]): Script {
  return (exchange: Exchange) => {
    for (const [index, [name, input]] of calls.entries()) {
      const fn = { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) }
      exchange.event({
        choices: [{ delta: { tool_calls: [{ index, id: `c${index}`, type: 'function', function: fn }] } }],
      })
    }
    exchange.finish('tool_calls')
    exchange.usage(10, 5)
    exchange.done()
  }
}

/** What the model was told of its last calls. */
export function resultsIn(server: OpenAiServer, request: number): readonly string[] {
  const messages = server.requests[request - 1]?.messages ?? []
  return messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1).map(({ content }) => content)
}
