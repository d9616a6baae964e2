/** How much is answered: messages of people and chats, tokens of a day, bots that answer bots. Owners have no bounds. */
import type { Journal } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { AccountId, ChatAddress, Inbound } from '../../platforms/platform.ts'
import type { Words } from '../notices/texts.ts'
import type { TalkRules } from '../rules.ts'
import { createAllowance } from './allowance.ts'
import { createLoops, MOST_OF_BOTS } from './loops.ts'
import { createRates } from './rates.ts'

/** Why a message is not answered. */
export interface Excess {
  readonly detail: string
  /** For the first that meets the bound; the others are told nothing. */
  readonly notice?: (words: Words) => string
}

type Rules = Pick<TalkRules, 'rates' | 'tokens'>

export interface Bounds {
  load(account: AccountId): Promise<void>
  /** Counts a message, whatever comes of it. */
  count(message: Inbound, rules: Rules): Excess | undefined
  /** A message that is a question for an agent. */
  question(message: Inbound, rules: Rules): Excess | undefined
  /** A question that came now would meet no bound. Counts nothing. */
  hasRoom(message: Inbound, rules: Rules): boolean
  spend(chat: ChatAddress, tokens: number, rules: Rules): void
}

export function createBounds(
  journal: Pick<Journal, 'get' | 'set'>,
  clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
  log: Logger,
): Bounds {
  const rates = createRates(clock)
  const loops = createLoops(clock)
  const allowance = createAllowance(journal, clock, log)

  const inRows = (message: Inbound): Excess | undefined => {
    const loop = loops.count(message)
    if (loop === 'in_time') return undefined
    const detail = `more than ${MOST_OF_BOTS} messages of bots in a row`
    return loop === 'first' ? { detail, notice: words => words.botLoop(MOST_OF_BOTS) } : { detail }
  }

  return {
    load: account => allowance.load(account),
    count(message, rules) {
      const looping = inRows(message)
      if (looping) return looping
      const over = rates.count(message, rules.rates)
      if (!over) return undefined
      const { limit, per, first } = over
      const detail = `more than ${limit} in a ${per}`
      return first ? { detail, notice: words => words.tooMany(limit, per) } : { detail }
    },
    question({ chat }, rules) {
      const spent = allowance.check(chat, rules.tokens)
      if (!spent) return undefined
      const { limit, of, first } = spent
      const detail = `the ${limit} tokens of this ${of} for today are used up`
      return first ? { detail, notice: words => words.tokensUsedUp } : { detail }
    },
    hasRoom: (message, rules) =>
      !message.sender.isBot && rates.hasRoom(message, rules.rates) && allowance.hasRoom(message.chat, rules.tokens),
    spend: (chat, tokens, rules) => allowance.spend(chat, tokens, rules.tokens),
  }
}
