import type { Bot } from '../access/bots.ts'
import type { ChatName } from '../record.ts'
import type { World } from '../world.ts'
import type { Chat, Group, Member, Person } from './chats.ts'

/** What can be set about a person in relation to a bot. */
export interface PersonSettings {
  readonly friend?: boolean | undefined
  /** Whether the bot may write to this person of its own accord. */
  readonly proactive?: boolean | undefined
  readonly blocked?: boolean | undefined
}

export interface GroupSettings {
  readonly members?: readonly string[] | undefined
  readonly botIn?: boolean | undefined
  readonly muted?: boolean | undefined
  readonly fullMode?: boolean | undefined
  readonly proactive?: boolean | undefined
}

/** A chat named by whom or what it is with; names and openids both do. One of the three is given. */
export interface ChatRef {
  readonly appId?: string | undefined
  readonly person?: string | undefined
  readonly group?: string | undefined
  readonly channel?: string | undefined
}

export function chatName(chat: Chat): ChatName {
  return { kind: chat.kind, name: chat.name, openid: chat.openid }
}

export function findPerson(bot: Bot, name: string): Person | undefined {
  const found = bot.people.get(name) ?? bot.chats.get(name)
  return found?.kind === 'c2c' ? found : undefined
}

export function findGroup(bot: Bot, name: string): Group | undefined {
  const found = bot.groups.get(name) ?? bot.chats.get(name)
  return found?.kind === 'group' ? found : undefined
}

/** The person of that name, who becomes a friend of the bot when there was none. */
export function personNamed(world: World, bot: Bot, name: string): Person {
  const known = findPerson(bot, name)
  if (known) return known
  const person: Person = {
    kind: 'c2c',
    name,
    openid: world.ids.openid(),
    decimalId: world.ids.decimal(),
    friend: true,
    proactive: true,
    blocked: false,
    shown: [],
    typingUntilMs: 0,
  }
  bot.people.set(name, person)
  bot.chats.set(person.openid, person)
  return person
}

/** The group of that name, with the bot in it when there was none. */
export function groupNamed(world: World, bot: Bot, name: string): Group {
  const known = findGroup(bot, name)
  if (known) return known
  const self: Member = { name: bot.name, openid: world.ids.openid(), role: 'member', bot: true }
  const group: Group = {
    kind: 'group',
    name,
    openid: world.ids.openid(),
    members: new Map([[bot.name, self]]),
    self,
    botIn: true,
    muted: false,
    fullMode: false,
    proactive: false,
    shown: [],
    typingUntilMs: 0,
  }
  bot.groups.set(name, group)
  bot.chats.set(group.openid, group)
  return group
}

export function memberNamed(world: World, group: Group, name: string): Member {
  const known = group.members.get(name)
  if (known) return known
  const first = group.members.size === 1
  const member: Member = { name, openid: world.ids.openid(), role: first ? 'owner' : 'member', bot: false }
  group.members.set(name, member)
  return member
}

/** What changed about a chat, as the event that tells the bot. */
export interface LifecycleEvent {
  readonly type: string
  readonly d: Readonly<Record<string, unknown>>
}

const unixSeconds = (nowMs: number): number => Math.floor(nowMs / 1000)

export function applyPersonSettings(person: Person, settings: PersonSettings, nowMs: number): LifecycleEvent[] {
  const events: LifecycleEvent[] = []
  const d = { openid: person.openid, timestamp: unixSeconds(nowMs) }
  if (settings.friend !== undefined && settings.friend !== person.friend) {
    person.friend = settings.friend
    events.push({ type: settings.friend ? 'FRIEND_ADD' : 'FRIEND_DEL', d: { ...d, author: { union_openid: '' } } })
  }
  if (settings.proactive !== undefined && settings.proactive !== person.proactive) {
    person.proactive = settings.proactive
    events.push({ type: settings.proactive ? 'C2C_MSG_RECEIVE' : 'C2C_MSG_REJECT', d })
  }
  if (settings.blocked !== undefined) person.blocked = settings.blocked
  return events
}

export function applyGroupSettings(world: World, group: Group, settings: GroupSettings): LifecycleEvent[] {
  const events: LifecycleEvent[] = []
  for (const name of settings.members ?? []) memberNamed(world, group, name)
  const operator = [...group.members.values()].find(member => member.role === 'owner')
  const d = {
    group_openid: group.openid,
    op_member_openid: operator?.openid ?? '',
    timestamp: unixSeconds(world.now()),
  }
  if (settings.botIn !== undefined && settings.botIn !== group.botIn) {
    group.botIn = settings.botIn
    events.push({ type: settings.botIn ? 'GROUP_ADD_ROBOT' : 'GROUP_DEL_ROBOT', d })
  }
  if (settings.proactive !== undefined && settings.proactive !== group.proactive) {
    group.proactive = settings.proactive
    events.push({ type: settings.proactive ? 'GROUP_MSG_RECEIVE' : 'GROUP_MSG_REJECT', d })
  }
  if (settings.muted !== undefined) group.muted = settings.muted
  if (settings.fullMode !== undefined) group.fullMode = settings.fullMode
  return events
}
