/** The conversation in the middle: bubbles, and the field to write in. */
import { ApiError, api } from './api.js'
import { refOf } from './chats.js'
import { byId, el, fill } from './dom.js'
import { say } from './language.js'
import { bubble, markOf } from './message.js'
import { platformNow, tickingText } from './time.js'

/**
 * @typedef {import('./api.js').Message} Message
 * @typedef {import('./chats.js').Chat} Chat
 */

/** A message of the same person within this time needs no name and picture of its own. */
const FOLLOWS_WITHIN_MS = 120_000
/** A reader who is further up than this is not pulled down by a new message. */
const NEAR_END_PX = 120

/** @param {unknown} thrown */
function why(thrown) {
  if (thrown instanceof ApiError && thrown.status === 0) return say('unreachable')
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** @param {import('./chats.js').Chats} chats */
export function createConversation(chats) {
  const list = byId('messages')
  const error = byId('chat-error')
  /** @type {HTMLTextAreaElement} */
  const text = byId('text')
  /** @type {HTMLSelectElement} */
  const persona = byId('persona')
  /** @type {HTMLInputElement} */
  const mention = byId('mention')

  /** Rows by `refIdx`. @type {Map<string, HTMLLIElement>} */
  const rows = new Map()
  /** Messages that were answered, and those that no bot was told of, by id. */
  const answered = new Set()
  const notHeard = new Set()
  /** @type {Message | undefined} */
  let newest

  /** @param {unknown} thrown */
  const complain = thrown => {
    error.textContent = say('notSent', { why: why(thrown) })
    error.hidden = false
  }

  /** @param {Message} message @param {Message | undefined} before */
  const isFollowing = (message, before) =>
    before !== undefined &&
    !before.recalled &&
    before.from === message.from &&
    before.name === message.name &&
    message.atMs - before.atMs < FOLLOWS_WITHIN_MS

  /** @param {Chat} chat @param {Message} message @param {boolean} follows */
  const row = (chat, message, follows) => {
    const fromMe = message.from === 'person' && message.name === chat.persona
    const state = notHeard.has(message.id) ? 'notHeard' : answered.has(message.id) ? 'answered' : 'sent'
    const made = bubble(message, {
      mine: fromMe,
      follows,
      mark: message.from === 'person' ? state : undefined,
      press: button => void press(chat, message, button),
    })
    made.dataset['id'] = message.id
    rows.set(message.refIdx, made)
    return made
  }

  /** @param {string} id @param {import('./message.js').Mark} mark */
  const markRow = (id, mark) => {
    for (const made of rows.values())
      if (made.dataset['id'] === id) made.querySelector('.mark')?.replaceWith(markOf(mark))
  }

  const toEnd = () => {
    list.scrollTop = list.scrollHeight
  }

  /** @param {string} words */
  const trial = words => el('button', { type: 'button', onclick: () => void send(words) }, words)
  const emptyChat = () =>
    el(
      'li',
      { class: 'empty' },
      el('p', null, say('emptyChat')),
      el('p', { class: 'trials' }, `${say('emptyChatTry')} `, trial(say('hello')), ' ', trial(say('askList'))),
    )

  const drawHead = () => {
    const { selected: chat, bot } = chats
    const names = { name: chat?.persona ?? '', bot: bot?.name ?? '' }
    fill(byId('chat-title'), chat?.name ?? '…')
    fill(byId('chat-note'), bot ? say(chat?.kind === 'c2c' ? 'youAre' : 'youAreIn', names) : say('noBot'))
    byId('group-tools').hidden = !chat || chat.kind === 'c2c'
    fill(
      persona,
      (chat?.members ?? []).map(name => el('option', { value: name, selected: name === chat?.persona }, name)),
    )
    text.placeholder = say('placeholder', { bot: bot?.name ?? '' })
    text.setAttribute('aria-label', text.placeholder)
  }

  const drawTyping = () => {
    const { selected: chat, bot } = chats
    const words = () => (chat && chat.typingUntilMs > platformNow() ? say('typing', { name: bot?.name ?? '' }) : '')
    fill(byId('typing'), tickingText(words))
  }

  const draw = () => {
    const chat = chats.selected
    rows.clear()
    newest = undefined
    drawHead()
    drawTyping()
    const messages = [...(chat?.messages.values() ?? [])]
    for (const { answers } of messages) if (answers !== undefined) answered.add(answers)
    if (!chat || messages.length === 0) fill(list, chats.bot ? emptyChat() : null)
    else
      fill(
        list,
        messages.map((message, at) => row(chat, message, isFollowing(message, messages[at - 1]))),
      )
    newest = messages.at(-1)
    toEnd()
  }

  /** A message of the chat that is open came or changed. @param {Chat} chat @param {Message} message */
  const put = (chat, message) => {
    if (message.answers !== undefined && !answered.has(message.answers)) {
      answered.add(message.answers)
      markRow(message.answers, 'answered')
    }
    const known = rows.get(message.refIdx)
    const nearEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX
    if (known) known.replaceWith(row(chat, message, known.classList.contains('follows')))
    else {
      if (rows.size === 0) fill(list)
      list.append(row(chat, message, isFollowing(message, newest)))
      newest = message
    }
    for (const [refIdx, made] of rows) {
      if (chat.messages.has(refIdx)) break
      made.remove()
      rows.delete(refIdx)
    }
    if (nearEnd || message.name === chat.persona) toEnd()
    drawTyping()
  }

  /** @param {Chat} chat @param {Message} message @param {import('./message.js').Button} button */
  const press = async (chat, message, button) => {
    if (button.action?.type === 2) {
      text.value = String(button.action.data ?? '')
      text.focus()
      return
    }
    try {
      await api.click({ appId: chats.bot?.appId, message: message.id, button: String(button.id), person: chat.persona })
      error.hidden = true
    } catch (thrown) {
      complain(thrown)
    }
  }

  /** Messages leave in the order in which they were written. @type {Promise<void>} */
  let sending = Promise.resolve()

  /** @param {string} words @returns {Promise<void>} */
  const send = words => {
    const { selected: chat, bot } = chats
    if (!chat || !bot || words.trim() === '') return sending
    const place = chat.kind === 'c2c' ? {} : { ...refOf(chat), mention: mention.checked }
    const message = { appId: bot.appId, person: chat.persona, ...place, text: words }
    sending = sending.then(async () => {
      try {
        const { id, events } = await api.say(message)
        error.hidden = true
        if (events.length > 0) return
        notHeard.add(id)
        markRow(id, 'notHeard')
      } catch (thrown) {
        complain(thrown)
        if (text.value === '') text.value = words
      }
    })
    return sending
  }

  const submit = () => {
    const words = text.value
    text.value = ''
    void send(words)
  }
  byId('composer').addEventListener('submit', event => {
    event.preventDefault()
    submit()
  })
  text.addEventListener('keydown', event => {
    // While an input method is composing, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    submit()
  })
  persona.addEventListener('change', () => {
    if (chats.selected) chats.selected.persona = persona.value
    draw()
  })

  return { draw, drawHead, drawTyping, put }
}
