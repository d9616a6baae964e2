import type { Journal, TraceRecord } from '../../journal/journal.ts'
import type { AccountId } from '../../platforms/platform.ts'
import { createKeyBooks } from './sent-keys.ts'

/** What was said of a bot's own accord under a key, with all that took it on; undefined where nothing of it is kept. */
export async function traceKey(
  journal: Pick<Journal, 'get' | 'set' | 'followReplies'>,
  accounts: readonly AccountId[],
  key: string,
): Promise<TraceRecord | undefined> {
  const openBook = createKeyBooks(journal)
  for (const account of accounts) {
    const sent = await openBook(account, async book => book.find(key))
    const outbox = sent?.rows === undefined ? [] : await journal.followReplies(sent.rows)
    if (outbox.length > 0) return { inbox: null, outbox }
  }
  return undefined
}
