/**
 * Reads the answer of a chat completions server while it arrives: server-sent events, or plain JSON from a server that does not
 * stream. Pure.
 */
import { isRecord, parseJson } from '../../lib/json.ts'
import { createLineReader } from '../../lib/process/line-reader.ts'
import { AgentError, type AgentEvent } from '../agent.ts'
import { errorTextOf } from '../stream/server-error.ts'
import type { ToolCall } from '../tools/toolbox.ts'
import { createCallReader } from './call-reader.ts'
import { createThinkingFilter } from './thinking.ts'

/**
 * `thought`: the model is at work, and what it says is not for the chat. `calls`: it wants tools to be used, and says nothing
 * further before it has heard what they gave.
 */
export type CompletionEvent =
  | AgentEvent
  | { readonly kind: 'thought' }
  | { readonly kind: 'calls'; readonly calls: readonly ToolCall[] }

export interface CompletionReader {
  /** What this piece of the body says. Throws `AgentError` (`agent_broken`, `agent_too_long`). */
  push(piece: string): readonly CompletionEvent[]
  /** The answer is whole: all that may follow is the count of its tokens. */
  readonly complete: boolean
  /** The body is over. Throws `AgentError` when the answer is not: half an answer is none. */
  end(): readonly CompletionEvent[]
}

export interface CompletionBounds {
  /** Longest answer, in UTF-16 units. */
  readonly answerChars: number
}

/** What JSON and its escapes may add to an answer. */
const WRAPPING_FACTOR = 6
const WRAPPING_CHARS = 64 * 1024
const MOST_LINES_OF_ONE_EVENT = 100

export function createCompletionReader({ answerChars }: CompletionBounds): CompletionReader {
  const lines = createLineReader()
  const longestUnit = answerChars * WRAPPING_FACTOR + WRAPPING_CHARS
  let shape: 'unknown' | 'events' | 'json' = 'unknown'
  /** The body so far, when it is JSON. */
  let body = ''
  /** The data lines of an event that is not complete yet. */
  let data: string[] = []
  let unitChars = 0
  let spokenChars = 0
  let blank = true
  let done = false
  let finished = false
  let sawEvents = false
  let usage: AgentEvent | undefined
  const thinking = createThinkingFilter()
  const calls = createCallReader()

  const count = (chars: number): void => {
    spokenChars += chars
    if (spokenChars > answerChars) throw tooLong(answerChars)
  }
  const say = (text: string): CompletionEvent => {
    if (text === '') return { kind: 'thought' }
    if (text.trim() !== '') blank = false
    return { kind: 'text', text }
  }

  const readChunk = (chunk: Record<string, unknown>): readonly CompletionEvent[] => {
    throwServerError(chunk)
    sawEvents = true
    usage = usageOf(chunk['usage']) ?? usage
    const choices = chunk['choices']
    const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
    if (!isRecord(choice)) return []
    if (typeof choice['finish_reason'] === 'string') finished = true
    const part = isRecord(choice['delta']) ? choice['delta'] : choice['message']
    if (!isRecord(part)) return []
    const text = textOf(part['content']) || textOf(part['refusal'])
    count(text.length)
    const called = calls.push(part['tool_calls'])
    count(called)
    if (text !== '') return [say(thinking.push(text))]
    if (called > 0) return [{ kind: 'thought' }]
    return textOf(part['reasoning_content']) || textOf(part['reasoning']) ? [{ kind: 'thought' }] : []
  }

  const notJson = (): AgentError => new AgentError('agent_broken', 'the server sent an event that is not JSON')

  /** An event is complete as soon as its data is: some servers forget the empty line between two. */
  const readData = (line: string): readonly CompletionEvent[] => {
    data.push(line)
    unitChars += line.length
    const joined = data.join('\n')
    if (joined.trim() === '[DONE]') done = true
    const chunk = done ? undefined : parseJson(joined)
    if (!done && chunk === undefined) {
      if (data.length >= MOST_LINES_OF_ONE_EVENT) throw notJson()
      return []
    }
    data = []
    unitChars = 0
    return isRecord(chunk) ? readChunk(chunk) : []
  }

  const readLine = (line: string): readonly CompletionEvent[] => {
    if (done) return []
    if (line === '') {
      if (data.some(part => part.trim() !== '')) throw notJson()
      data = []
      return []
    }
    return line.startsWith('data:') ? readData(line.slice('data:'.length).trimStart()) : []
  }

  const pushEvents = (piece: string): readonly CompletionEvent[] => {
    const events = lines.push(piece).flatMap(readLine)
    if (lines.rest.length + unitChars > longestUnit) throw tooLong(answerChars)
    return events
  }

  const pushJson = (piece: string): readonly CompletionEvent[] => {
    body += piece
    if (body.length > longestUnit) throw tooLong(answerChars)
    return []
  }

  /** What comes after the last word; throws when there was none. */
  const closing = (): readonly CompletionEvent[] => {
    const rest = thinking.end()
    const last = rest === '' ? [] : [say(rest)]
    const wanted = calls.end()
    if (blank && wanted.length === 0) throw new AgentError('agent_empty', 'the server answered without any text')
    return [
      ...last,
      ...(usage ? [usage] : []),
      ...(wanted.length === 0 ? [] : [{ kind: 'calls' as const, calls: wanted }]),
    ]
  }

  return {
    push(piece) {
      if (shape === 'json') return pushJson(piece)
      if (shape === 'events') return pushEvents(piece)
      // A byte order mark is white space too.
      const start = piece.trimStart()
      if (start === '') return []
      shape = start.startsWith('{') || start.startsWith('[') ? 'json' : 'events'
      return shape === 'json' ? pushJson(start) : pushEvents(start)
    },
    get complete() {
      return done || finished
    },
    end() {
      if (shape === 'json') {
        const whole = parseJson(body)
        if (!isRecord(whole)) throw new AgentError('agent_broken', 'the server sent JSON that is broken')
        return [...readChunk(whole), ...closing()]
      }
      const last = done ? [] : readLine(lines.rest)
      if (!done && !finished && shape === 'events') {
        const what = sawEvents ? 'the answer broke off in the middle' : 'the server sent no chat completion'
        throw new AgentError('agent_broken', what)
      }
      return [...last, ...closing()]
    },
  }
}

function throwServerError(chunk: Record<string, unknown>): void {
  const failed = (chunk['error'] ?? null) !== null || chunk['object'] === 'error'
  if (failed) throw new AgentError('agent_broken', `the server reported an error: ${errorTextOf(chunk)}`)
}

/** A text, or the texts of a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map(part => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('')
}

function usageOf(usage: unknown): AgentEvent | undefined {
  if (!isRecord(usage)) return undefined
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage
  if (typeof inputTokens !== 'number' || typeof outputTokens !== 'number') return undefined
  return { kind: 'usage', inputTokens, outputTokens }
}

function tooLong(answerChars: number): AgentError {
  return new AgentError('agent_too_long', `the answer is longer than ${answerChars} characters`)
}
