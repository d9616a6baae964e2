/** An agent that asks a scripted server of chat completions, on a clock that stands still. */
import type { TestContext } from 'node:test'
import type { Agent, AgentEvent, AgentTurn } from '../../src/agents/agent.ts'
import { type AgentSettings, type AgentWorld, createAgent } from '../../src/agents/create-agent.ts'
import type { OpenAiSettings } from '../../src/agents/openai/settings.ts'
import { createStreamPost } from '../../src/agents/stream/http-stream.ts'
import type { LogFields, Logger } from '../../src/lib/log.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { createReach } from '../../src/lib/net/reach.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { createVirtualClock, type VirtualClock } from '../../src/lib/virtual-clock.ts'
import { type Exchange, type OpenAiServer, startOpenAiServer } from '../support/openai-server.ts'

export const KEY = 'sk-test-0123456789'
export const TURN: AgentTurn = {
  id: 'qqbot/m1',
  chat: { account: 'qqbot', kind: 'c2c', id: 'alice' },
  session: 'qqbot:c2c:alice',
  sender: { id: 'alice' },
  text: 'hello',
  attachments: [],
  history: [],
  repeated: false,
  ask: async () => null,
}

/** Without a memory that lasts, and without an environment. */
export function worldOf(log: Logger, clock: VirtualClock = createVirtualClock()): AgentWorld {
  return {
    clock,
    random: seededRandom(1),
    log,
    stream: createStreamPost(),
    request: createRequest(clock),
    reach: createReach(),
    env: {},
    memory: { get: async () => undefined, set: async () => {} },
  }
}

interface House {
  readonly server: OpenAiServer
  readonly agent: Agent
  readonly clock: VirtualClock
  readonly logged: string[]
}

export async function house(t: TestContext, settings: Partial<OpenAiSettings> = {}): Promise<House> {
  const server = await startOpenAiServer()
  t.after(() => server.stop())
  const clock = createVirtualClock()
  const logged: string[] = []
  const write = (message: string, fields?: LogFields): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`)
  }
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log }
  const all: AgentSettings = { type: 'openai', baseUrl: server.baseUrl, apiKey: KEY, model: 'small', ...settings }
  const agent = createAgent(all, worldOf(log, clock))
  t.after(() => agent.close())
  return { server, agent, clock, logged }
}

interface Told {
  readonly text: string
  readonly events: readonly AgentEvent[]
}

export async function ask(
  agent: Agent,
  turn: Partial<AgentTurn> = {},
  signal = new AbortController().signal,
): Promise<Told> {
  const events: AgentEvent[] = []
  for await (const event of agent.run({ ...TURN, ...turn }, signal)) events.push(event)
  return { events, text: events.map(event => (event.kind === 'text' ? event.text : '')).join('') }
}

/** For tests in which time runs on by itself: a machine under load must not look like a slow server. */
export const PATIENT = { limits: { firstTokenMs: 24 * 3_600_000, silenceMs: 24 * 3_600_000, turnMs: 48 * 3_600_000 } }

/** Lets time pass until the promise is settled: sockets take real time, waits take next to none. */
export async function whileTimePasses<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let settled = false
  const watched = promise.finally(() => {
    settled = true
  })
  watched.catch(() => {})
  while (!settled) {
    await clock.advance(100)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  return watched
}

/** The exchange of the next request, kept open for the test to go on with. */
export function nextExchange(server: OpenAiServer): Promise<Exchange> {
  return new Promise(resolve => server.script(resolve))
}
