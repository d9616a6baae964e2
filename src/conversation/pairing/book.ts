/** Who is paired with one account, who asks to be, and what becomes of it. A value and pure functions over it. */
import { isRecord, type Json } from '../../lib/json.ts'
import { spelling } from '../access/gate.ts'
import { hashOf } from './codes.ts'

export type PairedRole = 'owner' | 'member' | 'blocked'

export interface Person {
  readonly id: string
  readonly role: PairedRole
  readonly sinceMs: number
}

/** A stranger who has been given a code. Times are epoch milliseconds. */
export interface Request {
  readonly id: string
  readonly name?: string
  /** The code itself is known to the stranger alone. */
  readonly hash: string
  readonly atMs: number
}

export interface PairingBook {
  readonly salt: string
  readonly people: readonly Person[]
  /** Oldest first. */
  readonly requests: readonly Request[]
  /** The code that makes an owner, while there is one. */
  readonly ownerCode: { readonly hash: string; readonly atMs: number } | null
  /** Wrong approvals in a row, and when the last of them was made. */
  readonly wrong: { readonly count: number; readonly atMs: number }
}

export const REQUEST_LIVES_MS = 3_600_000
const OWNER_CODE_LIVES_MS = 24 * 3_600_000
const MOST_REQUESTS = 50
const MOST_WRONG = 5
const LOCKED_MS = 3_600_000
const LONGEST_NAME = 60

export function emptyBook(salt: string): PairingBook {
  return { salt, people: [], requests: [], ownerCode: null, wrong: { count: 0, atMs: 0 } }
}

/** Asked for every message: one book is prepared once. */
const prepared = new WeakMap<PairingBook, ReadonlyMap<string, PairedRole>>()

export function roleIn(book: PairingBook, id: string): PairedRole | undefined {
  const known = prepared.get(book) ?? new Map(book.people.map(person => [spelling(person.id), person.role]))
  prepared.set(book, known)
  return known.get(spelling(id))
}

/** Whoever is typed in by hand may be spelt otherwise than the platform does. */
const isSame = (id: string) => (one: { readonly id: string }) => spelling(one.id) === spelling(id)

export function hasOwner(book: PairingBook): boolean {
  return book.people.some(person => person.role === 'owner')
}

/** Requests whose code still counts. A clock that was set back makes none immortal. */
export function openRequests(book: PairingBook, nowMs: number): readonly Request[] {
  return book.requests.filter(({ atMs }) => atMs <= nowMs && nowMs - atMs < REQUEST_LIVES_MS)
}

/** One more stranger with a code; where there are too many the oldest code lapses. */
export function withRequest(
  book: PairingBook,
  stranger: { readonly id: string; readonly name?: string },
  code: string,
  nowMs: number,
): PairingBook {
  const { id, name } = stranger
  const others = openRequests(book, nowMs).filter(request => !isSame(id)(request))
  const request: Request = {
    id,
    ...(name === undefined ? {} : { name: name.slice(0, LONGEST_NAME).toWellFormed() }),
    hash: hashOf(book.salt, code),
    atMs: nowMs,
  }
  return { ...book, requests: [...others, request].slice(-MOST_REQUESTS) }
}

/** Until when nobody can be approved; undefined while one can. */
function lockedUntilMs({ wrong }: PairingBook, nowMs: number): number | undefined {
  const untilMs = wrong.atMs + LOCKED_MS
  return wrong.count >= MOST_WRONG && nowMs >= wrong.atMs && nowMs < untilMs ? untilMs : undefined
}

export type Approval =
  | { readonly kind: 'approved'; readonly id: string; readonly name?: string; readonly book: PairingBook }
  | { readonly kind: 'wrong'; readonly left: number; readonly book: PairingBook }
  | { readonly kind: 'locked'; readonly untilMs: number }

/** Lets in whoever has this code; or the person of this id who was turned out before. */
export function approve(book: PairingBook, code: string | undefined, id: string, nowMs: number): Approval {
  const untilMs = lockedUntilMs(book, nowMs)
  if (untilMs !== undefined) return { kind: 'locked', untilMs }
  const found = findRequest(book, code, nowMs) ?? book.people.find(one => isSame(id)(one) && one.role === 'blocked')
  if (!found) {
    const lapsed = nowMs - book.wrong.atMs >= LOCKED_MS || nowMs < book.wrong.atMs
    const count = lapsed ? 1 : book.wrong.count + 1
    return { kind: 'wrong', left: Math.max(0, MOST_WRONG - count), book: { ...book, wrong: { count, atMs: nowMs } } }
  }
  const name = 'name' in found ? found.name : undefined
  return {
    kind: 'approved',
    id: found.id,
    ...(name === undefined ? {} : { name }),
    book: { ...withPerson(book, { id: found.id, role: 'member', sinceMs: nowMs }), wrong: { count: 0, atMs: 0 } },
  }
}

