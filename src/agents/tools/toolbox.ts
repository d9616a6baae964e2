/** All tools that a model is given: shown under one list of names, called when a person or the settings allow it. */
import { isRecord, parseJson } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import type { ChildWorld } from '../../lib/process/child.ts'
import type { ChatAddress } from '../../platforms/platform.ts'
import type { AgentTurn } from '../agent.ts'
import type { Deadlines } from '../bounds/deadlines.ts'
import type { AgentMemory } from '../memory.ts'
import { type BegunTools, createBegunTools } from './begun.ts'
import { createToolLeaves } from './leave.ts'
import { functionName } from './names.ts'
import { failureText, resultText } from './result.ts'
import { createToolServer, ToolFailure, type ToolServer } from './server.ts'
import type { ToolLimits, ToolServerSettings } from './settings.ts'

/** What a model is shown of a tool. */
export interface ToolShown {
  readonly name: string
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What a model wants to call. `input` is JSON, as it wrote it. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly input: string
}

export interface Offer {
  readonly shown: readonly ToolShown[]
  /** In one line, for people; undefined for a name that was not shown. */
  titleOf(call: ToolCall): string | undefined
  /** What the model is told. Time stands still while a person is asked. Rejects only with the reason of the deadlines. */
  call(turn: AgentTurn, call: ToolCall, deadlines: Deadlines): Promise<ToolAnswer>
}

export interface ToolAnswer {
  readonly text: string
  readonly failed: boolean
}

export interface Toolbox {
  offer(signal: AbortSignal): Promise<Offer>
  /** What a turn had begun before the process ended. */
  begunBy: BegunTools['of']
  forget(chat: ChatAddress): Promise<void>
  /** Which servers are away, and why. */
  readonly trouble: string | undefined
  close(): Promise<void>
}

export interface ToolboxWorld extends ChildWorld {
  readonly log: Logger
  readonly memory: AgentMemory
}

/** More are refused by some servers, and understood by no model. */
const MOST_TOOLS = 128
const LONGEST_DESCRIPTION = 1024

/** `name`: of the agent in the settings. */
export function createToolbox(
  name: string,
  servers: Readonly<Record<string, ToolServerSettings>>,
  limits: ToolLimits,
  world: ToolboxWorld,
): Toolbox {
  const { log, memory } = world
  const all = Object.entries(servers).map(([server, settings]) => createToolServer(server, settings, limits, world))
  const leaves = createToolLeaves(name, memory, log)
  const begun = createBegunTools(name, memory, log)

  const failed = (reason: string): ToolAnswer => ({ text: failureText(reason, limits.resultChars), failed: true })

  const mayCall = async (
    turn: AgentTurn,
    server: ToolServer,
    tool: string,
    input: Readonly<Record<string, unknown>>,
    deadlines: Deadlines,
  ): Promise<string | undefined> => {
    if (leaveFor(server, tool) === 'allow') return undefined
    const resume = deadlines.pause()
    try {
      const answer = await leaves.ask(turn, { server: server.name, tool, input }, deadlines.signal)
      if (answer === 'allowed') return undefined
      return answer === 'refused' ? 'the person did not allow this' : 'nobody allowed this in time'
    } finally {
      resume()
    }
  }

  return {
    async offer(signal) {
      const listed = await Promise.all(all.map(async server => ({ server, tools: await server.tools(signal) })))
      const known = new Map<string, { readonly server: ToolServer; readonly tool: string }>()
      const shown: ToolShown[] = []
      for (const { server, tools } of listed)
        for (const tool of tools) {
          if (leaveFor(server, tool.name) === 'deny' || shown.length >= MOST_TOOLS) continue
          const shownName = functionName(server.name, tool.name, new Set(known.keys()))
          known.set(shownName, { server, tool: tool.name })
          const description = (tool.description ?? tool.title ?? '').slice(0, LONGEST_DESCRIPTION).toWellFormed()
          shown.push({ name: shownName, description, parameters: tool.inputSchema })
        }
      return {
        shown,
        titleOf(call) {
          const found = known.get(call.name)
          return found && `${found.server.name}: ${found.tool}`
        },
        async call(turn, call, deadlines) {
          const found = known.get(call.name)
          if (found === undefined) return failed('there is no tool of this name')
          const input = call.input.trim() === '' ? {} : parseJson(call.input)
          if (!isRecord(input)) return failed('the arguments are no JSON object')
          const { server, tool } = found
          const refusal = await mayCall(turn, server, tool, input, deadlines)
          if (refusal !== undefined) return failed(refusal)
          await begun.note(turn, `${server.name}: ${tool} ${JSON.stringify(input)}`)
          try {
            const result = await server.call(tool, input, deadlines.signal)
            return { text: resultText(result, limits.resultChars), failed: result.isError === true }
          } catch (thrown) {
            deadlines.signal.throwIfAborted()
            if (thrown instanceof ToolFailure) return failed(thrown.message)
            throw thrown
          }
        },
      }
    },
    begunBy: turn => begun.of(turn),
    forget: chat => leaves.forget(chat),
    get trouble() {
      const away = all.flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble]))
      return away.length === 0 ? undefined : away.join('; ')
    },
    async close() {
      await Promise.all(all.map(server => server.close()))
    },
  }
}

function leaveFor({ settings }: ToolServer, tool: string) {
  return Object.hasOwn(settings.leaves, tool) ? settings.leaves[tool] : settings.leave
}
