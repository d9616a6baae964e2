import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { AccountId } from '../../platforms/platform.ts'
import { type AccessRules, EVERYONE, entriesOf, type Refusal } from './gate.ts'

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
      return `${describePrivate(account, rules)}; ${describeGroups(account, rules)}${last}`
    },
  }
}

function describePrivate(account: AccountId, { dmPolicy, pairingNotice, allowedUsers }: AccessRules): string {
  if (dmPolicy === 'open') return 'private chats: everyone'
  if (dmPolicy === 'disabled') return 'private chats: nobody (disabled)'
  const listed = describeList(allowedUsers, ['everyone', 'nobody'], `platforms.${account}.allowed_users`)
  if (dmPolicy !== 'pairing') return `private chats: ${listed}`
  const also = entriesOf(allowedUsers).size === 0 ? 'who is paired' : `who is paired, and ${listed}`
  return `private chats: ${also}; strangers are ${pairingNotice === false ? 'told nothing' : 'given a code'}`
}

const WHEN: Readonly<Record<AccessRules['groupTrigger'], string>> = {
  all: 'on every message',
  mention: 'when mentioned',
  keyword: 'when mentioned, or at a keyword',
  reply: 'when mentioned, or replied to',
}

function describeGroups(account: AccountId, { groupPolicy, groupTrigger, allowedGroups }: AccessRules): string {
  const when = WHEN[groupTrigger]
  if (groupPolicy === 'disabled') return 'groups: none (disabled)'
  if (groupPolicy === 'open') return `groups: all, ${when}`
  const listed = describeList(allowedGroups, ['all', 'none'], `platforms.${account}.allowed_groups`)
  return entriesOf(allowedGroups).size === 0 ? `groups: ${listed}` : `groups: ${listed}, ${when}`
}

function describeList(list: readonly string[], [all, none]: readonly [string, string], setting: string): string {
  const entries = entriesOf(list)
  if (entries.has(EVERYONE)) return all
  return entries.size === 0 ? `${none} (${setting} is empty)` : `the ${entries.size} of ${setting}`
}

/** Ids come from outside, and this ends on terminals. */
function printable(id: string): string {
  const clean = id.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return clean.length > LONGEST_ID ? `${clean.slice(0, LONGEST_ID).toWellFormed()}…` : clean
}
