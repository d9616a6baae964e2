import type { Journal } from '../journal/journal.ts'
import { isRecord, type Json } from '../lib/json.ts'
import { type AccountId, type ChatAddress, chatKey } from '../platforms/platform.ts'
import { BUSY_MODES, type BusyMode } from './rules.ts'

/** What a chat has chosen for itself: read once for each account, then known without waiting. */
export interface Preferences {
  load(account: AccountId): Promise<void>
  busy(chat: ChatAddress): BusyMode | undefined
  /** On disk before it is in force. */
  setBusy(chat: ChatAddress, mode: BusyMode): Promise<void>
}

const KEY = 'chat_preferences'
/** Of more chats than this the ones that chose first go back to what the settings say. */
const MOST_CHATS = 1000

export function createPreferences(journal: Pick<Journal, 'get' | 'set'>): Preferences {
  const chosen = new Map<AccountId, Map<string, BusyMode>>()

  const of = async (account: AccountId): Promise<Map<string, BusyMode>> => {
    const stored = chosen.has(account) ? undefined : await journal.get(account, KEY)
    const known = chosen.get(account) ?? read(stored)
    chosen.set(account, known)
    return known
  }

  return {
    async load(account) {
      await of(account)
    },
    busy: chat => chosen.get(chat.account)?.get(chatKey(chat)),
    async setBusy(chat, mode) {
      const next = new Map(await of(chat.account))
      next.delete(chatKey(chat))
      next.set(chatKey(chat), mode)
      const kept = [...next].slice(-MOST_CHATS)
      const value: Json = Object.fromEntries(kept.map(([key, busy]) => [key, { busy }]))
      await journal.set(chat.account, KEY, value)
      chosen.set(chat.account, new Map(kept))
    },
  }
}

function read(stored: unknown): Map<string, BusyMode> {
  if (!isRecord(stored)) return new Map()
  return new Map(
    Object.entries(stored).flatMap(([key, value]): [string, BusyMode][] => {
      const mode = isRecord(value) ? BUSY_MODES.find(known => known === value['busy']) : undefined
      return mode === undefined ? [] : [[key, mode]]
    }),
  )
}
