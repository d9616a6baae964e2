/** The sections about who answers: `agent`, further ones by name, and which of them serves whom. */
import { z } from 'zod'
import { flag, HEADER_NAME, headers, oneOf, program, text, url, wants, whole, word } from './kinds.ts'

const echo = z.strictObject({ type: z.literal('echo') })

const header = (() => {
  const wanted = wants('the name of an HTTP header, such as X-Session-Id')
  return z.string(wanted).trim().regex(HEADER_NAME, wanted)
})()

const servers = (() => {
  const wanted = wants('a list of names of mcp_servers, such as [files]')
  return z.array(z.string(wanted).max(32, wanted), wanted).max(50, wanted)
})()

const openai = z.strictObject({
  type: z.literal('openai'),
  base_url: url.default('https://api.openai.com/v1'),
  api_key: word(1000).optional(),
  model: text(200, 'the name of a model').optional(),
  system_prompt: text(100_000).optional(),
  vision: flag.default(false),
  files: flag.default(false),
  session_header: header.optional(),
  mcp_servers: servers.optional(),
  tool_rounds: whole(1, 100).default(16),
  concurrency: whole(1, 256).default(64),
})

const bounds = {
  silence_s: whole(5, 600).default(120),
  concurrency: whole(1, 64).default(4),
}

const acp = z.strictObject({
  type: z.literal('acp'),
  ...program,
  permissions: oneOf(['ask', 'allow', 'deny']).default('ask'),
  ...bounds,
  silence_s: whole(5, 600).default(300),
})

const command = z.strictObject({
  type: z.literal('command'),
  ...program,
  output: oneOf(['text', 'events']).default('text'),
  ...bounds,
})

const http = z.strictObject({
  type: z.literal('http'),
  url,
  headers,
  ...bounds,
})

const TYPES = { echo, openai, acp, command, http }

export const agent = z.discriminatedUnion('type', [echo, openai, acp, command, http], wants('a section with type'))

export const DEFAULT_AGENT = 'default'
const AGENT_NAME = /^(?!default$)[A-Za-z0-9_-]{1,32}$/

export const agents = z.record(z.string().regex(AGENT_NAME), agent, wants('a section of agents by name'))

const id = (what: string) => text(200, what)
const route = z.strictObject(
  {
    account: id('an account, such as qqbot:work').optional(),
    chat: id('a chat, such as qqbot:group:ID, or its id').optional(),
    user: id('the id of a person').optional(),
    agent: id('the name of an agent'),
  },
  wants('a section with agent, and account, chat or user'),
)

const MOST_ROUTES = 1000
export const routes = (() => {
  const wanted = wants(`a list of at most ${MOST_ROUTES} routes, such as [{ user: ID, agent: coder }]`)
  return z.array(route, wanted).max(MOST_ROUTES, wanted)
})()

export const AGENT_TYPES: readonly string[] = Object.keys(TYPES)
export const ROUTE_KEYS: readonly string[] = Object.keys(route.shape)

const KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(TYPES).map(([type, { shape }]) => [type, Object.keys(shape)]),
)

/** Of all kinds together. */
export const AGENT_KEYS: readonly string[] = [...new Set([...KEYS.values()].flat())]

export function keysOfAgent(type: string): readonly string[] {
  return KEYS.get(type) ?? ['type']
}

export function agentsWith(key: string): readonly string[] {
  return AGENT_TYPES.filter(type => keysOfAgent(type).includes(key))
}