function findRequest(book: PairingBook, code: string | undefined, nowMs: number): Request | undefined {
  if (code === undefined) return undefined
  const hash = hashOf(book.salt, code)
  return openRequests(book, nowMs).find(request => request.hash === hash)
}

/** The request of whoever has this code is struck out; undefined when there is none such. */
export function deny(book: PairingBook, code: string, nowMs: number): { id: string; book: PairingBook } | undefined {
  const found = findRequest(book, code, nowMs)
  if (!found) return undefined
  return { id: found.id, book: withPerson(book, { id: found.id, role: 'blocked', sinceMs: nowMs }) }
}

/** A person who was let in is let in no more, and is given no new code. Undefined for somebody unknown. */
export function revoke(book: PairingBook, id: string, nowMs: number): PairingBook | undefined {
  const known = book.people.some(isSame(id)) || book.requests.some(isSame(id))
  return known ? withPerson(book, { id, role: 'blocked', sinceMs: nowMs }) : undefined
}

/** Somebody who may never have written in private, such as a member of a group, is not let in anywhere. */
export function block(book: PairingBook, id: string, nowMs: number): PairingBook {
  return withPerson(book, { id, role: 'blocked', sinceMs: nowMs })
}

/** A new code for an owner; the one before counts no longer. */
export function withOwnerCode(book: PairingBook, code: string, nowMs: number): PairingBook {
  return { ...book, ownerCode: { hash: hashOf(book.salt, code), atMs: nowMs } }
}

export function isOwnerCode({ ownerCode, salt }: PairingBook, code: string, nowMs: number): boolean {
  if (ownerCode === null || nowMs < ownerCode.atMs || nowMs - ownerCode.atMs >= OWNER_CODE_LIVES_MS) return false
  return ownerCode.hash === hashOf(salt, code)
}

/** Whoever redeems the code is an owner, and the code is used up. */
export function redeem(book: PairingBook, id: string, nowMs: number): PairingBook {
  return { ...withPerson(book, { id, role: 'owner', sinceMs: nowMs }), ownerCode: null }
}

function withPerson(book: PairingBook, person: Person): PairingBook {
  const { people, requests } = book
  const same = isSame(person.id)
  const id = [...people, ...requests].find(same)?.id ?? person.id
  return {
    ...book,
    people: [...people.filter(one => !same(one)), { ...person, id }],
    requests: requests.filter(request => !same(request)),
  }
}

/** As it stands in the journal. */
export function toJson({ salt, people, requests, ownerCode, wrong }: PairingBook): Json {
  return {
    salt,
    people: people.map(person => ({ ...person })),
    requests: requests.map(request => ({ ...request })),
    ownerCode: ownerCode === null ? null : { ...ownerCode },
    wrong: { ...wrong },
  }
}

/** Whatever cannot be read is left out: it lets nobody in. */
export function readBook(stored: unknown): PairingBook | undefined {
  if (!isRecord(stored) || typeof stored['salt'] !== 'string' || stored['salt'] === '') return undefined
  const { salt, people, requests, ownerCode, wrong } = stored
  return {
    salt,
    people: Array.isArray(people) ? people.flatMap(readPerson) : [],
    requests: Array.isArray(requests) ? requests.flatMap(readRequest) : [],
    ownerCode: isRecord(ownerCode) ? readOwnerCode(ownerCode) : null,
    wrong: isRecord(wrong) ? { count: numberOf(wrong['count']), atMs: numberOf(wrong['atMs']) } : { count: 0, atMs: 0 },
  }
}

const ROLES: readonly PairedRole[] = ['owner', 'member', 'blocked']
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

function readPerson(value: unknown): readonly Person[] {
  if (!isRecord(value) || typeof value['id'] !== 'string') return []
  const role = ROLES.find(known => known === value['role'])
  return role === undefined ? [] : [{ id: value['id'], role, sinceMs: numberOf(value['sinceMs']) }]
}

function readRequest(value: unknown): readonly Request[] {
  if (!isRecord(value)) return []
  const { id, name, hash } = value
  if (typeof id !== 'string' || typeof hash !== 'string') return []
  return [{ id, hash, atMs: numberOf(value['atMs']), ...(typeof name === 'string' ? { name } : {}) }]
}

function readOwnerCode({ hash, atMs }: Readonly<Record<string, unknown>>): PairingBook['ownerCode'] {
  return typeof hash === 'string' ? { hash, atMs: numberOf(atMs) } : null
}
