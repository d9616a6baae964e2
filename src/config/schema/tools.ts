/** The sections about what stands beside the agents: servers of tools, and hooks. */
import { z } from 'zod'
import { headers, oneOf, program, text, url, wants, whole } from './kinds.ts'

/** Where it may stand in place of something else. */
const maybeProgram = { ...program, command: program.command.optional() }

const leave = oneOf(['ask', 'allow', 'deny'])
const NAME = /^[A-Za-z0-9_-]{1,32}$/

const server = z.strictObject(
  {
    ...maybeProgram,
    url: url.optional(),
    headers,
    tools: leave.default('ask'),
    tool_rules: z
      .record(z.string().min(1).max(200), leave, wants('a section of tools, such as { read_file: allow }'))
      .default({}),
    call_s: whole(1, 3600).default(60),
  },
  wants('a section with command, or with url'),
)

export const mcpServers = z.record(z.string().regex(NAME), server, wants('a section of servers by name'))

const POINTS = ['message_in', 'answer_out'] as const
const hook = z.strictObject(
  {
    at: (() => {
      const wanted = wants(`a list of points, such as [${POINTS.join(', ')}]`)
      return z.array(oneOf(POINTS), wanted).min(1, wanted).max(POINTS.length, wanted)
    })(),
    ...maybeProgram,
    module: text(1000, 'the whole path of a module')
      .regex(/^\//, wants('the whole path of a module, such as /srv/hooks/words.mjs'))
      .optional(),
    timeout_s: whole(1, 60).default(5),
    on_failure: oneOf(['pass', 'stop']).default('pass'),
  },
  wants('a section with at, and command or module'),
)

const MOST_HOOKS = 20
export const hooks = (() => {
  const wanted = wants(`a list of at most ${MOST_HOOKS} sections, such as [{ at: [message_in], command: my-filter }]`)
  return z.array(hook, wanted).max(MOST_HOOKS, wanted)
})()

export const MCP_SERVER_KEYS: readonly string[] = Object.keys(server.shape)
export const HOOK_KEYS: readonly string[] = Object.keys(hook.shape)
