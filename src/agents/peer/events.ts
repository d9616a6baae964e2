/** What such a program or server says, one JSON object a line: `{"text"}`, `{"note"}`, `{"media"}`, `{"usage"}`, `{"error"}`. Pure. */
import { isRecord, parseJson } from '../../lib/json.ts'
import type { OutgoingMedia } from '../../platforms/platform.ts'
import { AgentError, type AgentEvent } from '../agent.ts'

const KINDS: readonly OutgoingMedia['kind'][] = ['image', 'voice', 'video', 'file']
const LONGEST_SAID = 300

/** Throws `AgentError` (`agent_broken`) for a line that is none of these. Keys that are not known are passed over. */
export function readPeerEvent(line: string): readonly AgentEvent[] {
  const said = parseJson(line)
  if (!isRecord(said)) throw broken('it wrote a line that is no JSON object')
  return eventsOf(said)
}

export function eventsOf(said: Record<string, unknown>): readonly AgentEvent[] {
  const { text, note, media, usage, error } = said
  if ((error ?? null) !== null) throw broken(`it reported an error: ${describe(error)}`)
  const events: AgentEvent[] = []
  if (typeof text === 'string' && text !== '') events.push({ kind: 'text', text })
  if (typeof note === 'string' && note.trim() !== '') events.push({ kind: 'note', text: note })
  if ((media ?? null) !== null) events.push(mediaOf(media, said['caption']))
  if (isRecord(usage)) events.push(...usageOf(usage))
  return events
}

function mediaOf(media: unknown, caption: unknown): AgentEvent {
  if (!isRecord(media)) throw broken('media is no object')
  const { path, url } = media
  const source = typeof path === 'string' ? { path } : typeof url === 'string' ? { url } : undefined
  if (source === undefined) throw broken('media has neither a path nor a url')
  const name = typeof media['name'] === 'string' ? media['name'] : lastPart('path' in source ? source.path : source.url)
  const kind = KINDS.find(known => known === media['kind']) ?? 'file'
  return { kind: 'media', media: { kind, name, source }, ...(typeof caption === 'string' ? { caption } : {}) }
}

function lastPart(address: string): string {
  return (
    address
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) || 'file'
  )
}

function usageOf({ input_tokens, output_tokens }: Record<string, unknown>): readonly AgentEvent[] {
  if (typeof input_tokens !== 'number' || typeof output_tokens !== 'number') return []
  return [{ kind: 'usage', inputTokens: input_tokens, outputTokens: output_tokens }]
}

function describe(error: unknown): string {
  const message = isRecord(error) ? error['message'] : error
  const line = typeof message === 'string' ? message.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim() : ''
  return line === '' ? 'no reason given' : line.slice(0, LONGEST_SAID).toWellFormed()
}

function broken(message: string): AgentError {
  return new AgentError('agent_broken', message)
}
