/** Any server that speaks chat completions, the way OpenAI's does: streamed, within deadlines, with tools where there are some. */
import { describeError, StoppedError } from '../../lib/errors.ts'
import type { RequestHttp } from '../../lib/net/network.ts'
import type { ChildWorld } from '../../lib/process/child.ts'
import { createSlots } from '../../lib/tasks/slots.ts'
import { type Agent, AgentError, type AgentEvent, type AgentHealth, type AgentTurn } from '../agent.ts'
import { createDeadlines, type Deadlines } from '../bounds/deadlines.ts'
import { timeout } from '../bounds/limits.ts'
import type { AgentMemory } from '../memory.ts'
import { DEFAULT_AGENT } from '../routes.ts'
import { TOOL_LIMITS, type ToolLimits } from '../tools/settings.ts'
import { createToolbox } from '../tools/toolbox.ts'
import { readImages } from '../vision.ts'
import { type CompletionsWorld, createCompletions } from './completions.ts'
import { fileParts } from './files.ts'
import { probeServer } from './models.ts'
import { questionMessages } from './request.ts'
import { answerInRounds } from './rounds.ts'
import { createServerSessions } from './server-sessions.ts'
import { OPENAI_LIMITS, type OpenAiLimits, type OpenAiSettings } from './settings.ts'
import { summaryTurn } from './summary.ts'

export interface OpenAiWorld extends CompletionsWorld, ChildWorld {
  readonly request: RequestHttp
  readonly memory: AgentMemory
}

/** Throws `ConfigError`. */
export function createOpenAi(settings: OpenAiSettings, world: OpenAiWorld): Agent {
  const { clock, log, memory } = world
  const { name = DEFAULT_AGENT, sessionHeader, vision = false, files = false } = settings
  const limits: OpenAiLimits = { ...OPENAI_LIMITS, ...settings.limits }
  const toolLimits: ToolLimits = { ...TOOL_LIMITS, ...settings.toolLimits }
  const completions = createCompletions(settings, limits, world)
  const toolbox =
    settings.tools === undefined || Object.keys(settings.tools).length === 0
      ? undefined
      : createToolbox(name, settings.tools, toolLimits, world)
  const sessions = createServerSessions(name, memory)
  const slots = createSlots(limits.concurrency)
  const closing = new AbortController()
  let health: AgentHealth = { state: 'unknown' }

  const failWith = (thrown: unknown): AgentError => {
    const known =
      thrown instanceof AgentError
        ? thrown
        : new AgentError('agent_broken', `the turn failed: ${describeError(thrown)}`)
    const error = completions.clean(known)
    health = { ...health, state: 'failing', error: `${error.code}: ${error.message}` }
    return error
  }

  async function* work(turn: AgentTurn, withTools: boolean, deadlines: Deadlines): AsyncGenerator<AgentEvent> {
    const images = vision ? await readImages(turn.attachments) : []
    const parts = [
      ...images.map(url => ({ type: 'image_url', image_url: { url } })),
      ...(files ? await fileParts(turn.attachments) : []),
    ]
    const headers = sessionHeader === undefined ? {} : { [sessionHeader]: await sessions.nameOf(turn) }
    const offer = withTools ? await toolbox?.offer(deadlines.signal) : undefined
    const begun = turn.repeated && offer ? ((await toolbox?.begunBy(turn)) ?? []) : []
    const messages = questionMessages(turn, {
      systemPrompt: settings.systemPrompt,
      withTools: offer !== undefined && offer.shown.length > 0,
      parts,
      begun,
    })
    yield* answerInRounds({ completions, limits: toolLimits, offer, headers, turn, deadlines }, messages)
  }

  async function* answer(turn: AgentTurn, withTools: boolean, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    const whole = { delayMs: limits.turnMs, reason: timeout(completions.host, 'no whole answer', limits.turnMs) }
    const deadlines = createDeadlines(clock, signal, whole)
    try {
      yield* work(turn, withTools, deadlines)
      health = { state: 'ok', lastOkAtMs: clock.nowMs() }
    } catch (thrown) {
      signal.throwIfAborted()
      throw failWith(deadlines.signal.aborted ? deadlines.signal.reason : thrown)
    } finally {
      deadlines.close()
    }
  }

  const run = (turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> =>
    slots.hold(() => answer(turn, true, signal), signal)

  return {
    kind: 'openai',
    model: settings.model,
    run: (turn, signal) => run(turn, AbortSignal.any([signal, closing.signal])),
    health() {
      const away = toolbox?.trouble
      return away === undefined
        ? health
        : { ...health, lacks: completions.clean(new AgentError('agent_broken', away)).message }
    },
    async probe(signal) {
      try {
        return await probeServer(settings, world.request, signal)
      } catch (thrown) {
        throw thrown instanceof AgentError ? completions.clean(thrown) : thrown
      }
    },
    async forget(chat) {
      const forgetting = [sessionHeader === undefined ? undefined : sessions.forget(chat), toolbox?.forget(chat)]
      for (const { reason } of (await Promise.allSettled(forgetting)).filter(one => one.status === 'rejected'))
        log.warn('a session could not be forgotten', { reason: describeError(reason) })
    },
    async summarize(where, history, signal) {
      let text = ''
      const turn = summaryTurn(where, history)
      for await (const event of answer(turn, false, AbortSignal.any([signal, closing.signal])))
        if (event.kind === 'text') text += event.text
      return text
    },
    async close() {
      closing.abort(new StoppedError('the agent is closed'))
      await toolbox?.close()
    },
  }
}
