import { ConfigError } from '../../lib/errors.ts'
import type { AgentTurn } from '../agent.ts'

/** The address of chat completions below a base such as `https://api.openai.com/v1`; a query is kept. Throws `ConfigError`. */
export function completionsUrl(baseUrl: string): URL {
  const url = URL.parse(baseUrl.trim())
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ConfigError('agent.base_url is not an HTTP address; write one such as https://api.openai.com/v1')
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`
  url.hash = ''
  return url
}

/** What the model is told of a message without a word in it, such as a bare mention. */
const NOTHING_SAID = '[empty message]'

export interface RequestForm {
  readonly model: string
  readonly systemPrompt: string | undefined
  /** Asks for the count of tokens at the end of the stream; a few servers refuse to be asked. */
  readonly withUsage: boolean
  /** Pictures that came with the message, as `data:` addresses. */
  readonly images?: readonly string[]
}

export function completionsBody(turn: AgentTurn, { model, systemPrompt, withUsage, images = [] }: RequestForm): string {
  const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : []
  // Some servers refuse a message without content, and a history that begins with an answer, as one cut to its budget may.
  const kept = turn.history.filter(entry => entry.text.trim() !== '')
  const from = kept.findIndex(entry => entry.role === 'user')
  const history = from < 0 ? [] : kept.slice(from)
  const said = turn.prompt ?? turn.text
  const question = said.trim() === '' ? NOTHING_SAID : said
  return JSON.stringify({
    model,
    stream: true,
    ...(withUsage ? { stream_options: { include_usage: true } } : {}),
    messages: [
      ...system,
      ...history.map(({ role, text }) => ({ role, content: text })),
      { role: 'user', content: images.length === 0 ? question : contentParts(question, images) },
    ],
  })
}

function contentParts(text: string, images: readonly string[]): object[] {
  return [{ type: 'text', text }, ...images.map(url => ({ type: 'image_url', image_url: { url } }))]
}
