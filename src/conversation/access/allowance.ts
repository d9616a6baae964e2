/**
 * How many tokens each chat and each account used today, by what agents report. On disk: a restart is no way around it. The turn
 * that uses up the rest is brought to its end.
 */
import type { Journal } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { isRecord } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { putNewest } from '../../lib/newest.ts'
import { type AccountId, type ChatAddress, chatKey } from '../../platforms/platform.ts'
import type { TokenRules } from '../rules.ts'

export interface Spent {
  readonly limit: number
  readonly of: 'chat' | 'account'
  /** The first message of the chat that finds it used up today: it is told so. */
  readonly first: boolean
}

export interface Allowance {
  load(account: AccountId): Promise<void>
  /** Kept on disk as well as that goes, where there is a limit. */
  spend(chat: ChatAddress, tokens: number, rules: TokenRules): void
  /** What is used up, if anything. */
  check(chat: ChatAddress, rules: TokenRules): Spent | undefined
  hasRoom(chat: ChatAddress, rules: TokenRules): boolean
}

interface Day {
  readonly day: string
  all: number
  readonly chats: Map<string, number>
  readonly told: Set<string>
}

const KEY = 'tokens_today'
/** Of more chats than this the quietest are counted among all only. */
const MOST_CHATS = 1000

export function createAllowance(
  journal: Pick<Journal, 'get' | 'set'>,
  clock: Pick<Clock, 'nowMs'>,
  log: Logger,
): Allowance {
  const days = new Map<AccountId, Day>()

  const today = (account: AccountId): Day => {
    const day = dayOf(clock.nowMs())
    const known = days.get(account)
    if (known?.day === day) return known
    const fresh: Day = { day, all: 0, chats: new Map(), told: new Set() }
    days.set(account, fresh)
    return fresh
  }

  const usedUp = (chat: ChatAddress, { perChat, perAccount }: TokenRules): Omit<Spent, 'first'> | undefined => {
    if (perChat === 0 && perAccount === 0) return undefined
    const { all, chats } = today(chat.account)
    if (perAccount > 0 && all >= perAccount) return { limit: perAccount, of: 'account' }
    if (perChat > 0 && (chats.get(chatKey(chat)) ?? 0) >= perChat) return { limit: perChat, of: 'chat' }
    return undefined
  }

  return {
    async load(account) {
      if (days.has(account)) return
      const stored = read(await journal.get(account, KEY))
      if (stored && !days.has(account)) days.set(account, stored)
    },
    spend(chat, tokens, { perChat, perAccount }) {
      if (tokens <= 0) return
      const day = today(chat.account)
      const key = chatKey(chat)
      day.all += tokens
      putNewest(day.chats, key, (day.chats.get(key) ?? 0) + tokens, MOST_CHATS)
      if (perChat === 0 && perAccount === 0) return
      journal
        .set(chat.account, KEY, { day: day.day, all: day.all, chats: Object.fromEntries(day.chats) })
        .catch((thrown: unknown) => log.warn('used tokens could not be noted', { reason: describeError(thrown) }))
    },
    check(chat, rules) {
      const spent = usedUp(chat, rules)
      if (!spent) return undefined
      const { told } = today(chat.account)
      const first = !told.has(chatKey(chat))
      told.add(chatKey(chat))
      return { ...spent, first }
    },
    hasRoom: (chat, rules) => usedUp(chat, rules) === undefined,
  }
}

/** By the clock of this machine's zone, as people count days. */
function dayOf(ms: number): string {
  const at = new Date(ms)
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`
}

function read(stored: unknown): Day | undefined {
  if (!isRecord(stored)) return undefined
  const { day, all, chats } = stored
  if (typeof day !== 'string' || typeof all !== 'number' || !isRecord(chats)) return undefined
  const numbers = Object.entries(chats).flatMap(([key, used]): [string, number][] =>
    typeof used === 'number' ? [[key, used]] : [],
  )
  return { day, all, chats: new Map(numbers), told: new Set() }
}
