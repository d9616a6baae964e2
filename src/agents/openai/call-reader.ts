/** The tool calls of one answer, put together from their pieces. Pure. */
import { isRecord } from '../../lib/json.ts'
import { AgentError } from '../agent.ts'
import type { ToolCall } from '../tools/toolbox.ts'

export interface CallReader {
  /** Reads the `tool_calls` of a delta or of a whole message. Returns how many characters it had. */
  push(pieces: unknown): number
  /** Throws `AgentError` (`agent_broken`) for a call without a name. */
  end(): readonly ToolCall[]
}

const MOST_CALLS = 128

export function createCallReader(): CallReader {
  const calls: { id: string; name: string; input: string }[] = []

  /** Some servers number the pieces, some give each call whole, some number them all 0, some repeat the id. */
  const callOf = (piece: Record<string, unknown>): { id: string; name: string; input: string } => {
    const { index, id } = piece
    const sameId = typeof id === 'string' && id !== '' ? calls.findIndex(call => call.id === id) : -1
    const begins = typeof id === 'string' && id !== '' && sameId < 0
    const numbered = typeof index === 'number' && !(begins && (calls[index]?.id ?? '') !== '')
    const at = numbered ? index : begins ? calls.length : sameId < 0 ? calls.length - 1 : sameId
    if (!Number.isInteger(at) || at < 0 || at >= MOST_CALLS) throw broken('it numbers its tool calls wrongly')
    while (calls.length <= at) calls.push({ id: '', name: '', input: '' })
    const call = calls[at]
    if (call === undefined) throw broken('a tool call is missing')
    return call
  }

  return {
    push(pieces) {
      if (!Array.isArray(pieces)) return 0
      let chars = 0
      for (const piece of pieces) {
        if (!isRecord(piece)) continue
        const call = callOf(piece)
        if (typeof piece['id'] === 'string' && piece['id'] !== '') call.id = piece['id']
        const { function: wanted } = piece
        if (!isRecord(wanted)) continue
        const { name, arguments: input } = wanted
        if (typeof name === 'string' && name !== '') call.name = name
        const text = typeof input === 'string' ? input : isRecord(input) ? JSON.stringify(input) : ''
        call.input += text
        chars += text.length + 1
      }
      return chars
    },
    end() {
      if (calls.some(({ name }) => name === '')) throw broken('it called a tool without a name')
      return calls.map((call, index) => ({ ...call, id: call.id === '' ? `call_${index + 1}` : call.id }))
    },
  }
}

function broken(message: string): AgentError {
  return new AgentError('agent_broken', message)
}
