/** `herald send`, `POST /send`, alerts and schedules: a message of a bot's own accord, and what became of it. */
import { createHash } from 'node:crypto'
import type { Journal, OutboxRow, OutboxState } from '../../journal/journal.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { type AccountId, type ChatAddress, chatKey, readChatKey } from '../../platforms/platform.ts'
import type { Delivery, Unasked } from '../delivery.ts'

export interface SendOrder {
  /** `<account>:<kind>:<id>`. */
  readonly chat: string
  readonly text: string
  /** The same message again, not a second one: whoever is not sure whether it went through asks with the same key. */
  readonly key?: string
}

/** `outcome` is a word of `docs/outcomes.md`; `pending` while the link is away: it goes out within a day, or expires. */
export interface SendAnswer {
  readonly chat: string
  readonly outcome: OutboxState
  /** What the platform said, where it refused. */
  readonly code?: string
  readonly message?: string
  /** What is known of the chat: whether it takes messages that answer nothing, and how many more today where that is counted. */
  readonly proactive: Unasked['right']
  readonly left?: number
  /** This key was used before: nothing was sent now. */
  readonly repeated?: true
}

/** Why nothing was sent. */
export type SendRefusal = 'no_chat' | 'no_account' | 'no_text' | 'too_long' | 'key_reused'

export interface Sender {
  /** Waits for the outcome, `waitMs` at most. Throws what the journal throws when it cannot be written down. */
  send(order: SendOrder, waitMs?: number): Promise<SendAnswer | { readonly refused: SendRefusal }>
}

export interface SenderDeps {
  readonly journal: Pick<Journal, 'get' | 'set' | 'openReplies' | 'repliesOf' | 'dead'>
  readonly delivery: Pick<Delivery, 'say' | 'unasked'>
  readonly clock: Clock
  readonly log: Logger
  accounts(): readonly AccountId[]
}

const WAIT_MS = 20_000
const LONGEST_TEXT = 20_000
const MEMORY_KEY = 'sent_keys'
const MOST_KEYS = 500

interface Sent {
  readonly key: string
  /** Of chat and text, so that a key stands for one message only. */
  readonly digest: string
  readonly outcome: OutboxState
  /** Its parts in the outbox, from the moment at which they have numbers. */
  readonly rows?: readonly number[]
}

/** The least welcome first: what became of a message is what became of its worst part. */
const WORST: readonly OutboxState[] = [
  'refused',
  'unknown',
  'expired',
  'dropped',
  'held',
  'pending',
  'sending',
  'accepted',
]

