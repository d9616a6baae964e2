/** Which session of the agent belongs to which conversation: known across processes of the agent, and of this one. */
import { describeError } from '../../lib/errors.ts'
import type { Json } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { putNewest } from '../../lib/newest.ts'
import { untilAborted } from '../../lib/signals.ts'
import { type AccountId, type ChatAddress, chatKey } from '../../platforms/platform.ts'
import type { AgentTurn } from '../agent.ts'
import { type AgentMemory, createKeptMaps } from '../memory.ts'
import type { AcpLink } from './link.ts'

export interface OpenSession {
  readonly id: string
  /** The agent knows nothing of what was said before. */
  readonly fresh: boolean
}

export interface AcpSessions {
  open(link: AcpLink, turn: AgentTurn, signal: AbortSignal): Promise<OpenSession>
  /** What the agent makes of this session is not to be relied on any more. */
  drop(turn: AgentTurn): Promise<void>
  /** All sessions of a chat, those of its members included. */
  forget(chat: ChatAddress): Promise<void>
}

/** Of more conversations than this the ones that spoke first begin anew. */
const MOST_SESSIONS = 500

export function createAcpSessions(name: string, cwd: string, memory: AgentMemory, log: Logger): AcpSessions {
  const key = `acp_sessions:${name}`
  /** Session ids by conversation, as they are on disk. */
  const storedOf = createKeptMaps(memory, key, value => (typeof value === 'string' ? value : undefined))
  const present = new Map<string, { readonly link: AcpLink; readonly id: string }>()
  /** What died would be kept until its conversation speaks again, and it may never. */
  const setPresent = (session: string, link: AcpLink, id: string): void => {
    for (const [each, { link: its }] of present) if (its.closed.aborted) present.delete(each)
    present.set(session, { link, id })
  }

  /** Best effort: without it the agent is given the history once more. */
  const save = async (account: AccountId, ids: Map<string, string>): Promise<void> => {
    const value: Json = Object.fromEntries(ids)
    await memory
      .set(account, key, value)
      .catch((thrown: unknown) => log.warn('a session could not be noted', { reason: describeError(thrown) }))
  }

  /** False when the agent cannot, or does not know it any more. */
  const takeUp = async (link: AcpLink, sessionId: string, signal: AbortSignal): Promise<boolean> => {
    const { loadSession = false, sessionCapabilities } = link.capabilities
    const method = sessionCapabilities?.resume ? 'session/resume' : 'session/load'
    if (method === 'session/load' && !loadSession) return false
    try {
      await untilAborted(link.agent.request(method, { sessionId, cwd, mcpServers: [] }), signal)
      return true
    } catch (thrown) {
      signal.throwIfAborted()
      log.info('the agent does not know a session any more', { reason: describeError(thrown) })
      return false
    }
  }

  return {
    async open(link, { session, chat }, signal) {
      const here = present.get(session)
      if (here?.link === link) return { id: here.id, fresh: false }
      const ids = await storedOf(chat.account)
      const known = ids.get(session)
      if (known !== undefined && (await takeUp(link, known, signal))) {
        setPresent(session, link, known)
        return { id: known, fresh: false }
      }
      const request = link.agent.request('session/new', { cwd, mcpServers: [] })
      const { sessionId } = await untilAborted(request, signal)
      setPresent(session, link, sessionId)
      putNewest(ids, session, sessionId, MOST_SESSIONS)
      await save(chat.account, ids)
      return { id: sessionId, fresh: true }
    },
    async drop({ session, chat }) {
      present.delete(session)
      const ids = await storedOf(chat.account)
      if (ids.delete(session)) await save(chat.account, ids)
    },
    async forget(chat) {
      const ofChat = (session: string): boolean => session === chatKey(chat) || session.startsWith(`${chatKey(chat)} `)
      for (const session of present.keys()) if (ofChat(session)) present.delete(session)
      const ids = await storedOf(chat.account)
      const gone = [...ids.keys()].filter(ofChat)
      for (const session of gone) ids.delete(session)
      if (gone.length > 0) await save(chat.account, ids)
    },
  }
}
