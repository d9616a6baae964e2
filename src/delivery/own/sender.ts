/** `herald send`, `POST /send`, alerts and schedules: a message of a bot's own accord, and what became of it. */
import { createHash } from 'node:crypto'
import type { Journal, OutboxRow, OutboxState } from '../../journal/journal.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { type AccountId, type ChatAddress, chatKey, readChatKey } from '../../platforms/platform.ts'
import type { Delivery, Unasked } from '../delivery.ts'
import { type Became, becameOf, worstOf } from './became.ts'
import { createKeyBooks, type Sent } from './sent-keys.ts'

export interface SendOrder {
  /** `<account>:<kind>:<id>`. */
  readonly chat: string
  readonly text: string
  /** The same message again, not a second one: whoever is not sure whether it went through asks with the same key. */
  readonly key?: string
}

/**
 * `outcome` is a word of `docs/outcomes.md`; `pending` while the link is away: it goes out within a day, or expires. `unknown` too
 * for a key whose message is so old that nothing of it is kept.
 */
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
  readonly journal: Pick<Journal, 'get' | 'set' | 'followReplies'>
  readonly delivery: Pick<Delivery, 'say' | 'unasked'>
  readonly clock: Clock
  readonly log: Logger
  accounts(): readonly AccountId[]
}

const WAIT_MS = 20_000
/** In characters. */
export const LONGEST_SENT = 20_000

export function createSender({ journal, delivery, clock, log, accounts }: SenderDeps): Sender {
  const openBook = createKeyBooks(journal)
  /** Of what was sent under a key, until its outcome is kept. */
  const underWay = new Map<string, Promise<readonly OutboxRow[]>>()

  const answerOf = async (address: ChatAddress, { state, detail }: Became): Promise<SendAnswer> => {
    const { right, left } = await delivery.unasked(address)
    return {
      chat: chatKey(address),
      outcome: state,
      ...(detail.code === undefined ? {} : { code: detail.code }),
      ...(detail.message === undefined ? {} : { message: detail.message }),
      proactive: right,
      ...(left === undefined ? {} : { left }),
    }
  }
  /** As it is after `waitMs` at most. */
  const waitFor = async (settled: Promise<readonly OutboxRow[]>, waitMs: number): Promise<Became> => {
    const late = new AbortController()
    const timeout = sleep(clock, waitMs, late.signal).then(
      () => [],
      () => [],
    )
    try {
      return worstOf(await Promise.race([settled, timeout])) ?? { state: 'pending', detail: {} }
    } finally {
      late.abort()
    }
  }
  /** Of what goes on without anybody who waits for it. */
  const lookUp = async ({ outcome, rows = [] }: Sent): Promise<Became> =>
    becameOf(rows, await Promise.all(rows.map(id => journal.followReplies([id]))), outcome)

  const unkept = (key: string) => (thrown: unknown) =>
    log.warn('what is known of a message is not kept', { key, reason: describeError(thrown) })

  const sendOnce = (address: ChatAddress, text: string, key: string) => {
    const { account } = address
    const digest = createHash('sha256')
      .update(`${chatKey(address)}\n${text}`)
      .digest('hex')
    return openBook(account, async book => {
      const known = book.find(key)
      if (known) return known.digest === digest ? { known } : { refused: 'key_reused' as const }
      const first: Sent = { key, digest, outcome: 'pending' }
      const { rows, settled } = await delivery.say(address, text, () => book.put(first))
      const sent: Sent = { ...first, rows: rows.map(({ id }) => id) }
      underWay.set(nameOf(account, key), settled)
      // Where that fails this process goes on to know.
      settled
        .then(ended => openBook(account, later => later.put({ ...sent, outcome: worstOf(ended)?.state ?? 'pending' })))
        .then(() => underWay.delete(nameOf(account, key)))
        .catch(unkept(key))
      await book.put(sent).catch(unkept(key))
      return { settled }
    })
  }

  return {
    async send({ chat, text, key }, waitMs = WAIT_MS) {
      const address = readChatKey(chat)
      if (!address) return { refused: 'no_chat' }
      if (!accounts().includes(address.account)) return { refused: 'no_account' }
      if (text.trim() === '') return { refused: 'no_text' }
      if ([...text].length > LONGEST_SENT) return { refused: 'too_long' }
      if (key === undefined) {
        const { settled } = await delivery.say(address, text)
        return answerOf(address, await waitFor(settled, waitMs))
      }
      const { refused, settled, known } = await sendOnce(address, text, key)
      if (refused !== undefined) return { refused }
      if (settled) return answerOf(address, await waitFor(settled, waitMs))
      const before = underWay.get(nameOf(address.account, key))
      const became = await (before === undefined ? lookUp(known) : waitFor(before, waitMs))
      return { ...(await answerOf(address, became)), repeated: true }
    },
  }
}

function nameOf(account: AccountId, key: string): string {
  return `${account} ${key}`
}
