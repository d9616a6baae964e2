/** Whether a model may use a tool now: a person is asked, once or for always. */
import { describeError } from '../../lib/errors.ts'
import type { Json } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { dropOldest } from '../../lib/newest.ts'
import { type AccountId, type ChatAddress, chatKey } from '../../platforms/platform.ts'
import type { AgentQuestion, AgentTurn } from '../agent.ts'
import { type AgentMemory, createKeptMaps } from '../memory.ts'

export interface ToolLeaves {
  /** Rejects with the reason of `signal` alone. */
  ask(turn: AgentTurn, wish: ToolWish, signal: AbortSignal): Promise<'allowed' | 'refused' | 'unanswered'>
  /** What was allowed for always in this chat is so no longer. */
  forget(chat: ChatAddress): Promise<void>
}

export interface ToolWish {
  readonly server: string
  readonly tool: string
  readonly input: Readonly<Record<string, unknown>>
}

const LONGEST_DETAIL = 600
/** Of more people than this those who allowed first are asked again. */
const MOST_PEOPLE = 500
const OPTIONS: AgentQuestion['options'] = [
  { id: 'allow_once', label: 'Allow once', style: 'primary', grants: 'allow_once' },
  { id: 'allow_always', label: 'Allow always', style: 'plain', grants: 'allow_always' },
  { id: 'reject_once', label: 'Reject', style: 'danger', grants: 'reject_once' },
]

/** `name`: of the agent in the settings. */
export function createToolLeaves(name: string, memory: AgentMemory, log: Logger): ToolLeaves {
  const key = `tool_leaves:${name}`
  /** The tools that somebody allowed for always, by chat and person, as they are on disk. */
  const storedOf = createKeptMaps(memory, key, readTools)
  /** Best effort: without it the person is asked once more. */
  const save = async (account: AccountId, leaves: Map<string, readonly string[]>): Promise<void> => {
    dropOldest(leaves, MOST_PEOPLE)
    const value: Json = Object.fromEntries([...leaves].map(([who, tools]) => [who, [...tools]]))
    await memory
      .set(account, key, value)
      .catch((thrown: unknown) => log.warn('a leave could not be noted', { reason: describeError(thrown) }))
  }

  return {
    async ask(turn, wish, signal) {
      const { account } = turn.chat
      const who = `${chatKey(turn.chat)} ${turn.sender.id}`
      const what = `${wish.server}/${wish.tool}`
      const leaves = await storedOf(account)
      if (leaves.get(who)?.includes(what)) return 'allowed'
      const chosen = await turn.ask(questionOf(wish), signal)
      signal.throwIfAborted()
      if (chosen === null) return 'unanswered'
      if (chosen === 'allow_always') {
        leaves.set(who, [...(leaves.get(who) ?? []), what])
        await save(account, leaves)
      }
      return chosen === 'reject_once' ? 'refused' : 'allowed'
    },
    async forget(chat) {
      const leaves = await storedOf(chat.account)
      const gone = [...leaves.keys()].filter(who => who.startsWith(`${chatKey(chat)} `))
      for (const who of gone) leaves.delete(who)
      if (gone.length > 0) await save(chat.account, leaves)
    },
  }
}

function questionOf({ server, tool, input }: ToolWish): AgentQuestion {
  const detail = JSON.stringify(input)
  return {
    kind: 'approval',
    title: `${server}: ${tool}`,
    ...(detail === '{}' ? {} : { detail: detail.slice(0, LONGEST_DETAIL).toWellFormed() }),
    options: OPTIONS,
  }
}

function readTools(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter(tool => typeof tool === 'string') : undefined
}
