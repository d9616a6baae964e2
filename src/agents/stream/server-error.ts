/** What a chat completions server says when it does not answer, in our words. */
import { isRecord, parseJson } from '../../lib/json.ts'
import { retryAfterMs } from '../../lib/net/retry-after.ts'
import { AgentError } from '../agent.ts'

/** A try that failed, and whether another one may help. */
export interface FailedTry {
  readonly error: AgentError
  readonly retryable: boolean
  /** What the server asked us to wait. */
  readonly retryAfterMs?: number
}

export interface ServerAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  /** The start of the body. */
  readonly body: string
}

const TRANSIENT = new Set([408, 425, 429])
/** Of what was asked: its words, its length, its form. A model that there is not is told apart by few servers. */
const OF_THE_QUESTION = new Set([400, 413, 415, 422])

export function failedTry(host: string, model: string, answer: ServerAnswer, nowMs: number): FailedTry {
  const { status } = answer
  const transient = TRANSIENT.has(status) || status >= 500
  const askedMs = retryAfterMs(answer.retryAfter, nowMs)
  return {
    error: toError(host, model, answer),
    retryable: transient,
    ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }),
  }
}

function toError(host: string, model: string, { status, body }: ServerAnswer): AgentError {
  // What a server says about a wrong key may quote it.
  if (status === 401 || status === 403) {
    return new AgentError('agent_refused', `${host} refused the API key (HTTP ${status})`, {
      hint: 'check agent.api_key (OPENAI_API_KEY)',
    })
  }
  const message = `${host} answered HTTP ${status}: ${excerptOf(body)}`
  if (status === 404) {
    return new AgentError('agent_refused', message, {
      hint: `check agent.base_url, and that the server has the model "${model}" (agent.model)`,
    })
  }
  if (status === 429)
    return new AgentError('agent_refused', message, {
      hint: 'too many requests, or the quota is used up',
      passing: true,
    })
  if (status >= 500) return new AgentError('agent_unreachable', message)
  const hint = status >= 300 && status < 400 ? { hint: 'check agent.base_url: redirects are not followed' } : {}
  return new AgentError('agent_refused', message, { ...hint, passing: OF_THE_QUESTION.has(status) })
}

function excerptOf(body: string): string {
  const parsed = parseJson(body)
  return isRecord(parsed) ? errorTextOf(parsed) : oneLine(body)
}

/** In one line, of any length. `{error: {message}}`, `{error: "…"}`, `{message}` and `{detail}` are all in use. */
export function errorTextOf(answer: Record<string, unknown>): string {
  const { error } = answer
  const said = isRecord(error) ? (error['message'] ?? error['code'] ?? error['type']) : error
  const found = [said, answer['message'], answer['detail']].find(one => typeof one === 'string' && one !== '')
  return typeof found === 'string' ? oneLine(found) : 'no reason given'
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  return line === '' ? 'no reason given' : line
}
