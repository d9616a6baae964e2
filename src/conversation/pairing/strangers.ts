/** What a stranger is told: one notice with a code, and a new one when that has lapsed. */
import type { Journal } from '../../journal/journal.ts'
import type { Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { REQUEST_LIVES_MS } from './book.ts'
import type { People } from './people.ts'
import { PAIRING_WORDS } from './words.ts'

export interface Strangers {
  /** Throws what the journal throws when there is no code yet; then the stranger has to write again. */
  offer(message: Inbound): Promise<void>
}

/** Of more strangers than this in one hour the later ones are told nothing. */
const MOST_TOLD = 1000

export function createStrangers(
  context: Pick<Context, 'delivery' | 'clock' | 'languages' | 'persist' | 'stopping'> & {
    readonly journal: Pick<Journal, 'addReplies'>
  },
  people: Pick<People, 'request'>,
): Strangers {
  const { journal, delivery, clock, persist, stopping } = context
  /** When each was told last, the oldest first: codes that others pushed out of the list do not make it more often. */
  const toldAtMs = new Map<string, number>()

  const forget = (nowMs: number): void => {
    for (const [name, atMs] of toldAtMs) {
      if (nowMs - atMs < REQUEST_LIVES_MS) return
      toldAtMs.delete(name)
    }
  }

  return {
    async offer(message) {
      const { chat, sender } = message
      const name = `${chat.account} ${sender.id}`
      const nowMs = clock.monotonicMs()
      forget(nowMs)
      if (toldAtMs.has(name) || toldAtMs.size >= MOST_TOLD) return
      // Before the first wait: the next message of the same stranger may come during it.
      toldAtMs.set(name, nowMs)
      let code: string | undefined
      try {
        code = await people.request(chat.account, sender)
      } finally {
        if (code === undefined) toldAtMs.delete(name)
      }
      if (code === undefined) return
      const text = PAIRING_WORDS[await context.languages.of(message)].offer(code)
      // The code counts from now on, and the stranger alone can know it: the notice must not be lost to a full disk.
      const replies = await persist(() => delivery.plan(message, text, 'notice'), stopping)
      delivery.enqueue(await persist(() => journal.addReplies(replies), stopping))
    },
  }
}
