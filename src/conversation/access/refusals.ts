import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { AccountId } from '../../platforms/platform.ts'
import type { AccessRules, Refusal } from './gate.ts'
import { describePolicy } from './policy.ts'

/** Who was refused lately: a refused person is told nothing, so the operator has to be told well. */
export interface Refusals {
  /**
   * One line in the log per id and hour, naming the setting that would let them in; of more than a thousand ids in one
   * hour only the first ones.
   */
  note(refusal: Refusal): void
  /** One sentence: who may talk to this account, and who was refused last. */
  describe(account: AccountId, rules: AccessRules): string
}

const QUIET_MS = 3_600_000
const MOST_REMEMBERED = 1000
const MOST_SHOWN = 5
const LONGEST_ID = 80

export function createRefusals(clock: Pick<Clock, 'monotonicMs'>, log: Logger): Refusals {
  /** When each was last in the log; the oldest entry first. */
  const loggedAtMs = new Map<string, number>()
  /** The latest of each account, the newest last. */
  const latest = new Map<AccountId, Map<string, Refusal>>()

  const remember = (name: string, refusal: Refusal): void => {
    const shown = latest.get(refusal.account) ?? new Map<string, Refusal>()
    latest.set(refusal.account, shown)
    shown.delete(name)
    shown.set(name, refusal)
    if (shown.size > MOST_SHOWN) shown.delete(shown.keys().next().value ?? '')
  }

  const forget = (nowMs: number): void => {
    for (const [name, atMs] of loggedAtMs) {
      if (nowMs - atMs < QUIET_MS) return
      loggedAtMs.delete(name)
    }
  }

  return {
    note(refusal) {
      const { account, who, setting, cure } = refusal
      const id = printable(refusal.id)
      const name = `${account} ${who} ${id}`
      remember(name, refusal)
      const nowMs = clock.monotonicMs()
      forget(nowMs)
      if (loggedAtMs.has(name) || loggedAtMs.size > MOST_REMEMBERED) return
      loggedAtMs.set(name, nowMs)
      if (loggedAtMs.size > MOST_REMEMBERED) {
        log.warn('so many are refused that no more of them are named for a while; status names the last ones')
        return
      }
      log.warn(`refused ${who} ${id}; to let them in: ${setting}, ${cure}`, { account, [who]: id, setting })
    },
    describe(account, rules) {
      const refused = [...(latest.get(account)?.values() ?? [])]
        .reverse()
        .map(({ who, id, setting }) => `${who} ${printable(id)} (${setting})`)
      const last = refused.length === 0 ? '' : `; refused lately: ${refused.join(', ')}`
      return describePolicy(account, rules, 'en') + last
    },
  }
}

/** Ids come from outside, and this ends on terminals. */
function printable(id: string): string {
  const clean = id.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return clean.length > LONGEST_ID ? `${clean.slice(0, LONGEST_ID).toWellFormed()}…` : clean
}
