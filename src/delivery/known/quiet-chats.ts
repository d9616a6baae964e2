import { type ChatAddress, chatKey } from '../../platforms/platform.ts'

/** Chats for which nothing waits to be said, so that most messages need not ask the journal. */
export interface QuietChats {
  has(chat: ChatAddress): boolean
  add(chat: ChatAddress): void
  /** Something is held for the chat from now on, or its facts changed. */
  disturb(chat: ChatAddress): void
}

const MOST_CHATS = 20_000

export function createQuietChats(mostChats = MOST_CHATS): QuietChats {
  const quiet = new Set<string>()
  return {
    has: chat => quiet.has(chatKey(chat)),
    add(chat) {
      if (quiet.size >= mostChats) quiet.clear()
      quiet.add(chatKey(chat))
    },
    disturb: chat => quiet.delete(chatKey(chat)),
  }
}
