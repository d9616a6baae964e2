/** Which tools a turn has begun to use, on disk before each is called: a turn that runs again can say what may be done already. */
import { describeError } from '../../lib/errors.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { putNewest } from '../../lib/newest.ts'
import type { AgentTurn } from '../agent.ts'
import { type AgentMemory, createKeptMaps } from '../memory.ts'

export interface BegunTools {
  /** Resolves once it is on disk. */
  note(turn: Pick<AgentTurn, 'id' | 'chat' | 'session'>, call: string): Promise<void>
  /** Oldest first. */
  of(turn: Pick<AgentTurn, 'id' | 'chat' | 'session'>): Promise<readonly string[]>
}

interface Begun {
  readonly turn: string
  readonly calls: readonly string[]
}

const MOST_SESSIONS = 100
const MOST_CALLS = 32
const LONGEST_CALL = 200

export function createBegunTools(name: string, memory: AgentMemory, log: Logger): BegunTools {
  const key = `tools_begun:${name}`
  /** The last turn of each session, as it is on disk. */
  const storedOf = createKeptMaps(memory, key, readBegun)

  return {
    async note({ id, chat, session }, call) {
      const all = await storedOf(chat.account)
      const before = all.get(session)
      const calls = before?.turn === id ? before.calls : []
      const begun = { turn: id, calls: [...calls, call.slice(0, LONGEST_CALL).toWellFormed()].slice(-MOST_CALLS) }
      putNewest(all, session, begun, MOST_SESSIONS)
      const value: Json = Object.fromEntries(
        [...all].map(([one, its]) => [one, { turn: its.turn, calls: [...its.calls] }]),
      )
      await memory
        .set(chat.account, key, value)
        .catch((thrown: unknown) => log.warn('a tool call could not be noted', { reason: describeError(thrown) }))
    },
    async of({ id, chat, session }) {
      const begun = (await storedOf(chat.account)).get(session)
      return begun?.turn === id ? begun.calls : []
    },
  }
}

function readBegun(value: unknown): Begun | undefined {
  if (!isRecord(value) || typeof value['turn'] !== 'string' || !Array.isArray(value['calls'])) return undefined
  return { turn: value['turn'], calls: value['calls'].filter(call => typeof call === 'string') }
}
