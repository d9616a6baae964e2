/** One message as a bubble. */

import { el } from '../../../pages/dom.js'
import { say } from '../language.js'
import { clockTime } from '../time.js'
import { attachmentView } from './attachments.js'
import { avatar } from './avatar.js'
import { keyboard } from './keyboard.js'
import { markdown } from './markdown.js'

/**
 * @typedef {import('../api.js').Message} Message
 * @typedef {'sent' | 'answered' | 'notHeard'} Mark how far a message of one's own has come
 * @typedef {{ mine: boolean, follows: boolean, mark: Mark | undefined, quote: () => void,
 *   press: import('./keyboard.js').Press }} Look
 */

/** @param {Mark} mark */
function markOf(mark) {
  return el(
    'span',
    { class: `mark ${mark}`, title: say(mark), role: 'img', 'aria-label': say(mark) },
    mark === 'sent' ? '✓' : '✓✓',
  )
}

/** @param {Message} message */
function body(message) {
  if (message.form === 'markdown' || message.form === 'stream')
    return el('div', { class: 'words markdown' }, markdown(message.text))
  return el('div', { class: 'words' }, message.text)
}

/** @param {Message} message */
function bubble(message) {
  return el(
    'div',
    { class: `bubble ${message.growing ? 'growing' : ''}`, 'aria-busy': message.growing ? 'true' : undefined },
    message.quote && el('blockquote', { class: 'quoted' }, message.quote.text || '…'),
    (message.text.trim() !== '' || !message.attachments) && body(message),
    (message.attachments ?? []).map(attachmentView),
  )
}

/** @param {Message} message @param {Look} look */
function aside(message, look) {
  return el(
    'span',
    { class: 'aside' },
    el('time', { datetime: new Date(message.atMs).toISOString() }, clockTime(message.atMs)),
    // Reached from the keyboard by ↑ in the empty field; hundreds of stops on the way there would help nobody.
    el('button', { type: 'button', tabindex: -1, 'data-quote': '', onclick: look.quote }, say('quote')),
  )
}

/**
 * @param {Message} message
 * @param {Look} look
 * @returns {HTMLLIElement}
 */
export function messageRow(message, look) {
  if (message.recalled) return el('li', { class: 'divider' }, say('recalled', { name: message.name }))
  const isBot = message.from === 'bot'
  const side = look.mine ? 'mine' : isBot ? 'bot' : ''
  return el(
    'li',
    { class: `message ${side} ${look.follows ? 'follows' : ''}` },
    avatar(message.name, isBot ? 'bot' : 'c2c'),
    el(
      'div',
      { class: 'column' },
      el('p', { class: 'who' }, message.name),
      el(
        'div',
        { class: 'beside' },
        bubble(message),
        look.mark && look.mark !== 'notHeard' && markOf(look.mark),
        aside(message, look),
      ),
      look.mark === 'notHeard' && el('p', { class: 'not-heard' }, say('notHeard')),
      keyboard(message.keyboard, look.press),
    ),
  )
}
