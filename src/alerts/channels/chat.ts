/** An alert as a message of a bot's own accord: through another account, or another platform. */
import type { Clock } from '../../lib/clock.ts'
import { localTime, replaceIsoTimes } from '../../lib/local-time.ts'
import type { Channel } from '../channel.ts'
import type { AlertLanguage } from '../languages.ts'

/** Chats by `<account>:<kind>:<id>`. */
export interface ChatWorld {
  readonly clock: Pick<Clock, 'nowMs'>
  /** Says it once for its key. Resolves with the outcome word of `docs/outcomes.md`. */
  say(chat: string, text: string, key: string): Promise<string>
  languageOf(chat: string): Promise<AlertLanguage>
}

export function createChat(chat: string, { clock, say, languageOf }: ChatWorld): Channel {
  const account = chat.slice(0, chat.lastIndexOf(':', chat.lastIndexOf(':') - 1))
  return {
    name: `chat through ${account}`,
    async deliver({ textIn, alert: { key, kind, atMs } }) {
      const nowMs = clock.nowMs()
      const text = replaceIsoTimes(textIn(await languageOf(chat)), ms => localTime(ms, nowMs))
      // What waits for a link goes out by itself: another try asks after it, and must not say it again.
      const outcome = await say(chat, text, `alert ${chat} ${key} ${kind} ${atMs}`.replaceAll(' ', '_'))
      if (outcome !== 'accepted') throw new Error(`the message ended as ${outcome}`)
    },
  }
}
