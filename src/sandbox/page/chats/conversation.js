/** The conversation in the middle: who one is, and the bubbles. */

import { byId, el, fill } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { api } from '../api.js'
import { say } from '../language.js'
import { ACTION, createPresses } from '../message/keyboard.js'
import { messageRow } from '../message/message.js'
import { dayTime, platformNow } from '../time.js'

/**
 * @typedef {import('../api.js').Message} Message
 * @typedef {import('./chats.js').Chat} Chat
 */

/** A message of the same person within this time needs no name and picture of its own. */
const FOLLOWS_WITHIN_MS = 120_000
/** After such a pause the time stands above the next message. */
const PAUSE_MS = 300_000
const GATHER_MS = 16
/** A reader who is further up than this is not pulled down by a new message. */
const NEAR_END_PX = 120

/** @param {Message} message @param {Message | undefined} before */
const isFollowing = (message, before) =>
  before !== undefined &&
  !before.recalled &&
  before.from === message.from &&
  before.name === message.name &&
  message.atMs - before.atMs < FOLLOWS_WITHIN_MS

/** @param {Message} message @param {Message | undefined} before */
const timeAbove = (message, before) =>
  before !== undefined && message.atMs - before.atMs < PAUSE_MS
    ? []
    : [el('li', { class: 'divider' }, el('time', null, dayTime(message.atMs)))]

/**
 * @param {import('./chats.js').Chats} chats
 * @param {ReturnType<typeof import('./composer.js').createComposer>} composer
 */
export function createConversation(chats, composer) {
  const list = byId('messages')
  const presses = createPresses()
  /** Rows by `refIdx`, oldest first. @type {Map<string, HTMLLIElement>} */
  const rows = new Map()
  /** @type {Message | undefined} */
  let newest

  /** @param {Message} message @param {import('../message/keyboard.js').Button} button @param {HTMLButtonElement} element */
  const press = async (message, button, element) => {
    if (button.action?.type === ACTION.command) {
      const words = String(button.action.data ?? '')
      const atOnce = button.action.enter === true && chats.selected?.kind === 'c2c'
      return atOnce ? composer.send(words) : composer.write(words)
    }
    try {
      const person = chats.selected?.persona
      const { id } = await api.click({
        appId: chats.bot?.appId,
        message: message.id,
        button: String(button.id),
        person,
      })
      presses.pressed(id, element)
      composer.complain(undefined)
    } catch (thrown) {
      composer.complain(thrown)
    }
  }

  /** @param {Chat} chat @param {Message} message @param {boolean} follows */
  const row = (chat, message, follows) => {
    const mine = message.from === 'person' && message.name === chat.persona
    const made = messageRow(message, {
      mine,
      follows,
      mark: mine ? chats.markOf(message) : undefined,
      quote: () => composer.quote(message),
      press: (button, element) => void press(message, button, element),
    })
    rows.set(message.refIdx, made)
    return made
  }

  /** Draws a row of the open chat anew. @param {string} refIdx */
  const redraw = refIdx => {
    const message = chats.selected?.messages.get(refIdx)
    const known = rows.get(refIdx)
    if (chats.selected && message) known?.replaceWith(row(chats.selected, message, known.classList.contains('follows')))
  }

  const toEnd = () => {
    list.scrollTop = list.scrollHeight
  }
  const isNearEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX

  /** @param {string} words */
  const trial = words => el('button', { type: 'button', onclick: () => composer.send(words) }, words)
  const emptyChat = () =>
    el(
      'li',
      { class: 'empty' },
      el('img', { src: 'pages/icon.svg', alt: '', width: 56, height: 56 }),
      el('p', null, say('emptyChat')),
      el('div', { class: 'trials' }, trial(say('hello')), trial(say('askAbilities'))),
    )

  const drawHead = () => {
    const { selected: chat, bot } = chats
    const names = { name: chat?.persona ?? '', bot: bot?.name ?? '' }
    fill(byId('chat-title'), chat?.name ?? '…')
    fill(byId('chat-note'), bot ? say(chat?.kind === 'c2c' ? 'youAre' : 'youAreIn', names) : say('noBot'))
    byId('conversation').classList.toggle('private', chat?.kind === 'c2c')
    composer.draw()
  }

  const drawTyping = () => {
    const { selected: chat, bot } = chats
    const words = () => (chat && chat.typingUntilMs > platformNow() ? say('typing', { name: bot?.name ?? '' }) : '')
    fill(byId('typing'), tickingText(words))
  }

  const draw = () => {
    const chat = chats.selected
    rows.clear()
    drawHead()
    drawTyping()
    const messages = [...(chat?.messages.values() ?? [])]
    newest = messages.at(-1)
    if (!chat || messages.length === 0) fill(list, chats.bot ? emptyChat() : null)
    else
      fill(
        list,
        messages.flatMap((message, at) => {
          const before = messages[at - 1]
          return [...timeAbove(message, before), row(chat, message, isFollowing(message, before))]
        }),
      )
    toEnd()
  }

  /** Rows whose messages are not kept any more go, and the times above them. @param {Chat} chat */
  const prune = chat => {
    for (const refIdx of rows.keys()) {
      if (chat.messages.has(refIdx)) break
      rows.delete(refIdx)
    }
    const [first] = rows.values()
    while (first && list.firstElementChild && !list.firstElementChild.contains(first)) {
      if (list.firstElementChild.nextElementSibling === first && !list.firstElementChild.matches('.message')) break
      list.firstElementChild.remove()
    }
  }

  /** What has come and is not on the page yet: a burst of messages is one drawing. @type {Map<string, Message>} */
  const waiting = new Map()
  const putWaiting = () => {
    const chat = chats.selected
    // What belongs to another chat by now, or is not kept any more, is not drawn.
    const messages = [...waiting.values()].filter(({ refIdx }) => chat?.messages.has(refIdx))
    waiting.clear()
    if (!chat || messages.length === 0) return
    const nearEnd = isNearEnd()
    if (rows.size === 0) fill(list)
    for (const message of messages) {
      const known = rows.get(message.refIdx)
      if (known) known.replaceWith(row(chat, message, known.classList.contains('follows')))
      else {
        list.append(...timeAbove(message, newest), row(chat, message, isFollowing(message, newest)))
        newest = message
      }
      if (message.answers !== undefined) redraw(chats.refOfId(chat, message.answers) ?? '')
    }
    prune(chat)
    if (nearEnd || messages.some(({ name }) => name === chat.persona)) toEnd()
    drawTyping()
  }

  return {
    draw,
    drawHead,
    drawTyping,
    redraw,
    acknowledged: presses.acknowledged,
    /** A message of the chat that is open came or changed. @param {Message} message */
    put(message) {
      if (waiting.size === 0) setTimeout(putWaiting, GATHER_MS)
      waiting.set(message.refIdx, message)
    },
    /** Draws again when the history that was fetched is not what is seen. */
    catchUp() {
      const messages = [...(chats.selected?.messages.values() ?? [])]
      const same = messages.length === rows.size && messages.every(({ refIdx }) => rows.has(refIdx))
      if (!same) draw()
      else for (const { refIdx } of messages.slice(-20)) redraw(refIdx)
    },
  }
}
