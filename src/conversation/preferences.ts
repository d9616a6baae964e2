import type { Journal } from '../journal/journal.ts'
import { isRecord, type Json } from '../lib/json.ts'
import { type AccountId, type ChatAddress, chatKey } from '../platforms/platform.ts'
import { BUSY_MODES, type BusyMode } from './rules.ts'

/** What a chat has chosen for itself; where it has not, the settings count. */
export interface Choices {
  readonly busy?: BusyMode
  /** The name of an agent. */
  readonly agent?: string
  readonly model?: string
}

/** Read once for each account, then known without waiting. */
export interface Preferences {
  load(account: AccountId): Promise<void>
  of(chat: ChatAddress): Choices
  /** On disk before they are in force. What `choices` does not name stays, null takes a choice back. */
  choose(chat: ChatAddress, choices: { readonly [name in keyof Choices]: Choices[name] | null }): Promise<void>
}

const KEY = 'chat_preferences'
/** Of more chats than this the ones that chose first go back to what the settings say. */
const MOST_CHATS = 1000
const NONE: Choices = {}

export function createPreferences(journal: Pick<Journal, 'get' | 'set'>): Preferences {
  const chosen = new Map<AccountId, Map<string, Choices>>()
  /** One after the other: each is written down with all that were made before it. */
  let lastChoice: Promise<unknown> = Promise.resolve()

  const known = async (account: AccountId): Promise<Map<string, Choices>> => {
    const stored = chosen.has(account) ? undefined : await journal.get(account, KEY)
    const all = chosen.get(account) ?? read(stored)
    chosen.set(account, all)
    return all
  }

  return {
    async load(account) {
      await known(account)
    },
    of: chat => chosen.get(chat.account)?.get(chatKey(chat)) ?? NONE,
    choose(chat, choices) {
      const choice = lastChoice.then(async () => {
        const key = chatKey(chat)
        const next = new Map(await known(chat.account))
        const own = { ...next.get(key), ...choices }
        next.delete(key)
        next.set(key, readChoices(own))
        const kept = [...next].slice(-MOST_CHATS)
        const value: Json = Object.fromEntries(kept.map(([name, its]) => [name, { ...its }]))
        await journal.set(chat.account, KEY, value)
        chosen.set(chat.account, new Map(kept))
      })
      lastChoice = choice.catch(() => undefined)
      return choice
    },
  }
}

function read(stored: unknown): Map<string, Choices> {
  if (!isRecord(stored)) return new Map()
  return new Map(Object.entries(stored).map(([key, value]) => [key, isRecord(value) ? readChoices(value) : NONE]))
}

function readChoices(value: Readonly<Record<string, unknown>>): Choices {
  const busy = BUSY_MODES.find(mode => mode === value['busy'])
  const { agent, model } = value
  return {
    ...(busy === undefined ? {} : { busy }),
    ...(typeof agent === 'string' ? { agent } : {}),
    ...(typeof model === 'string' ? { model } : {}),
  }
}
