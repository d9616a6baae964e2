/** Who may talk to an account, in one sentence: for status, and for an owner in a chat. Pure. */
import type { AccountId } from '../../platforms/platform.ts'
import { type AccessRules, EVERYONE, entriesOf } from './gate.ts'

interface PolicyWords {
  readonly privates: string
  readonly groups: string
  readonly noPrivates: string
  readonly noGroups: string
  readonly everyone: string
  readonly allGroups: string
  readonly paired: string
  readonly and: string
  /** Who is in no list; the setting is named. */
  empty(setting: string, groups: boolean): string
  listed(count: number, setting: string): string
  strangers(told: boolean): string
  readonly when: Readonly<Record<AccessRules['groupTrigger'], string>>
  readonly between: string
  readonly bots: string
}

const WORDS: Readonly<Record<'zh' | 'en', PolicyWords>> = {
  en: {
    privates: 'private chats: ',
    groups: 'groups: ',
    noPrivates: 'nobody (disabled)',
    noGroups: 'none (disabled)',
    everyone: 'everyone',
    allGroups: 'all',
    paired: 'who is paired',
    and: ', and ',
    empty: (setting, groups) => `${groups ? 'none' : 'nobody'} (${setting} is empty)`,
    listed: (count, setting) => `the ${count} of ${setting}`,
    strangers: told => `strangers are ${told ? 'given a code' : 'told nothing'}`,
    when: {
      all: ', on every message',
      mention: ', when mentioned',
      keyword: ', when mentioned, or at a keyword',
      reply: ', when mentioned, or replied to',
    },
    between: '; ',
    bots: 'bots are answered',
  },
  zh: {
    privates: '私聊：',
    groups: '群聊：',
    noPrivates: '关闭',
    noGroups: '关闭',
    everyone: '所有人',
    allGroups: '所有群',
    paired: '已配对的人',
    and: '，以及 ',
    empty: setting => `无（${setting} 为空）`,
    listed: (count, setting) => `${setting} 中的 ${count} 个`,
    strangers: told => (told ? '陌生人会收到配对码' : '不告知陌生人'),
    when: {
      all: '，回答每条消息',
      mention: '，被 @ 时回答',
      keyword: '，被 @ 或出现关键词时回答',
      reply: '，被 @ 或被回复时回答',
    },
    between: '；',
    bots: '也回答机器人',
  },
}

export function describePolicy(account: AccountId, rules: AccessRules, language: 'zh' | 'en'): string {
  const words = WORDS[language]
  const bots = rules.bots === 'answer' ? [words.bots] : []
  return [...privateChats(account, rules, words), groups(account, rules, words), ...bots].join(words.between)
}

function privateChats(account: AccountId, rules: AccessRules, words: PolicyWords): readonly string[] {
  const { dmPolicy, pairingNotice, allowedUsers } = rules
  if (dmPolicy === 'open') return [words.privates + words.everyone]
  if (dmPolicy === 'disabled') return [words.privates + words.noPrivates]
  const listed = describeList(allowedUsers, `platforms.${account}.allowed_users`, false, words)
  if (dmPolicy !== 'pairing') return [words.privates + listed]
  const also = entriesOf(allowedUsers).size === 0 ? '' : words.and + listed
  return [words.privates + words.paired + also, words.strangers(pairingNotice !== false)]
}

function groups(account: AccountId, rules: AccessRules, words: PolicyWords): string {
  const { groupPolicy, groupTrigger, allowedGroups } = rules
  if (groupPolicy === 'disabled') return words.groups + words.noGroups
  const when = words.when[groupTrigger]
  if (groupPolicy === 'open') return words.groups + words.allGroups + when
  const listed = describeList(allowedGroups, `platforms.${account}.allowed_groups`, true, words)
  return words.groups + listed + (entriesOf(allowedGroups).size === 0 ? '' : when)
}

function describeList(list: readonly string[], setting: string, ofGroups: boolean, words: PolicyWords): string {
  const entries = entriesOf(list)
  if (entries.has(EVERYONE)) return ofGroups ? words.allGroups : words.everyone
  return entries.size === 0 ? words.empty(setting, ofGroups) : words.listed(entries.size, setting)
}
