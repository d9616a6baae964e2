/** Makes events of what a program or server writes, while it writes. Pure. */

import { createLineReader } from '../../lib/process/line-reader.ts'
import type { AgentEvent } from '../agent.ts'
import { tooLong } from '../bounds/limits.ts'
import { readPeerEvent } from './events.ts'

export interface PeerReader {
  /** Throws `AgentError` (`agent_broken`, `agent_too_long`). */
  push(piece: string): readonly AgentEvent[]
  /** It is over. */
  end(): readonly AgentEvent[]
}

/** What JSON and its escapes may add to an answer. */
export const WRAPPING_FACTOR = 6
/** The least that a line may have, however short answers must be. */
const WRAPPING_CHARS = 64 * 1024

/** All of it is the answer. The line ends behind it are the writer's. */
export function createTextReader(answerChars: number): PeerReader {
  let spokenChars = 0
  let kept = ''
  return {
    push(piece) {
      spokenChars += piece.length
      if (spokenChars > answerChars) throw tooLong(answerChars)
      const all = kept + piece
      const text = all.trimEnd()
      kept = all.slice(text.length)
      return text === '' ? [] : [{ kind: 'text', text }]
    },
    end: () => [],
  }
}

/** A JSON object a line; `toEvents` reads one. */
export function createEventReader(
  answerChars: number,
  toEvents: (line: string) => readonly AgentEvent[] = readPeerEvent,
): PeerReader {
  const lines = createLineReader()
  let spokenChars = 0
  const read = (line: string): readonly AgentEvent[] => {
    if (line.trim() === '') return []
    const events = toEvents(line)
    for (const event of events) if (event.kind === 'text') spokenChars += event.text.length
    if (spokenChars > answerChars) throw tooLong(answerChars)
    return events
  }
  return {
    push(piece) {
      const events = lines.push(piece).flatMap(read)
      if (lines.rest.length > answerChars * WRAPPING_FACTOR + WRAPPING_CHARS) throw tooLong(answerChars)
      return events
    },
    end: () => read(lines.rest),
  }
}
