/**
 * New sessions of one bot, over all its connections: how many may still be begun, and whose turn it is. A connection holds
 * its turn from before it dials until its IDENTIFY goes out, and the place stays taken for the platform's window after it.
 */
import type { Clock } from '../../../../lib/clock.ts'
import type { AccountStore } from '../../../platform.ts'
import type { ResolvedSettings } from '../../settings.ts'
import {
  budgetWarning,
  type IdentifyBudget,
  identifyWaitMs,
  limitBudget,
  parseBudget,
  type StartLimit,
  settleBudget,
  spendIdentify,
} from './budget.ts'

const STORE_KEY = 'identify_budget'
/** When to look again while others hold all turns: each of them is on its way, with a bound on every step. */
const LOOK_AGAIN_MS = 500

export interface Starts {
  /** Reads what former lives have spent; to be called before anything else. `connections`: how many the bot has. */
  load(store: Pick<AccountStore, 'get'>, connections: number): Promise<void>
  /** What the platform says of them. */
  limit(told: StartLimit): void
  /** How long the allowance makes the next IDENTIFY wait; 0 when it may go. */
  budgetWaitMs(): number
  /** How long the others make a connection wait for its turn; 0 when it has it, or may take it. */
  turnWaitMs(shard: number): number
  take(shard: number): void
  leave(shard: number): void
  /** Resolves once it is on disk that one is spent, and it may be sent at once: a crash before IDENTIFY goes out must not make it free. */
  spend(shard: number, store: Pick<AccountStore, 'set'>): Promise<void>
  /** In words for status; null while there is nothing to say. */
  warning(): string | null
}

export function createStarts(settings: ResolvedSettings, clock: Pick<Clock, 'nowMs'>): Starts {
  const { startWindowMs } = settings.limits
  const turns = new Set<number>()
  let budget: IdentifyBudget | undefined
  /** When IDENTIFYs went out: of former lives when they were spent, of these when they were sent, which a slow disk makes later. */
  let sentMs: readonly number[] = []
  let connections = 1
  let atOnce = 1

  const settled = (): IdentifyBudget => {
    budget = settleBudget(budget ?? parseBudget(undefined), clock.nowMs())
    return budget
  }
  return {
    async load(store, count) {
      connections = count
      const saved = await store.get(STORE_KEY)
      if (budget !== undefined) return
      budget = parseBudget(saved)
      sentMs = budget.recentMs
    },
    limit(told) {
      atOnce = told.atOnce ?? 1
      budget = limitBudget(settled(), told, clock.nowMs())
    },
    budgetWaitMs: () => identifyWaitMs(settled(), clock.nowMs(), connections),
    turnWaitMs(shard) {
      // One alone is paced by its own waits.
      if (connections === 1 || turns.has(shard)) return 0
      const nowMs = clock.nowMs()
      // A clock that was set back must not make it wait for what lies ahead.
      sentMs = sentMs.map(atMs => Math.min(atMs, nowMs)).filter(atMs => nowMs - atMs < startWindowMs)
      if (turns.size + sentMs.length < atOnce) return 0
      const [oldest] = sentMs
      return turns.size >= atOnce || oldest === undefined ? LOOK_AGAIN_MS : oldest + startWindowMs - nowMs
    },
    take: shard => void turns.add(shard),
    leave: shard => void turns.delete(shard),
    async spend(shard, store) {
      budget = spendIdentify(settled(), clock.nowMs(), connections)
      await store.set(STORE_KEY, budget)
      turns.delete(shard)
      sentMs = [...sentMs, clock.nowMs()]
    },
    warning: () => budgetWarning(settled(), clock.nowMs()),
  }
}
