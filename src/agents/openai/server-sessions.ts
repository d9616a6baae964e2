/** Names of conversations for servers that keep sessions: a chat that begins anew has another name from then on. */
import { createHash } from 'node:crypto'
import type { Json } from '../../lib/json.ts'
import { putNewest } from '../../lib/newest.ts'
import { type ChatAddress, chatKey } from '../../platforms/platform.ts'
import type { AgentTurn } from '../agent.ts'
import { type AgentMemory, createKeptMaps } from '../memory.ts'

export interface ServerSessions {
  nameOf(turn: Pick<AgentTurn, 'chat' | 'session'>): Promise<string>
  forget(chat: ChatAddress): Promise<void>
}

/** Of more chats than this the one that began anew first has its first name again. */
const MOST_CHATS = 1000

/** `name`: of the agent in the settings. */
export function createServerSessions(name: string, memory: AgentMemory): ServerSessions {
  const key = `openai_sessions:${name}`
  /** How often each chat began anew, as it is on disk. */
  const storedOf = createKeptMaps(memory, key, value => (typeof value === 'number' ? value : undefined))

  return {
    async nameOf({ chat, session }) {
      const times = (await storedOf(chat.account)).get(chatKey(chat)) ?? 0
      return sessionName(times === 0 ? session : `${session} ${times}`)
    },
    async forget(chat) {
      const all = await storedOf(chat.account)
      const times = (all.get(chatKey(chat)) ?? 0) + 1
      putNewest(all, chatKey(chat), times, MOST_CHATS)
      const value: Json = Object.fromEntries(all)
      await memory.set(chat.account, key, value)
    },
  }
}

/** The same for the same conversation; whose it is cannot be read from it. */
function sessionName(session: string): string {
  return `herald-${createHash('sha256').update(session).digest('hex').slice(0, 32)}`
}
