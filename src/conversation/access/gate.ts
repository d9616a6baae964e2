/** The gate: who may talk to the bot. One place decides, before anything is read, fetched or run. Pure. */
import type { Triage } from '../../journal/journal.ts'
import { type AccountId, type Inbound, isOwnPrompt } from '../../platforms/platform.ts'

export interface AccessRules {
  /** `pairing` admits who is listed or paired, and offers the others to become so. */
  readonly dmPolicy: 'open' | 'allowlist' | 'disabled' | 'pairing'
  /** Whether a stranger under `pairing` is told of it; otherwise nothing is said. Told by default. */
  readonly pairingNotice?: boolean
  /** Of groups and guild channels. In one that may talk, every member may. */
  readonly groupPolicy: 'open' | 'allowlist' | 'disabled'
  /** What a group has to do to be answered: mention the bot, say a keyword or reply to it as well, or just talk. */
  readonly groupTrigger: 'mention' | 'all' | 'keyword' | 'reply'
  readonly groupKeywords?: readonly string[]
  /** Other bots are ignored, or answered like people; nobody offers them to be paired. */
  readonly bots?: 'ignore' | 'answer'
  /**
   * Ids of people; `*` is everyone, an empty list nobody. White space around an entry does not count, and neither does
   * the case of ids that are all hexadecimal digits (16 or more), as openids are; all others are compared exactly.
   */
  readonly allowedUsers: readonly string[]
  /** Ids of groups and channels, compared in the same way. */
  readonly allowedGroups: readonly string[]
}

/** Somebody, or a chat of many. */
export interface Applicant {
  readonly account: AccountId
  readonly who: 'user' | 'group'
  readonly id: string
}

/**
 * What lets somebody in who was refused. `code`: the code that they were given, approved; `listed`: their id in a list;
 * `policy`: another policy; `unblocked`: approved by their id.
 */
export type Cure = 'code' | 'listed' | 'policy' | 'unblocked'

export interface Refusal extends Applicant {
  /** What refuses them: the full path of a setting, such as `platforms.qqbot:work.allowed_users`, or a command. */
  readonly setting: string
  readonly cure: Cure
}

/** What is known of the sender beside the settings. */
export interface Standing {
  readonly role: 'owner' | 'member' | 'blocked' | undefined
  /** The text is the code that makes its writer the owner, in a private chat. */
  readonly redeems: boolean
}

/** Somebody of whom nothing is known. */
const STRANGER: Standing = { role: undefined, redeems: false }

/** Who may do what: an owner all, a member what concerns a chat, a guest what harms nobody. */
export type Role = 'owner' | 'member' | 'guest'

export interface Judgement {
  readonly triage: Triage
  /** Only when the message was meant for the bot: people who talk among themselves ask for nothing. */
  readonly refusal?: Refusal
  /** The sender may become one who is let in, and is to be told how. */
  readonly offersPairing?: true
}

const RUN: Judgement = { triage: { run: true } }
const silent = (detail: string): Judgement => ({ triage: { run: false, end: 'silent', detail } })

export function judge(message: Inbound, rules: AccessRules, standing: Standing = STRANGER): Judgement {
  // What the settings say at a set time is as good as let in.
  if (isOwnPrompt(message)) return RUN
  if (message.sender.isBot && rules.bots !== 'answer') return silent('bot')
  const inGroup = isGroup(message)
  const meant = !inGroup || message.addressed || triggers(message, rules)
  const { account } = message.chat
  const sender = { account, who: 'user', id: message.sender.id } as const
  const refusal =
    refuseBlocked(sender, standing.role) ??
    (inGroup
      ? refuseGroup({ account, who: 'group', id: message.chat.id }, rules)
      : // Whoever has the code of the console owns the bot, and an owner is not locked out by a list.
        refuseUser(sender, rules, standing.redeems ? 'owner' : standing.role))
  if (refusal) {
    const triage = { run: false, end: 'denied', detail: `not let in by ${refusal.setting}` } as const
    if (!meant) return { triage }
    const offers = !inGroup && !message.sender.isBot && rules.dmPolicy === 'pairing' && rules.pairingNotice !== false
    return offers && standing.role !== 'blocked' ? { triage, refusal, offersPairing: true } : { triage, refusal }
  }
  return meant ? RUN : silent('observed')
}

