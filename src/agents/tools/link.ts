/** One connection to a server of tools, from its start to its end. */
import type { CallToolResult, Tool, Transport } from '@modelcontextprotocol/client'
import { describeError } from '../../lib/errors.ts'
import { fetchThrough } from '../../lib/net/fetch.ts'
import { proxyFromEnv } from '../../lib/net/proxy.ts'
import { type Child, type ChildWorld, NOT_STARTED, startChild } from '../../lib/process/child.ts'
import { AgentError } from '../agent.ts'
import type { Kept } from '../process/keeper.ts'
import { loadForAgent } from '../process/load.ts'
import { childTransport } from './child-transport.ts'
import type { ToolReach } from './settings.ts'

export interface ToolLink extends Kept {
  /** As the server told last. */
  readonly tools: readonly Tool[]
  /** Throws `ToolRefusal` for what the server itself says no to; what else it throws means that the link is of no use. */
  call(name: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<CallToolResult>
}

/** The server has heard the call, and refuses it. */
export class ToolRefusal extends Error {}

/** The SDK wants a bound for each request; all of ours come as signals. */
const NO_BOUND_MS = 2 ** 31 - 1
const LONGEST_REASON = 300

/** Throws `AgentError` (`agent_unreachable`) when it comes to no list of tools; nothing is left of it then. */
export async function openToolLink(
  name: string,
  reach: ToolReach,
  world: ChildWorld,
  signal: AbortSignal,
): Promise<ToolLink> {
  const sdk = await loadForAgent(() => import('@modelcontextprotocol/client'))
  const open = (greeting: Greeting): Promise<ToolLink> => openWith(greeting, { sdk, name, reach, world }, signal)
  try {
    return await open('legacy')
  } catch (thrown) {
    if (!(thrown instanceof GreetingRefused)) throw thrown
    return await open('auto')
  }
}

type Sdk = typeof import('@modelcontextprotocol/client')
/** `legacy`: as of 2025, which nearly every server takes. `auto`: looks for the one of 2026 first, which old ones may not survive. */
type Greeting = 'legacy' | 'auto'

/** The server lives, and wants to be greeted otherwise. */
class GreetingRefused extends Error {}

interface Opening {
  readonly sdk: Sdk
  readonly name: string
  readonly reach: ToolReach
  readonly world: ChildWorld
}

async function openWith(
  greeting: Greeting,
  { sdk, name, reach, world }: Opening,
  signal: AbortSignal,
): Promise<ToolLink> {
  const { log } = world
  const child = 'program' in reach ? startChild(reach.program, world) : undefined
  const transport: Transport =
    child === undefined ? httpTransport(sdk, reach, world.env) : childTransport(child, sdk, log)
  const client = new sdk.Client(
    { name: 'herald', title: 'Herald', version: '1' },
    { versionNegotiation: { mode: greeting } },
  )
  const closing = new AbortController()
  const over = Promise.withResolvers<void>()
  client.onclose = () => {
    closing.abort()
    over.resolve()
  }
  client.onerror = error => log.debug('a tool server is in trouble', { reason: describeError(error).slice(0, 200) })
  let tools: readonly Tool[] = []
  const list = async (bound?: AbortSignal): Promise<void> => {
    const options = bound === undefined ? {} : { signal: bound, timeout: NO_BOUND_MS }
    tools = (await client.listTools(undefined, { ...options, cacheMode: 'refresh' })).tools
  }
  const stop = async (): Promise<void> => {
    await client.close().catch(() => {})
    await child?.stop(0)
    closing.abort()
    over.resolve()
  }
  try {
    await client.connect(transport, { signal, timeout: NO_BOUND_MS })
    if (client.getServerCapabilities()?.tools) await list(signal)
  } catch (thrown) {
    const lives = child === undefined || child.alive
    await stop()
    signal.throwIfAborted()
    const refused = thrown instanceof sdk.ProtocolError || thrown instanceof sdk.SdkHttpError
    if (greeting === 'legacy' && lives && refused) throw new GreetingRefused()
    throw await unreachable(name, thrown, child)
  }
  client.setNotificationHandler('notifications/tools/list_changed', async () => {
    await list().catch((thrown: unknown) =>
      log.warn('the tools of a server could not be listed again', { server: name, reason: describeError(thrown) }),
    )
  })
  return {
    get tools() {
      return tools
    },
    closed: closing.signal,
    end: over.promise.then(() => ended(name, child)),
    stop,
    async call(tool, input, bound) {
      try {
        return await client.callTool({ name: tool, arguments: { ...input } }, { signal: bound, timeout: NO_BOUND_MS })
      } catch (thrown) {
        bound.throwIfAborted()
        if (thrown instanceof sdk.ProtocolError) throw new ToolRefusal(cut(thrown.message))
        throw thrown
      }
    },
  }
}

function httpTransport(sdk: Sdk, reach: ToolReach, env: ChildWorld['env']): Transport {
  if (!('url' in reach)) throw new Error('a tool server without an address')
  const proxy = proxyFromEnv(env)
  return new sdk.StreamableHTTPClientTransport(new URL(reach.url), {
    requestInit: { headers: { ...reach.headers } },
    ...(proxy === undefined ? {} : { fetch: fetchThrough(proxy) }),
  })
}

async function ended(name: string, child: Child | undefined): Promise<AgentError> {
  if (child === undefined) return new AgentError('agent_broken', `the connection to the tools of ${name} is closed`)
  const { code, signal } = await child.ended
  if (NOT_STARTED.has(code)) return new AgentError('agent_unreachable', `the tools of ${name} could not be started`)
  return new AgentError('agent_broken', `the tools of ${name} ended with ${signal ?? `code ${code}`}`)
}

async function unreachable(name: string, thrown: unknown, child: Child | undefined): Promise<AgentError> {
  const hint = `check mcp_servers.${name}`
  const { code } = (await child?.ended) ?? { code: null }
  if (NOT_STARTED.has(code))
    return new AgentError('agent_unreachable', `the tools of ${name} could not be started`, { hint })
  return new AgentError('agent_unreachable', `the tools of ${name}: ${cut(describeError(thrown))}`, { hint })
}

function cut(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, LONGEST_REASON)
    .toWellFormed()
}
