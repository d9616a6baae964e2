/** An alert as a message of a bot's own accord: through another account, or another platform. */
import type { Channel } from '../channel.ts'

/** Resolves with the outcome word of `docs/outcomes.md`. */
export type SayInChat = (chat: string, text: string) => Promise<string>

/** `chat`: `<account>:<kind>:<id>`. */
export function createChat(chat: string, say: SayInChat): Channel {
  const account = chat.slice(0, chat.lastIndexOf(':', chat.lastIndexOf(':') - 1))
  return {
    name: `chat through ${account}`,
    async deliver({ text }) {
      const outcome = await say(chat, text)
      if (outcome !== 'accepted') throw new Error(`the message ended as ${outcome}`)
    },
  }
}
