import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import { putNewest } from '../../lib/newest.ts'
import type { AccountId } from '../../platforms/platform.ts'
import { type AccessRules, type Cure, type Refusal, refusedStill, type Standing } from './gate.ts'
import { describePolicy } from './policy.ts'

/** Who was refused lately: a refused person is told nothing, so the operator has to be told well. */
export interface Refusals {
  /**
   * One line in the log per id and hour, naming the setting that would let them in; of more than a thousand ids in one
   * hour only the first ones.
   */
  note(refusal: Refusal): void
  /** One sentence: who may talk to this account, and who was refused last and still would be. */
  describe(account: AccountId, rules: AccessRules, roleOf: (id: string) => Standing['role'], language: Language): string
}

type Language = 'zh' | 'en'

const QUIET_MS = 3_600_000
const MOST_REMEMBERED = 1000
const MOST_SHOWN = 5
const LONGEST_ID = 80

interface Words {
  readonly lately: string
  readonly who: Readonly<Record<Refusal['who'], string>>
  /** In a few words: what lets them in. */
  readonly cure: Readonly<Record<Cure, (setting: string) => string>>
  named(who: string, id: string, cure: string): string
  readonly and: string
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    lately: '; refused lately: ',
    who: { user: 'user', group: 'group' },
    cure: {
      code: () => '/approve or herald pairing approve, with the code that they were given',
      listed: setting => setting,
      policy: setting => setting,
      unblocked: () => 'blocked; herald pairing approve with this id',
    },
    named: (who, id, cure) => `${who} ${id} (${cure})`,
    and: ', ',
  },
  zh: {
    lately: '；最近被拒绝：',
    who: { user: '用户', group: '群' },
    cure: {
      code: () => '用对方收到的配对码：/批准 或 herald pairing approve',
      listed: setting => setting,
      policy: setting => setting,
      unblocked: () => '已拉黑；用 herald pairing approve 加此 id 恢复',
    },
    named: (who, id, cure) => `${who} ${id}（${cure}）`,
    and: '、',
  },
}

/** For the log, which has the room to say it in full. */
const IN_FULL: Readonly<Record<Cure, (setting: string) => string>> = {
  ...WORDS.en.cure,
  listed: setting => `${setting}, add this id to it`,
  policy: setting => `${setting}, set it to open, or to allowlist with this id`,
}

export function createRefusals(clock: Pick<Clock, 'monotonicMs'>, log: Logger): Refusals {
  /** When each was last in the log; the oldest entry first. */
  const loggedAtMs = new Map<string, number>()
  /** The latest of each account, the newest last. */
  const latest = new Map<AccountId, Map<string, Refusal>>()

  const remember = (name: string, refusal: Refusal): void => {
    const shown = latest.get(refusal.account) ?? new Map<string, Refusal>()
    latest.set(refusal.account, shown)
    putNewest(shown, name, refusal, MOST_SHOWN)
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
      log.warn(`refused ${who} ${id}; to let them in: ${IN_FULL[cure](setting)}`, { account, [who]: id, setting })
    },
    describe(account, rules, roleOf, language) {
      const words = WORDS[language]
      const refused = [...(latest.get(account)?.values() ?? [])]
        .reverse()
        .flatMap(before => refusedStill(before, rules, roleOf(before.id)) ?? [])
        .map(({ who, id, setting, cure }) => words.named(words.who[who], printable(id), words.cure[cure](setting)))
      const last = refused.length === 0 ? '' : words.lately + refused.join(words.and)
      return describePolicy(account, rules, language) + last
    },
  }
}

/** Ids come from outside, and this ends on terminals. */
function printable(id: string): string {
  const clean = id.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return clean.length > LONGEST_ID ? `${clean.slice(0, LONGEST_ID).toWellFormed()}…` : clean
}
