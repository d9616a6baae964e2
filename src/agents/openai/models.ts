/** The list of its models: what a server of chat completions says of itself at no cost. */
import { describeError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import type { HttpResponse, RequestHttp } from '../../lib/net/network.ts'
import { AgentError, type Reached } from '../agent.ts'
import { failedTry } from '../stream/server-error.ts'
import { addressBelow } from './request.ts'
import type { OpenAiSettings } from './settings.ts'

type Server = Pick<OpenAiSettings, 'baseUrl' | 'apiKey' | 'model'>

const ASK_MS = 10_000

/** Rejects with `NetworkError`. */
export function askModels(
  { baseUrl, apiKey = '' }: Server,
  request: RequestHttp,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const key = apiKey.trim()
  const headers = key === '' ? {} : { authorization: `Bearer ${key}` }
  return request({ method: 'GET', url: addressBelow(baseUrl, 'models').href, headers, timeoutMs: ASK_MS }, signal)
}

/** Servers that list no models are right too. */
export function modelsIn(body: string): readonly string[] | undefined {
  const parsed = parseJson(body)
  const data = isRecord(parsed) ? parsed['data'] : undefined
  if (!Array.isArray(data) || data.length === 0) return undefined
  return data.flatMap(one => (isRecord(one) && typeof one['id'] === 'string' ? [one['id']] : []))
}

/** A model that is not on the list may go by another name there, and a server may have no list: then it is there, no more. */
export async function probeServer(server: Server, request: RequestHttp, signal: AbortSignal): Promise<Reached> {
  const { host } = new URL(server.baseUrl)
  let answer: HttpResponse
  try {
    answer = await askModels(server, request, signal)
  } catch (thrown) {
    throw new AgentError('agent_unreachable', describeError(thrown))
  }
  const { status, body } = answer
  if (status === 401 || status === 403 || status >= 500)
    throw failedTry(host, server.model, { status, retryAfter: undefined, body }, 0).error
  const lists = modelsIn(body)?.includes(server.model) ?? true
  return status >= 200 && status < 300 && lists ? 'admitted' : 'reached'
}
