import type { ToolLimits, ToolServerSettings } from '../tools/settings.ts'

export interface OpenAiLimits {
  /** From the request to the first token: connecting, waiting and thinking included. */
  readonly firstTokenMs: number
  /** Between two tokens. Comments that only keep the connection open are silence, reasoning is not. */
  readonly silenceMs: number
  /** The whole turn, further tries and tools included; the time in which a person is asked is not. */
  readonly turnMs: number
  /** Tries before the first token; after it there is only one. */
  readonly tries: number
  readonly backoffSeconds: readonly number[]
  /** A server that wants a longer pause is not waited for. */
  readonly longestPauseMs: number
  /** Longest answer, in UTF-16 units. */
  readonly answerChars: number
  /** Turns at the same time; further ones wait. */
  readonly concurrency: number
}

export const OPENAI_LIMITS: OpenAiLimits = {
  firstTokenMs: 60_000,
  silenceMs: 60_000,
  turnMs: 10 * 60_000,
  tries: 3,
  backoffSeconds: [1, 3, 10],
  longestPauseMs: 30_000,
  answerChars: 256 * 1024,
  concurrency: 64,
}

export interface OpenAiSettings {
  readonly type: 'openai'
  /** Its name in the settings; the one that serves everybody where there is none. */
  readonly name?: string
  /** Such as `https://api.openai.com/v1`. */
  readonly baseUrl: string
  readonly apiKey?: string
  readonly model: string
  readonly systemPrompt?: string
  /** The model looks at pictures. */
  readonly vision?: boolean
  /** The model reads documents and texts. */
  readonly files?: boolean
  /** Carries a name of the conversation, for servers that keep sessions (Hermes: `X-Hermes-Session-Id`). */
  readonly sessionHeader?: string
  /** Servers of tools, by name. */
  readonly tools?: Readonly<Record<string, ToolServerSettings>>
  readonly limits?: Partial<OpenAiLimits>
  readonly toolLimits?: Partial<ToolLimits>
}