function triggers({ text }: Inbound, { groupTrigger, groupKeywords = [] }: AccessRules): boolean {
  if (groupTrigger !== 'keyword') return groupTrigger === 'all'
  const said = text.toLowerCase()
  return groupKeywords.some(word => said.includes(word.toLowerCase()))
}

/** Of somebody who was let in. Listed by id is as good as paired; let in with everybody else makes a guest. */
export function roleOf(senderId: string, rules: AccessRules, standing: Standing): Role {
  if (standing.role === 'owner') return 'owner'
  return standing.role === 'member' || isNamed(senderId, rules.allowedUsers) ? 'member' : 'guest'
}

export function isGroup({ chat }: Inbound): boolean {
  return chat.kind === 'group' || chat.kind === 'channel'
}

/** Who was refused before, judged again: as the settings and the pairing are now. */
export function refusedStill(before: Applicant, rules: AccessRules, role: Standing['role']): Refusal | undefined {
  if (before.who === 'group') return refuseGroup(before, rules)
  return refuseBlocked(before, role) ?? refuseUser(before, rules, role)
}

function refuseBlocked(user: Applicant, role: Standing['role']): Refusal | undefined {
  return role === 'blocked' ? { ...user, setting: 'herald pairing revoke', cure: 'unblocked' } : undefined
}

function refuseUser(user: Applicant, rules: AccessRules, role: Standing['role']): Refusal | undefined {
  const { dmPolicy, pairingNotice, allowedUsers } = rules
  const setting = (name: string): string => `platforms.${user.account}.${name}`
  if (dmPolicy === 'open') return undefined
  if (dmPolicy === 'disabled') return { ...user, setting: setting('dm_policy'), cure: 'policy' }
  if (role === 'owner' || isListed(user.id, allowedUsers)) return undefined
  if (dmPolicy === 'allowlist') return { ...user, setting: setting('allowed_users'), cure: 'listed' }
  if (role === 'member') return undefined
  return pairingNotice === false
    ? { ...user, setting: setting('allowed_users'), cure: 'listed' }
    : { ...user, setting: setting('dm_policy'), cure: 'code' }
}

function refuseGroup(group: Applicant, rules: AccessRules): Refusal | undefined {
  const setting = (name: string): string => `platforms.${group.account}.${name}`
  if (rules.groupPolicy === 'open') return undefined
  if (rules.groupPolicy === 'disabled') return { ...group, setting: setting('group_policy'), cure: 'policy' }
  if (isListed(group.id, rules.allowedGroups)) return undefined
  return { ...group, setting: setting('allowed_groups'), cure: 'listed' }
}

/** In a list: whoever it is. */
export const EVERYONE = '*'
const HEXADECIMAL_ID = /^[0-9a-f]{16,}$/i

/** Lists as they are looked up; one list of the settings is prepared once. */
const prepared = new WeakMap<readonly string[], ReadonlySet<string>>()

function isListed(id: string, list: readonly string[]): boolean {
  return entriesOf(list).has(EVERYONE) || isNamed(id, list)
}

function isNamed(id: string, list: readonly string[]): boolean {
  return entriesOf(list).has(spelling(id))
}

/** The different ids of a list, in the spelling they are compared in. */
export function entriesOf(list: readonly string[]): ReadonlySet<string> {
  const known = prepared.get(list)
  if (known) return known
  const entries = new Set(list.map(spelling).filter(entry => entry !== ''))
  prepared.set(list, entries)
  return entries
}

/** The same for all spellings of an id: openids are hexadecimal digits, in either case. */
export function spelling(id: string): string {
  const trimmed = id.trim()
  return HEXADECIMAL_ID.test(trimmed) ? trimmed.toLowerCase() : trimmed
}
