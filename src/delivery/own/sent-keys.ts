/** The keys under which messages of a bot's own accord were sent, on disk: the newest of each account. */
import type { Journal, OutboxState } from '../../journal/journal.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import type { AccountId } from '../../platforms/platform.ts'
import { OUTCOMES } from './became.ts'

export interface Sent {
  readonly key: string
  /** Of chat and text, so that a key stands for one message only. */
  readonly digest: string
  /** The last that was heard of it. */
  readonly outcome: OutboxState
  /** Its parts in the outbox, from the moment at which they have numbers. */
  readonly rows?: readonly number[]
}

/** The keys of one account, while nobody else reads or writes them. */
export interface KeyBook {
  find(key: string): Sent | undefined
  /** Adds it as the newest, or changes what is known of it. The write is asked for in this tick; throws what the journal throws. */
  put(sent: Sent): Promise<void>
}

const MEMORY_KEY = 'sent_keys'
const MOST_KEYS = 500

/** Opens the book of an account for one after the other. */
export type OpenKeyBook = <T>(account: AccountId, act: (book: KeyBook) => Promise<T>) => Promise<T>

export function createKeyBooks(journal: Pick<Journal, 'get' | 'set'>): OpenKeyBook {
  let turn: Promise<unknown> = Promise.resolve()
  return (account, act) => {
    const mine = turn.then(async () => {
      const kept = await journal.get(account, MEMORY_KEY)
      const known: readonly unknown[] = Array.isArray(kept) ? kept : []
      const all = new Map(known.filter(isSent).map(one => [one.key, one]))
      return await act({
        find: key => all.get(key),
        put(sent) {
          all.set(sent.key, sent)
          return journal.set(account, MEMORY_KEY, [...all.values()].slice(-MOST_KEYS).map(toJson))
        },
      })
    })
    turn = mine.catch(() => undefined)
    return mine
  }
}

function toJson({ rows, ...sent }: Sent): Json {
  return rows === undefined ? sent : { ...sent, rows: [...rows] }
}

function isSent(value: unknown): value is Sent {
  return (
    isRecord(value) &&
    typeof value['key'] === 'string' &&
    typeof value['digest'] === 'string' &&
    OUTCOMES.some(state => state === value['outcome']) &&
    (value['rows'] === undefined || (Array.isArray(value['rows']) && value['rows'].every(Number.isSafeInteger)))
  )
}
