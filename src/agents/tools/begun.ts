/** Which tools a turn has begun to use, on disk before each is called: a turn that runs again can say what may be done already. */
import { describeError } from '../../lib/errors.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import type { AccountId } from '../../platforms/platform.ts'
import type { AgentTurn } from '../agent.ts'
import type { AgentMemory } from '../memory.ts'

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
  const stored = new Map<AccountId, Map<string, Begun>>()

  const storedOf = async (account: AccountId): Promise<Map<string, Begun>> => {
    const known = stored.get(account) ?? readBegun(await memory.get(account, key))
    stored.set(account, known)
    return known
  }

  return {
    async note({ id, chat, session }, call) {
      const all = await storedOf(chat.account)
      const before = all.get(session)
      const calls = before?.turn === id ? before.calls : []
      all.delete(session)
      all.set(session, { turn: id, calls: [...calls, call.slice(0, LONGEST_CALL).toWellFormed()].slice(-MOST_CALLS) })
      while (all.size > MOST_SESSIONS) all.delete(all.keys().next().value ?? '')
      const value: Json = Object.fromEntries(
        [...all].map(([one, begun]) => [one, { turn: begun.turn, calls: [...begun.calls] }]),
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

function readBegun(value: unknown): Map<string, Begun> {
  if (!isRecord(value)) return new Map()
  return new Map(
    Object.entries(value).flatMap(([session, begun]): [string, Begun][] => {
      if (!isRecord(begun) || typeof begun['turn'] !== 'string' || !Array.isArray(begun['calls'])) return []
      return [[session, { turn: begun['turn'], calls: begun['calls'].filter(call => typeof call === 'string') }]]
    }),
  )
}
