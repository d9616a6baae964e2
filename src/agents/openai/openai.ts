/** Any server that speaks chat completions, the way OpenAI's does: streamed, within deadlines, and honest about a failure. */
import { createHash } from 'node:crypto'
import { backoffMs } from '../../lib/backoff.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { NetworkError } from '../../lib/net/network.ts'
import type { Random } from '../../lib/random.ts'
import { type Agent, AgentError, type AgentEvent, type AgentHealth, type AgentTurn } from '../agent.ts'
import { createDeadlines, type Deadlines } from '../bounds/deadlines.ts'
import type { StreamPost, StreamResponse } from '../stream/http-stream.ts'
import { type FailedTry, failedTry } from '../stream/server-error.ts'
import { readImages } from '../vision.ts'
import { createCompletionReader } from './completion-reader.ts'
import { completionsBody, completionsUrl } from './request.ts'
import { summaryRequest } from './summary.ts'

export interface OpenAiLimits {
  /** From the request to the first token: connecting, waiting and thinking included. */
  readonly firstTokenMs: number
  /** Between two tokens. Comments that only keep the connection open are silence, reasoning is not. */
  readonly silenceMs: number
  /** The whole turn, further tries included. */
  readonly turnMs: number
  /** Tries before the first token; after it there is only one. */
  readonly tries: number
  readonly backoffSeconds: readonly number[]
  /** A server that wants a longer pause is not waited for. */
  readonly longestPauseMs: number
  /** Longest answer, in UTF-16 units. */
  readonly answerChars: number
}

export const OPENAI_LIMITS: OpenAiLimits = {
  firstTokenMs: 60_000,
  silenceMs: 60_000,
  turnMs: 10 * 60_000,
  tries: 3,
  backoffSeconds: [1, 3, 10],
  longestPauseMs: 30_000,
  answerChars: 256 * 1024,
}

export interface OpenAiSettings {
  readonly type: 'openai'
  /** Such as `https://api.openai.com/v1`. */
  readonly baseUrl: string
  readonly apiKey?: string
  readonly model: string
  readonly systemPrompt?: string
  /** The model looks at pictures. */
  readonly vision?: boolean
  /** Carries a name of the conversation, for servers that keep sessions (Hermes: `X-Hermes-Session-Id`). */
  readonly sessionHeader?: string
  readonly limits?: Partial<OpenAiLimits>
}

export interface OpenAiWorld {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly stream: StreamPost
}

/** How long a server that has said its last word may take to count its tokens and to let the connection serve again. */
const LINGER_MS = 500
const LONGEST_ERROR_CHARS = 16 * 1024
const LONGEST_REASON = 300

/** Thrown inside a turn; never leaves this file. */
class TryFailed extends Error {
  readonly failed: FailedTry
  constructor(failed: FailedTry) {
    super(failed.error.message)
    this.failed = failed
  }
}

/** The same for the same conversation; whose it is cannot be read from it. */
function sessionName(session: string): string {
  return `herald-${createHash('sha256').update(session).digest('hex').slice(0, 32)}`
}