export function createSender({ journal, delivery, clock, log, accounts }: SenderDeps): Sender {
  /** Keys are read and written one after the other. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = turn.then(act)
    turn = mine.catch(() => undefined)
    return mine
  }
  const underWay = new Map<string, Promise<readonly OutboxRow[]>>()

  const sentBefore = async (account: AccountId): Promise<readonly Sent[]> => {
    const kept = await journal.get(account, MEMORY_KEY)
    return Array.isArray(kept) ? kept.flatMap(one => (isSent(one) ? [one] : [])) : []
  }
  const keep = (account: AccountId, all: readonly Sent[]): Promise<void> =>
    journal.set(
      account,
      MEMORY_KEY,
      all.slice(-MOST_KEYS).map(({ rows, ...one }): Json => (rows === undefined ? one : { ...one, rows: [...rows] })),
    )

  const remember = (account: AccountId, key: string, news: Partial<Sent>): Promise<void> =>
    inTurn(async () => {
      const all = await sentBefore(account)
      await keep(
        account,
        all.map(one => (one.key === key ? { ...one, ...news } : one)),
      )
    })

  const answerOf = async (address: ChatAddress, rows: readonly OutboxRow[] | undefined): Promise<SendAnswer> => {
    const worst = rows && worstOf(rows)
    const { right, left } = await delivery.unasked(address)
    return {
      chat: chatKey(address),
      outcome: worst?.state ?? 'pending',
      ...(worst?.detail.code === undefined ? {} : { code: worst.detail.code }),
      ...(worst?.detail.message === undefined ? {} : { message: worst.detail.message }),
      proactive: right,
      ...(left === undefined ? {} : { left }),
    }
  }
  /** Of what a former process wrote down: it goes on without anybody who waits for it. */
  const outcomeNow = async (address: ChatAddress, { outcome, rows }: Sent): Promise<OutboxState> => {
    if (outcome !== 'pending' || rows === undefined) return outcome
    const isMine = ({ id }: Pick<OutboxRow, 'id'>): boolean => rows.includes(id)
    const [open, held, replaced, dead] = await Promise.all([
      journal.openReplies(address.account),
      journal.repliesOf(address, 'held'),
      journal.repliesOf(address, 'superseded'),
      journal.dead(),
    ])
    // What took a part's place has a number that is not known here.
    if (open.some(isMine) || replaced.some(isMine)) return 'pending'
    const ends = dead.filter(({ id }) => rows.some(row => id === `out:${row}`)).map(({ end }) => end)
    const bad = WORST.find(state => ends.includes(state))
    return bad ?? (held.some(isMine) ? 'held' : 'accepted')
  }
  const waitFor = async (
    settled: Promise<readonly OutboxRow[]>,
    waitMs: number,
  ): Promise<readonly OutboxRow[] | undefined> => {
    const late = new AbortController()
    const timeout = sleep(clock, waitMs, late.signal).then(
      () => undefined,
      () => undefined,
    )
    try {
      return await Promise.race([settled, timeout])
    } finally {
      late.abort()
    }
  }

  return {
    async send({ chat, text, key }, waitMs = WAIT_MS) {
      const address = readChatKey(chat)
      if (!address) return { refused: 'no_chat' }
      if (!accounts().includes(address.account)) return { refused: 'no_account' }
      if (text.trim() === '') return { refused: 'no_text' }
      if ([...text].length > LONGEST_TEXT) return { refused: 'too_long' }
      const { account } = address
      if (key === undefined) {
        const { settled } = await delivery.say(address, text)
        return answerOf(address, await waitFor(settled, waitMs))
      }
      const digest = createHash('sha256')
        .update(`${chatKey(address)}\n${text}`)
        .digest('hex')
      const name = `${account} ${key}`
      const begun = await inTurn(async () => {
        const before = await sentBefore(account)
        const known = before.find(one => one.key === key)
        if (known) return known.digest === digest ? { known } : { refused: 'key_reused' as const }
        const first: Sent = { key, digest, outcome: 'pending' }
        const { rows, settled } = await delivery.say(address, text, () => keep(account, [...before, first]))
        await keep(account, [...before, { ...first, rows: rows.map(({ id }) => id) }])
        underWay.set(name, settled)
        settled
          .then(rows => remember(account, key, { outcome: worstOf(rows)?.state ?? 'pending' }))
          .catch((thrown: unknown) =>
            log.warn('the outcome of a message is not kept', { key, reason: describeError(thrown) }),
          )
          .finally(() => underWay.delete(name))
        return { settled }
      })
      if (begun.refused !== undefined) return begun
      const settled = begun.settled ?? underWay.get(name)
      const answer = await answerOf(address, settled && (await waitFor(settled, waitMs)))
      if (begun.known === undefined) return answer
      return { ...answer, ...(settled ? {} : { outcome: await outcomeNow(address, begun.known) }), repeated: true }
    },
  }
}

function worstOf(rows: readonly OutboxRow[]): OutboxRow | undefined {
  return WORST.map(state => rows.find(row => row.state === state)).find(row => row !== undefined)
}

function isSent(value: unknown): value is Sent {
  return (
    isRecord(value) &&
    typeof value['key'] === 'string' &&
    typeof value['digest'] === 'string' &&
    WORST.some(state => state === value['outcome']) &&
    (value['rows'] === undefined || (Array.isArray(value['rows']) && value['rows'].every(Number.isSafeInteger)))
  )
}
