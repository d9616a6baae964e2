/** One completion of a server: asked again where that may help and nothing was said yet, and honest about a failure. */

import { type Clock, sleep } from '../../lib/clock.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { NetworkError } from '../../lib/net/network.ts'
import type { Random } from '../../lib/random.ts'
import { backoffMs } from '../../lib/tasks/backoff.ts'
import { AgentError } from '../agent.ts'
import { createDeadlines, type Deadlines } from '../bounds/deadlines.ts'
import { timeout } from '../bounds/limits.ts'
import type { StreamPost, StreamResponse } from '../stream/http-stream.ts'
import { type FailedTry, failedTry } from '../stream/server-error.ts'
import { type CompletionEvent, createCompletionReader } from './completion-reader.ts'
import { addressBelow, type CompletionForm, completionsBody } from './request.ts'
import type { OpenAiLimits, OpenAiSettings } from './settings.ts'

export interface CompletionsWorld {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly stream: StreamPost
}

export interface Completions {
  readonly host: string
  /**
   * `headers`: beside those that every request has. `whole`: the bounds of the turn that it is a part of. Throws `AgentError`,
   * whose message is fit for a log, or the reason of `whole`.
   */
  complete(
    form: CompletionForm,
    headers: Readonly<Record<string, string>>,
    whole: Deadlines,
  ): AsyncGenerator<CompletionEvent, void>
  /** The same without a secret, and of a length that can be shown. */
  clean(error: AgentError): AgentError
}

/** How long a server that has said its last word may take to count its tokens and to let the connection serve again. */
const LINGER_MS = 500
const LONGEST_ERROR_CHARS = 16 * 1024
const LONGEST_REASON = 300

/** Thrown inside a try; never leaves this file. */
class TryFailed extends Error {
  readonly failed: FailedTry
  constructor(failed: FailedTry) {
    super(failed.error.message)
    this.failed = failed
  }
}

/** Throws `ConfigError` for an address that is none. */
export function createCompletions(
  settings: OpenAiSettings,
  limits: OpenAiLimits,
  { clock, random, log, stream }: CompletionsWorld,
): Completions {
  const url = addressBelow(settings.baseUrl, 'chat/completions')
  const apiKey = settings.apiKey?.trim() ?? ''
  let withUsage = true

  /** What others said, fit for a log and a status. Cut last: half of a key would not be recognised. */
  const told = (text: string): string => {
    const clean = apiKey === '' ? text : text.replaceAll(apiKey, '[redacted]')
    return clean.length > LONGEST_REASON ? `${clean.slice(0, LONGEST_REASON).toWellFormed()}…` : clean
  }

  const post = (form: CompletionForm, headers: Readonly<Record<string, string>>, signal: AbortSignal) => {
    const all = {
      'content-type': 'application/json',
      accept: 'text/event-stream, application/json',
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
      ...headers,
    }
    return stream({ url, headers: all, body: completionsBody(form.model ?? settings.model, form, withUsage) }, signal)
  }

  /** Throws `TryFailed` for an answer that is none. */
  const refuse = async (response: StreamResponse, model: string): Promise<never> => {
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
    throw new TryFailed(failedTry(url.host, model, answer, clock.nowMs()))
  }

  /** One request. `onToken` is told when the model has begun to work. */
  async function* oneTry(
    form: CompletionForm,
    headers: Readonly<Record<string, string>>,
    deadlines: Deadlines,
    onToken: () => void,
  ): AsyncGenerator<CompletionEvent> {
    deadlines.step(limits.firstTokenMs, timeout(url.host, 'no first token', limits.firstTokenMs))
    const response = await post(form, headers, deadlines.signal)
    if (response.status !== 200) return await refuse(response, form.model ?? settings.model)
    const reader = createCompletionReader(limits)
    let lingers = false
    try {
      for await (const piece of response.text) {
        for (const event of reader.push(piece)) {
          onToken()
          deadlines.step(limits.silenceMs, timeout(url.host, 'no further token', limits.silenceMs))
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
  const pauseMs = (failed: FailedTry, tries: number, leftMs: number): number | undefined => {
    if (!failed.retryable || tries >= limits.tries) return undefined
    const delayMs = failed.retryAfterMs ?? backoffMs(limits.backoffSeconds, tries, random)
    return delayMs > limits.longestPauseMs || delayMs >= leftMs ? undefined : delayMs
  }

  return {
    host: url.host,
    async *complete(form, headers, whole) {
      for (let tries = 1; ; tries++) {
        const reason = timeout(url.host, 'no whole answer', limits.turnMs)
        const deadlines = createDeadlines(clock, whole.signal, { delayMs: whole.leftMs, reason })
        let begun = false
        let delayMs: number | undefined
        try {
          yield* oneTry(form, headers, deadlines, () => {
            begun = true
          })
          return
        } catch (thrown) {
          whole.signal.throwIfAborted()
          const failed = toFailedTry(thrown)
          delayMs = begun ? undefined : pauseMs(failed, tries, whole.leftMs)
          if (delayMs === undefined) throw failed.error
          log.warn('the agent did not answer; it is asked again', {
            tries,
            delayMs,
            reason: told(failed.error.message),
          })
        } finally {
          deadlines.close()
        }
        await sleep(clock, delayMs, whole.signal)
      }
    },
    clean({ code, message, hint, passing }) {
      return new AgentError(code, told(message), { passing, ...(hint === undefined ? {} : { hint }) })
    },
  }
}
