import type { Journal } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AccountId } from '../../platforms/platform.ts'
import {
  type Approval,
  approve,
  block,
  deny,
  emptyBook,
  hasOwner,
  isOwnerCode,
  openRequests,
  type PairedRole,
  type PairingBook,
  type Person,
  readBook,
  redeem,
  revoke,
  roleIn,
  toJson,
  withOwnerCode,
  withRequest,
} from './book.ts'
import { drawCode, drawSalt, OWNER_CODE_LENGTH, readCode, STRANGER_CODE_LENGTH, spaced } from './codes.ts'

/** What a person may see of a request; its code is known to the stranger alone. */
export interface PendingPerson {
  readonly id: string
  readonly name?: string
  readonly atMs: number
}

/**
 * The people of every account, read from the journal once and then in memory: the gate asks without waiting. What changes is on
 * disk before it is in force. All that writes throws what the journal throws.
 */
export interface People {
  /** Once for each account, before its first message is judged; until then nobody is known. */
  load(account: AccountId): Promise<void>
  roleOf(account: AccountId, id: string): PairedRole | undefined
  /** This text is the code that makes its writer an owner. */
  redeems(account: AccountId, text: string): boolean
  hasOwner(account: AccountId): boolean
  list(account: AccountId): Promise<{ readonly people: readonly Person[]; readonly pending: readonly PendingPerson[] }>
  /** A code for a stranger who has none. Undefined for one who does. */
  request(account: AccountId, stranger: { readonly id: string; readonly name?: string }): Promise<string | undefined>
  /** This is a code that somebody was given, or the id of somebody who was turned out. */
  knows(account: AccountId, codeOrId: string): Promise<boolean>
  /** By a stranger's code, or by the id of somebody who was turned out. */
  approve(account: AccountId, codeOrId: string): Promise<Approval>
  /** By a stranger's code; the id, or undefined when it is nobody's. */
  deny(account: AccountId, code: string): Promise<string | undefined>
  revoke(account: AccountId, id: string): Promise<boolean>
  /** Somebody of whom nothing needs to be known is let in nowhere. */
  block(account: AccountId, id: string): Promise<void>
  /** A new code that makes an owner. */
  issueOwnerCode(account: AccountId): Promise<string>
  /** False when the text is not the code, or no longer. */
  redeem(account: AccountId, id: string, text: string): Promise<boolean>
}

const KEY = 'pairing'

export function createPeople(journal: Pick<Journal, 'get' | 'set'>, clock: Pick<Clock, 'nowMs'>): People {
  const books = new Map<AccountId, PairingBook>()
  /** Changes of an account, one after the other. */
  const tails = new Map<AccountId, Promise<unknown>>()

  const bookOf = async (account: AccountId): Promise<PairingBook> => {
    const known = books.get(account) ?? readBook(await journal.get(account, KEY)) ?? emptyBook(drawSalt())
    const raced = books.get(account) ?? known
    books.set(account, raced)
    return raced
  }

  /** `decide` returns the book as it shall be, or none to leave it. */
  const change = <T>(account: AccountId, decide: (book: PairingBook) => readonly [PairingBook | undefined, T]) => {
    const before = tails.get(account)
    const own = (async (): Promise<T> => {
      await Promise.allSettled([before])
      const [next, result] = decide(await bookOf(account))
      if (next) {
        await journal.set(account, KEY, toJson(next))
        books.set(account, next)
      }
      return result
    })()
    tails.set(account, own)
    return own
  }

  const ownerCodeIn = (account: AccountId, text: string): boolean => {
    const book = books.get(account)
    const code = book?.ownerCode ? readCode(text, OWNER_CODE_LENGTH) : undefined
    return book !== undefined && code !== undefined && isOwnerCode(book, code, clock.nowMs())
  }

  return {
    async load(account) {
      await bookOf(account)
    },
    roleOf(account, id) {
      const book = books.get(account)
      return book && roleIn(book, id)
    },
    redeems: ownerCodeIn,
    hasOwner(account) {
      const book = books.get(account)
      return book !== undefined && hasOwner(book)
    },
    async list(account) {
      const book = await bookOf(account)
      const pending = openRequests(book, clock.nowMs()).map(({ hash: _, ...person }) => person)
      return { people: book.people, pending }
    },
    request(account, stranger) {
      return change(account, book => {
        if (openRequests(book, clock.nowMs()).some(({ id }) => id === stranger.id)) return [undefined, undefined]
        const code = drawCode(STRANGER_CODE_LENGTH)
        return [withRequest(book, stranger, code, clock.nowMs()), spaced(code)]
      })
    },
    async knows(account, codeOrId) {
      const code = readCode(codeOrId, STRANGER_CODE_LENGTH)
      return approve(await bookOf(account), code, codeOrId.trim(), clock.nowMs()).kind === 'approved'
    },
    approve(account, codeOrId) {
      return change(account, book => {
        const approval = approve(book, readCode(codeOrId, STRANGER_CODE_LENGTH), codeOrId.trim(), clock.nowMs())
        return [approval.kind === 'locked' ? undefined : approval.book, approval]
      })
    },
    deny(account, typed) {
      return change(account, book => {
        const code = readCode(typed, STRANGER_CODE_LENGTH)
        const denied = code === undefined ? undefined : deny(book, code, clock.nowMs())
        return [denied?.book, denied?.id]
      })
    },
    revoke(account, id) {
      return change(account, book => {
        const next = revoke(book, id.trim(), clock.nowMs())
        return [next, next !== undefined]
      })
    },
    block: (account, id) => change(account, book => [block(book, id, clock.nowMs()), undefined]),
    issueOwnerCode(account) {
      return change(account, book => {
        const code = drawCode(OWNER_CODE_LENGTH)
        return [withOwnerCode(book, code, clock.nowMs()), spaced(code)]
      })
    },
    redeem(account, id, text) {
      return change(account, book => {
        const code = readCode(text, OWNER_CODE_LENGTH)
        if (code === undefined || !isOwnerCode(book, code, clock.nowMs())) return [undefined, false]
        return [redeem(book, id, clock.nowMs()), true]
      })
    },
  }
}
