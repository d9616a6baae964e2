/** Who there is to be and to talk with, and what was said: the page's own copy, kept up to date by events. */
import { api } from '../api.js'

/**
 * @typedef {import('../api.js').Message} Message
 * @typedef {{
 *   key: string, kind: 'c2c' | 'group' | 'channel', name: string, members: string[], persona: string,
 *   messages: Map<string, Message>, unread: number, typingUntilMs: number,
 *   lastEntry: number, news: Map<string, Message>, loading: Promise<void> | undefined
 * }} Chat `lastEntry` is the log's number of the last word of it; `news` what came while its history was fetched
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
  /** @type {import('../api.js').BotState | undefined} */
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
      lastEntry: 0,
      news: new Map(),
      loading: undefined,
    }
    chats.set(key, chat)
    return chat
  }

  /** Messages that the bot has answered, and those that no bot was told of, by id. */
  const answered = new Set()
  const notHeard = new Set()

  /** @param {Chat} chat */
  const trim = chat => {
    for (const refIdx of chat.messages.keys()) {
      if (chat.messages.size <= MESSAGES_KEPT) return
      chat.messages.delete(refIdx)
    }
  }

  /** @param {Message} message */
  const noteAnswer = ({ answers }) => answers !== undefined && answered.add(answers)

  /** @param {Chat} chat */
  const fetchHistory = async chat => {
    chat.news.clear()
    const { messages } = await api.chat({ appId: bot?.appId, ...refOf(chat) })
    chat.messages = new Map(messages.slice(-MESSAGES_KEPT).map(message => [message.refIdx, message]))
    // What came as an event while the answer was under way is newer than it.
    for (const [refIdx, message] of chat.news) chat.messages.set(refIdx, message)
    trim(chat)
    for (const message of chat.messages.values()) noteAnswer(message)
  }

  /** @param {Chat} chat @returns {Promise<void>} */
  const load = chat => {
    chat.loading ??= fetchHistory(chat).finally(() => {
      chat.loading = undefined
    })
    return chat.loading
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
    notHeard,
    /** @param {Message} message @returns {import('../message/message.js').Mark} */
    markOf: ({ id }) => (notHeard.has(id) ? 'notHeard' : answered.has(id) ? 'answered' : 'sent'),
    /** @param {Chat} chat @param {string} id @returns {string | undefined} */
    refOfId: (chat, id) => [...chat.messages.values()].findLast(message => message.id === id)?.refIdx,
    /**
     * Whether the platform has forgotten what this page still shows: it was taken back to its beginning.
     * @param {import('../api.js').BotState} state @param {number} lastEntry
     */
    isForgotten(state, lastEntry) {
      const places = [...state.people, ...state.groups, ...state.channels]
      return [...chats.values()].some(
        ({ name, messages, lastEntry: heardAt }) =>
          messages.size > 0 && heardAt <= lastEntry && !places.some(place => place.name === name && place.messages > 0),
      )
    },
    /** Fetches what was said before, in the chats that are seen first. */
    loadFirst: () => Promise.all([...chats.values()].slice(0, LOADED_AT_ONCE).map(load)),
    /** @param {Chat | undefined} chat */
    select(chat) {
      selected = chat
      if (chat) chat.unread = 0
    },
    /** Begins with another bot, whose chats are its own. @param {import('../api.js').BotState} next */
    begin(next) {
      bot = next
      chats.clear()
      selected = chatOf('c2c', 'Alice')
      chatOf('group', 'Family', [...FAMILY])
      this.adopt(next)
    },
    /** Takes over people and groups that came into being. @param {import('../api.js').BotState} state */
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
    /** A message came or changed; answers with its chat. @param {import('../api.js').Entry} entry */
    heard({ n, chat: { kind, name } = { kind: 'c2c', name: '?' }, message }) {
      const chat = chatOf(kind, name)
      chat.lastEntry = n
      if (!message) return chat
      if (chat.loading) chat.news.set(message.refIdx, message)
      noteAnswer(message)
      const isNew = !chat.messages.has(message.refIdx)
      chat.messages.set(message.refIdx, message)
      if (message.from === 'person' && !chat.members.includes(message.name)) chat.members.push(message.name)
      if (message.from === 'bot') chat.typingUntilMs = 0
      if (isNew && chat !== selected && message.from === 'bot') chat.unread += 1
      trim(chat)
      return chat
    },
    /** @param {import('../api.js').Entry} entry */
    typing({ chat, untilMs = 0 }) {
      if (chat) chatOf(chat.kind, chat.name).typingUntilMs = untilMs
    },
  }
}

/** @typedef {ReturnType<typeof createChats>} Chats */
