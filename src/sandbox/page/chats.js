/** Who there is to be and to talk with, and what was said: the page's own copy, kept up to date by events. */
import { api } from './api.js'

/**
 * @typedef {import('./api.js').Message} Message
 * @typedef {{
 *   key: string, kind: 'c2c' | 'group' | 'channel', name: string, members: string[], persona: string,
 *   messages: Map<string, Message>, unread: number, typingUntilMs: number
 * }} Chat
 */

const MESSAGES_KEPT = 500
/** Histories that are fetched at the start; those of other chats when they are opened. */
const LOADED_AT_ONCE = 12
const FAMILY = ['Bob', 'Alice']

/** @param {string} kind @param {string} name */
const keyOf = (kind, name) => `${kind}:${name}`

/** How the control interface names a chat. @param {Chat} chat */
export function refOf(chat) {
  if (chat.kind === 'group') return { group: chat.name }
  return chat.kind === 'channel' ? { channel: chat.name } : { person: chat.name }
}

/** @param {Chat} chat @returns {Message | undefined} */
export function lastMessage(chat) {
  return [...chat.messages.values()].at(-1)
}

export function createChats() {
  /** @type {Map<string, Chat>} */
  const chats = new Map()
  /** @type {import('./api.js').BotState | undefined} */
  let bot
  /** @type {Chat | undefined} */
  let selected

  /** @param {Chat['kind']} kind @param {string} name @param {string[]} [members] */
  const chatOf = (kind, name, members = []) => {
    const key = keyOf(kind, name)
    const known = chats.get(key)
    if (known) {
      known.members = [...new Set([...known.members, ...members])]
      return known
    }
    const people = kind !== 'c2c' && members.length === 0 ? [...FAMILY] : members
    /** @type {Chat} */
    const chat = {
      key,
      kind,
      name,
      members: people,
      persona: kind === 'c2c' ? name : (people[0] ?? 'Bob'),
      messages: new Map(),
      unread: 0,
      typingUntilMs: 0,
    }
    chats.set(key, chat)
    return chat
  }

  /** @param {Chat} chat */
  const load = async chat => {
    const { messages } = await api.chat({ appId: bot?.appId, ...refOf(chat) })
    const fetched = messages.slice(-MESSAGES_KEPT)
    const seen = new Set(fetched.map(message => message.refIdx))
    // What came as an event while the answer was under way is newer than it.
    const later = [...chat.messages.values()].filter(
      ({ refIdx, atMs }) => !seen.has(refIdx) && atMs >= (fetched.at(-1)?.atMs ?? 0),
    )
    chat.messages = new Map([...fetched, ...later].map(message => [message.refIdx, message]))
  }

  return {
    get bot() {
      return bot
    },
    get selected() {
      return selected
    },
    list: () => [...chats.values()],
    load,
    /** Fetches what was said before, in the chats that are seen first. */
    loadFirst: () => Promise.all([...chats.values()].slice(0, LOADED_AT_ONCE).map(load)),
    /** @param {Chat | undefined} chat */
    select(chat) {
      selected = chat
      if (chat) chat.unread = 0
    },
    /** Begins with another bot, whose chats are its own. @param {import('./api.js').BotState} next */
    begin(next) {
      bot = next
      chats.clear()
      selected = chatOf('c2c', 'Alice')
      chatOf('group', 'Family', [...FAMILY])
      this.adopt(next)
    },
    /** Takes over people and groups that came into being. @param {import('./api.js').BotState} state */
    adopt(state) {
      bot = state
      for (const { name } of state.people) chatOf('c2c', name)
      for (const { name } of state.channels) chatOf('channel', name)
      for (const { name, members } of state.groups)
        chatOf(
          'group',
          name,
          members.filter(member => !member.bot).map(member => member.name),
        )
    },
    /** A message came or changed; answers with its chat. @param {import('./api.js').Entry} entry */
    heard({ chat: { kind, name } = { kind: 'c2c', name: '?' }, message }) {
      const chat = chatOf(kind, name)
      if (!message) return chat
      const isNew = !chat.messages.has(message.refIdx)
      chat.messages.set(message.refIdx, message)
      if (message.from === 'person' && !chat.members.includes(message.name)) chat.members.push(message.name)
      if (message.from === 'bot') chat.typingUntilMs = 0
      if (isNew && chat !== selected && message.from === 'bot') chat.unread += 1
      const [oldest] = chat.messages.keys()
      if (chat.messages.size > MESSAGES_KEPT && oldest !== undefined) chat.messages.delete(oldest)
      return chat
    },
    /** @param {import('./api.js').Entry} entry */
    typing({ chat, untilMs = 0 }) {
      if (chat) chatOf(chat.kind, chat.name).typingUntilMs = untilMs
    },
  }
}

/** @typedef {ReturnType<typeof createChats>} Chats */
