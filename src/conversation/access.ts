/** The gate: who may talk to the bot. One place decides, before anything is read, fetched or run. Pure. */
import type { Triage } from '../journal/journal.ts'
import type { AccountId, Inbound } from '../platforms/platform.ts'

export interface AccessRules {
  /** `pairing` is as `allowlist` for whoever is not paired. */
  readonly dmPolicy: 'open' | 'allowlist' | 'disabled' | 'pairing'
  /** Of groups and guild channels. In one that may talk, every member may. */
  readonly groupPolicy: 'open' | 'allowlist' | 'disabled'
  /** What a group has to do to be answered: mention the bot, or just talk. */
  readonly groupTrigger: 'mention' | 'all'
  /**
   * Ids of people; `*` is everyone, an empty list nobody. White space around an entry does not count, and neither does
   * the case of ids that are all hexadecimal digits (16 or more), as openids are; all others are compared exactly.
   */
  readonly allowedUsers: readonly string[]
  /** Ids of groups and channels, compared in the same way. */
  readonly allowedGroups: readonly string[]
}

/** Who was refused, and the setting that would have let them in. */
export interface Refusal {
  readonly account: AccountId
  readonly who: 'user' | 'group'
  readonly id: string
  /** The full path, such as `platforms.qqbot:work.allowed_users`. */
  readonly setting: string
  /** What to do with it. */
  readonly cure: string
}

export interface Judgement {
  readonly triage: Triage
  /** Only when the message was meant for the bot: people who talk among themselves ask for nothing. */
  readonly refusal?: Refusal
}

const RUN: Judgement = { triage: { run: true } }
const silent = (detail: string): Judgement => ({ triage: { run: false, end: 'silent', detail } })

export function judge(message: Inbound, rules: AccessRules): Judgement {
  if (message.sender.isBot) return silent('bot')
  const inGroup = isGroup(message)
  const meant = !inGroup || message.addressed || rules.groupTrigger === 'all'
  const refusal = inGroup ? refuseGroup(message, rules) : refuseUser(message, rules)
  if (refusal) {
    const triage = { run: false, end: 'denied', detail: `not let in by ${refusal.setting}` } as const
    return meant ? { triage, refusal } : { triage }
  }
  return meant ? RUN : silent('observed')
}

export function isGroup({ chat }: Inbound): boolean {
  return chat.kind === 'group' || chat.kind === 'channel'
}

function refuseUser({ chat, sender }: Inbound, rules: AccessRules): Refusal | undefined {
  const { account } = chat
  const about = { account, who: 'user', id: sender.id } as const
  if (rules.dmPolicy === 'open') return undefined
  if (rules.dmPolicy === 'disabled') {
    return { ...about, setting: `platforms.${account}.dm_policy`, cure: 'set it to open, or to allowlist with this id' }
  }
  if (isListed(sender.id, rules.allowedUsers)) return undefined
  return { ...about, setting: `platforms.${account}.allowed_users`, cure: 'add this id to it' }
}

function refuseGroup({ chat }: Inbound, rules: AccessRules): Refusal | undefined {
  const { account, id } = chat
  const about = { account, who: 'group', id } as const
  if (rules.groupPolicy === 'open') return undefined
  if (rules.groupPolicy === 'disabled') {
    return {
      ...about,
      setting: `platforms.${account}.group_policy`,
      cure: 'set it to open, or to allowlist with this id',
    }
  }
  if (isListed(id, rules.allowedGroups)) return undefined
  return { ...about, setting: `platforms.${account}.allowed_groups`, cure: 'add this id to it' }
}

/** In a list: whoever it is. */
export const EVERYONE = '*'
const HEXADECIMAL_ID = /^[0-9a-f]{16,}$/i

/** Lists as they are looked up; one list of the settings is prepared once. */
const prepared = new WeakMap<readonly string[], ReadonlySet<string>>()

function isListed(id: string, list: readonly string[]): boolean {
  const entries = entriesOf(list)
  return entries.has(EVERYONE) || entries.has(normalize(id))
}

/** The different ids of a list, in the spelling they are compared in. */
export function entriesOf(list: readonly string[]): ReadonlySet<string> {
  const known = prepared.get(list)
  if (known) return known
  const entries = new Set(list.map(normalize).filter(entry => entry !== ''))
  prepared.set(list, entries)
  return entries
}

function normalize(id: string): string {
  const trimmed = id.trim()
  return HEXADECIMAL_ID.test(trimmed) ? trimmed.toLowerCase() : trimmed
}
