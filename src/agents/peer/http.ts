/** A server that takes one POST for every turn, and answers whole or as a stream. */
import type { Clock } from '../../lib/clock.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { NetworkError } from '../../lib/net/network.ts'
import type { Reach } from '../../lib/net/reach.ts'
import { createSlots } from '../../lib/tasks/slots.ts'
import { type Agent, AgentError, type AgentEvent, type AgentTurn } from '../agent.ts'
import { createDeadlines } from '../bounds/deadlines.ts'
import { TURN_LIMITS, type TurnLimits, timeout, tooLong } from '../bounds/limits.ts'
import type { StreamPost, StreamResponse } from '../stream/http-stream.ts'
import { failedTry } from '../stream/server-error.ts'
import { eventsOf, readPeerEvent } from './events.ts'
import { createEventReader, createTextReader, type PeerReader, WRAPPING_FACTOR } from './reader.ts'
import { peerRequest } from './request.ts'

export interface HttpSettings {
  readonly type: 'http'
  readonly url: string
  /** Keys and the like. */
  readonly headers: Readonly<Record<string, string>>
  readonly limits?: Partial<TurnLimits>
}

export interface HttpWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly stream: StreamPost
  readonly reach: Reach
}

const LONGEST_ERROR_CHARS = 16 * 1024
const LINES = /^application\/(x-ndjson|ndjson|jsonl|x-jsonlines|json-lines|json-seq)\b/

export function createHttp(settings: HttpSettings, { clock, stream, reach }: HttpWorld): Agent {
  const limits: TurnLimits = { ...TURN_LIMITS, ...settings.limits }
  const url = new URL(settings.url)
  const secrets = Object.values(settings.headers).filter(value => value.length > 5)
  const slots = createSlots(limits.concurrency)
  const closing = new AbortController()
  /** A server may quote what it was sent. */
  const clean = (text: string): string => secrets.reduce((all, secret) => all.replaceAll(secret, '[redacted]'), text)

  const refuse = async (response: StreamResponse): Promise<never> => {
    let body = ''
    for await (const piece of response.text) {
      body += piece
      if (body.length > LONGEST_ERROR_CHARS) break
    }
    const { error } = failedTry(url.host, '', { status: response.status, retryAfter: undefined, body }, clock.nowMs())
    const { code, message, passing } = error
    throw new AgentError(code, clean(message), { passing, hint: 'check agent.url and agent.headers' })
  }

  async function* work(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    const whole = { delayMs: limits.turnMs, reason: timeout(url.host, 'no whole answer', limits.turnMs) }
    const deadlines = createDeadlines(clock, signal, whole)
    deadlines.step(limits.firstMs, timeout(url.host, 'no answer', limits.firstMs))
    const headers = {
      ...settings.headers,
      'content-type': 'application/json',
      accept: 'text/event-stream, application/x-ndjson, application/json, text/plain',
    }
    try {
      const response = await stream({ url, headers, body: peerRequest(turn) }, deadlines.signal)
      if (response.status === 204) return await readToEnd(response)
      if (response.status !== 200) await refuse(response)
      const reader = readerFor(response.header('content-type') ?? '', limits.answerChars)
      for await (const piece of response.text) {
        deadlines.step(limits.silenceMs, timeout(url.host, 'nothing further', limits.silenceMs))
        yield* reader.push(piece)
      }
      yield* reader.end()
    } catch (thrown) {
      signal.throwIfAborted()
      if (thrown instanceof AgentError) throw thrown
      const reason = thrown instanceof NetworkError ? thrown.message : describeError(thrown)
      throw new AgentError('agent_unreachable', clean(reason), { hint: 'check agent.url, and that the server runs' })
    } finally {
      deadlines.close()
    }
  }

  const run = (turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent> =>
    slots.hold(() => work(turn, signal), signal)

  return {
    kind: 'http',
    run: (turn, signal) => run(turn, AbortSignal.any([signal, closing.signal])),
    health: () => ({ state: 'unknown' }),
    async probe(signal) {
      // Any request may be taken for a turn.
      await reach(url, signal).catch((thrown: unknown) => {
        throw new AgentError('agent_unreachable', describeError(thrown))
      })
      return 'reached'
    },
    forget: async () => {},
    async close() {
      closing.abort(new StoppedError('the agent is closed'))
    },
  }
}

/** Empty as it is: only then does the connection serve the next turn. */
async function readToEnd({ text }: StreamResponse): Promise<void> {
  const pieces = text[Symbol.asyncIterator]()
  while (!(await pieces.next()).done);
}

function readerFor(contentType: string, answerChars: number): PeerReader {
  const type = contentType.trim().toLowerCase()
  if (type.startsWith('text/event-stream')) return createEventReader(answerChars, readServerSentLine)
  if (LINES.test(type)) return createEventReader(answerChars)
  return /^application\/([\w.-]+\+)?json\b/.test(type) ? createJsonReader(answerChars) : createTextReader(answerChars)
}

/** One event is one line of data; all other fields are passed over. */
function readServerSentLine(line: string): readonly AgentEvent[] {
  if (!line.startsWith('data:')) return []
  const data = line.slice('data:'.length).trim()
  return data === '' || data === '[DONE]' ? [] : readPeerEvent(data)
}

function createJsonReader(answerChars: number): PeerReader {
  let body = ''
  return {
    push(piece) {
      body += piece
      if (body.length > answerChars * WRAPPING_FACTOR) throw tooLong(answerChars)
      return []
    },
    end() {
      const said = parseJson(body)
      if (!isRecord(said)) throw new AgentError('agent_broken', 'the server sent JSON that is broken')
      const events = eventsOf(said)
      if (events.some(event => event.kind === 'text' && event.text.length > answerChars)) throw tooLong(answerChars)
      return events
    },
  }
}
