/** The sections about what stands beside the agents: servers of tools, and hooks. */
import { z } from 'zod'
import { args, folder, texts } from './agents.ts'
import { oneOf, text, url, wants, whole } from './kinds.ts'

const program = {
  command: text(1000, 'the name or path of a program').optional(),
  args: args.default([]),
  cwd: folder.optional(),
  env: texts(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a section of variables, such as { LANG: C.UTF-8 }').default({}),
}

const leave = oneOf(['ask', 'allow', 'deny'])
const NAME = /^[A-Za-z0-9_-]{1,32}$/

const server = z.strictObject(
  {
    ...program,
    url: url.optional(),
    headers: texts(/^[A-Za-z0-9-]{1,100}$/, 'a section of headers, such as { X-Key: value }').default({}),
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
    ...program,
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
