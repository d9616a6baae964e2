/** The field to write in: who writes, whether the bot is mentioned, what is quoted. */

import { byId, el, fill } from '../../../pages/dom.js'
import { ApiError, api } from '../api.js'
import { say } from '../language.js'
import { refOf } from './chats.js'

/** @typedef {import('../api.js').Message} Message */

/** @param {unknown} thrown */
function why(thrown) {
  if (thrown instanceof ApiError && thrown.status === 0) return say('unreachable')
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/**
 * @param {import('./chats.js').Chats} chats
 * @param {{ notHeard: (refIdx: string) => void, personaChosen: () => void }} on
 */
export function createComposer(chats, on) {
  const error = byId('chat-error')
  const quoting = byId('quoting')
  /** @type {HTMLTextAreaElement} */
  const text = byId('text')
  /** @type {HTMLSelectElement} */
  const persona = byId('persona')
  /** @type {HTMLInputElement} */
  const mention = byId('mention')
  /** @type {Message | undefined} */
  let quoted

  /** Says what went wrong; nothing to say takes the words away. @param {unknown} thrown */
  const complain = thrown => {
    error.hidden = thrown === undefined
    if (thrown !== undefined) error.textContent = say('notSent', { why: why(thrown) })
  }

  /** The field is as high as what is in it. */
  const fit = () => {
    text.style.height = ''
    if (text.scrollHeight > text.clientHeight) text.style.height = `${text.scrollHeight + 2}px`
  }

  /** @param {string} words */
  const write = words => {
    text.value = words
    fit()
    text.focus()
  }

  /** @param {Message | undefined} message */
  const quote = message => {
    quoted = message
    quoting.hidden = !message
    if (message) byId('quoted').textContent = `${message.name}: ${message.text}`
    text.focus()
  }

  /** Quotes the message above the one that is quoted now, or the last. */
  const quoteAbove = () => {
    const all = [...(chats.selected?.messages.values() ?? [])].filter(({ recalled }) => !recalled)
    const at = all.findIndex(({ refIdx }) => refIdx === quoted?.refIdx)
    const above = all.at(at > 0 ? at - 1 : at === 0 ? 0 : -1)
    if (above) quote(above)
  }

  /** Messages leave in the order in which they were written. @type {Promise<void>} */
  let sending = Promise.resolve()

  /** @param {string} words @param {object[]} [attachments] */
  const send = (words, attachments = []) => {
    const { selected: chat, bot } = chats
    if (!chat || !bot || (words.trim() === '' && attachments.length === 0)) return
    const place = chat.kind === 'c2c' ? {} : { ...refOf(chat), mention: mention.checked }
    const carried = attachments.length > 0 ? { attachments } : {}
    const reference = quoted ? { quote: quoted.refIdx } : {}
    const message = { appId: bot.appId, person: chat.persona, ...place, ...reference, ...carried, text: words }
    if (quoted) quote(undefined)
    sending = sending.then(async () => {
      try {
        const { id, refIdx, events } = await api.say(message)
        complain(undefined)
        if (events.length > 0) return
        chats.notHeard.add(id)
        on.notHeard(refIdx)
      } catch (thrown) {
        complain(thrown)
        // What was not sent is not lost, unless something else has been written since.
        if (text.value === '' && chats.selected === chat) write(words)
      }
    })
  }

  /** What is in the field, which is empty afterwards. */
  const takeWords = () => {
    const words = text.value
    text.value = ''
    fit()
    return words
  }

  const submit = () => {
    if (text.value.trim() !== '') send(takeWords())
  }

  byId('composer').addEventListener('submit', event => {
    event.preventDefault()
    submit()
  })
  text.addEventListener('input', fit)
  text.addEventListener('keydown', event => {
    // While an input method is composing, its keys are its own.
    if (event.isComposing) return
    if (event.key === 'Escape') quote(undefined)
    else if (event.key === 'ArrowUp' && text.value === '') quoteAbove()
    else if (event.key === 'Enter' && !event.shiftKey) submit()
    else return
    event.preventDefault()
  })
  byId('unquote').addEventListener('click', () => quote(undefined))
  persona.addEventListener('change', () => {
    if (chats.selected) chats.selected.persona = persona.value
    on.personaChosen()
  })

  let drawnFor = ''
  return {
    send,
    takeWords,
    write,
    quote,
    complain,
    focus: () => text.focus(),
    draw() {
      const { selected: chat, bot } = chats
      const names = { bot: bot?.name ?? '' }
      byId('group-tools').hidden = !chat || chat.kind === 'c2c'
      fill(byId('mention-words'), say('mention', names))
      text.placeholder = say('placeholder', names)
      text.setAttribute('aria-label', text.placeholder)
      const shown = JSON.stringify([chat?.key, chat?.members, chat?.persona])
      if (shown === drawnFor) return
      // What is quoted belongs to the chat that was open.
      if (!drawnFor.startsWith(JSON.stringify([chat?.key]).slice(0, -1))) {
        quoted = undefined
        quoting.hidden = true
      }
      drawnFor = shown
      fill(
        persona,
        (chat?.members ?? []).map(name => el('option', { value: name, selected: name === chat?.persona }, name)),
      )
    },
  }
}
