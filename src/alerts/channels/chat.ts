/** An alert as a message of a bot's own accord: through another account, or another platform. */
import type { Channel } from '../channel.ts'

/** Says it once for its key. Resolves with the outcome word of `docs/outcomes.md`. */
export type SayInChat = (chat: string, text: string, key: string) => Promise<string>

/** `chat`: `<account>:<kind>:<id>`. */
export function createChat(chat: string, say: SayInChat): Channel {
  const account = chat.slice(0, chat.lastIndexOf(':', chat.lastIndexOf(':') - 1))
  return {
    name: `chat through ${account}`,
    async deliver({ text, alert: { key, kind, atMs } }) {
      // What waits for a link goes out by itself: another try asks after it, and must not say it again.
      const outcome = await say(chat, text, `alert ${chat} ${key} ${kind} ${atMs}`.replaceAll(' ', '_'))
      if (outcome !== 'accepted') throw new Error(`the message ended as ${outcome}`)
    },
  }
}