export function createOpenAi(settings: OpenAiSettings, world: OpenAiWorld): Agent {
  const { clock, random, log } = world
  const limits: OpenAiLimits = { ...OPENAI_LIMITS, ...settings.limits }
  const url = completionsUrl(settings.baseUrl)
  const apiKey = settings.apiKey?.trim() ?? ''
  const closing = new AbortController()
  let health: AgentHealth = { state: 'unknown' }
  let withUsage = true

  /** What others said, fit for a log and a status. Cut last: half of a key would not be recognised. */
  const told = (text: string): string => {
    const clean = apiKey === '' ? text : text.replaceAll(apiKey, '[redacted]')
    return clean.length > LONGEST_REASON ? `${clean.slice(0, LONGEST_REASON).toWellFormed()}…` : clean
  }
  const failWith = (error: AgentError): AgentError => {
    const clean = new AgentError(error.code, told(error.message), {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
    health = { ...health, state: 'failing', error: `${clean.code}: ${clean.message}` }
    return clean
  }

  const ask = async (turn: AgentTurn, signal: AbortSignal): Promise<StreamResponse> => {
    const { model, systemPrompt, vision = false, sessionHeader } = settings
    const images = vision ? await readImages(turn.attachments) : []
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream, application/json',
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(sessionHeader === undefined ? {} : { [sessionHeader]: sessionName(turn.session) }),
    }
    return world.stream(
      { url, headers, body: completionsBody(turn, { model, systemPrompt, withUsage, images }) },
      signal,
    )
  }

  /** Throws `TryFailed` for an answer that is none. */
  const refuse = async (response: StreamResponse): Promise<never> => {
    const { status } = response
    let body = ''
    for await (const piece of response.text) {
      body += piece
      if (body.length > LONGEST_ERROR_CHARS) break
    }
    if (withUsage && (status === 400 || status === 422) && body.includes('stream_options')) {
      withUsage = false
      log.info('the agent server does not count tokens', { host: url.host })
      const error = new AgentError('agent_refused', `${url.host} refuses stream_options`)
      throw new TryFailed({ error, retryable: true, retryAfterMs: 0 })
    }
    const answer = { status, retryAfter: response.header('retry-after'), body }
    throw new TryFailed(failedTry(url.host, settings.model, answer, clock.nowMs()))
  }

  const timeout = (what: string, delayMs: number) => (): AgentError =>
    new AgentError('agent_timeout', `${url.host}: ${what} within ${delayMs} ms`)

  /** One request. `onToken` is told when the model has begun to work. */
  async function* oneTry(turn: AgentTurn, deadlines: Deadlines, onToken: () => void): AsyncGenerator<AgentEvent> {
    deadlines.step(limits.firstTokenMs, timeout('no first token', limits.firstTokenMs))
    const response = await ask(turn, deadlines.signal)
    if (response.status !== 200) return await refuse(response)
    const reader = createCompletionReader(limits)
    let lingers = false
    try {
      for await (const piece of response.text) {
        for (const event of reader.push(piece)) {
          onToken()
          deadlines.step(limits.silenceMs, timeout('no further token', limits.silenceMs))
          if (event.kind === 'text') yield event
        }
        if (reader.complete && !lingers) {
          lingers = true
          deadlines.step(LINGER_MS, () => new StoppedError('the answer is complete'))
        }
      }
    } catch (thrown) {
      if (!reader.complete) throw thrown
    }
    for (const event of reader.end()) if (event.kind !== 'thought') yield event
  }

  const toFailedTry = (thrown: unknown): FailedTry => {
    if (thrown instanceof TryFailed) return thrown.failed
    if (thrown instanceof AgentError) {
      return { error: thrown, retryable: thrown.code === 'agent_broken' }
    }
    const reason = thrown instanceof NetworkError ? thrown.message : describeError(thrown)
    const error = new AgentError('agent_unreachable', reason, {
      hint: 'check agent.base_url (OPENAI_BASE_URL), and that the server runs',
    })
    return { error, retryable: true }
  }

  /** How long to wait before the next try; undefined when there is none. */
  const pauseMs = (failed: FailedTry, tries: number, endMs: number): number | undefined => {
    if (!failed.retryable || tries >= limits.tries) return undefined
    const delayMs = failed.retryAfterMs ?? backoffMs(limits.backoffSeconds, tries, random)
    return delayMs > limits.longestPauseMs || clock.monotonicMs() + delayMs >= endMs ? undefined : delayMs
  }

  async function* answer(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    const endMs = clock.monotonicMs() + limits.turnMs
    for (let tries = 1; ; tries++) {
      const whole = { delayMs: endMs - clock.monotonicMs(), reason: timeout('no whole answer', limits.turnMs) }
      const deadlines = createDeadlines(clock, signal, whole)
      let begun = false
      let delayMs: number | undefined
      try {
        yield* oneTry(turn, deadlines, () => {
          begun = true
        })
        health = { state: 'ok', lastOkAtMs: clock.nowMs() }
        return
      } catch (thrown) {
        signal.throwIfAborted()
        const failed = toFailedTry(thrown)
        delayMs = begun ? undefined : pauseMs(failed, tries, endMs)
        if (delayMs === undefined) throw failWith(failed.error)
        const reason = told(failed.error.message)
        log.warn('the agent did not answer; it is asked again', { turn: turn.id, tries, delayMs, reason })
      } finally {
        deadlines.close()
      }
      await sleep(clock, delayMs, signal)
    }
  }

  return {
    kind: 'openai',
    run: (turn, signal) => answer(turn, AbortSignal.any([signal, closing.signal])),
    health: () => health,
    // It remembers nothing: all it knows of a chat is the history that it is given.
    forget: async () => {},
    async summarize(where, history, signal) {
      const turn: AgentTurn = {
        chat: where.chat,
        // A server that keeps sessions must not take it for a part of this one.
        session: `${where.session} summary`,
        id: `${where.session}/summary`,
        sender: { id: '' },
        text: summaryRequest(history),
        attachments: [],
        history: [],
        repeated: false,
        ask: async () => null,
      }
      let text = ''
      for await (const event of answer(turn, AbortSignal.any([signal, closing.signal])))
        if (event.kind === 'text') text += event.text
      return text
    },
    async close() {
      closing.abort(new StoppedError('the agent is closed'))
    },
  }
}
