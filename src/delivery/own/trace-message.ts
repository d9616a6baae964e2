import type { Journal, TraceRecord } from '../../journal/journal.ts'
import type { AccountId } from '../../platforms/platform.ts'
import { createKeyBooks } from './sent-keys.ts'

/** Of one message, by all that it may be named by: what the journal knows it as, and the key that it was sent under. */
export async function traceMessage(
  journal: Pick<Journal, 'trace' | 'get' | 'set' | 'followReplies'>,
  accounts: readonly AccountId[],
  named: string,
): Promise<TraceRecord | undefined> {
  return (await journal.trace(named)) ?? (await traceKey(journal, accounts, named))
}

/** What was said of a bot's own accord under a key, with all that took it on; undefined where nothing of it is kept. */
async function traceKey(
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
