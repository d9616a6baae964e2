/** One message as a bubble. */
import { avatar } from './chat-list.js'
import { el } from './dom.js'
import { say } from './language.js'
import { markdown } from './markdown.js'
import { clockTime } from './time.js'

/**
 * @typedef {import('./api.js').Message} Message
 * @typedef {{ id?: string, render_data?: { label?: string, style?: number },
 *   action?: { type?: number, data?: string } }} Button
 * @typedef {'sent' | 'answered' | 'notHeard'} Mark
 * @typedef {{ mine: boolean, follows: boolean, mark: Mark | undefined, press: (button: Button) => void }} Look
 */

/** @type {Record<Mark, string>} */
const MARKS = { sent: '✓', answered: '✓✓', notHeard: '⊘' }

/** @param {Mark} mark */
export function markOf(mark) {
  return el('span', { class: `mark ${mark}`, title: say(mark), role: 'img', 'aria-label': say(mark) }, MARKS[mark])
}

/** @param {unknown} keyboard @returns {Button[][]} */
function buttonRows(keyboard) {
  const rows = /** @type {any} */ (keyboard)?.content?.rows
  if (!Array.isArray(rows)) return []
  return rows.map(row => (Array.isArray(row?.buttons) ? row.buttons.filter(Boolean) : []))
}

/** @param {Button} button @param {Look} look */
function keyboardButton(button, look) {
  const { render_data: shown, action } = button
  const label = String(shown?.label ?? button.id ?? '?')
  // A link button would leave the page; like all links it is shown and leads nowhere.
  const disarmed = action?.type === 0
  return el(
    'button',
    {
      type: 'button',
      class: shown?.style === 1 ? 'strong' : undefined,
      disabled: disarmed,
      title: disarmed ? String(action?.data ?? '') : undefined,
      onclick: () => look.press(button),
    },
    label,
  )
}

/** @param {unknown} attachment */
function attachmentChip(attachment) {
  const { name, filename, content_type: type } = /** @type {any} */ (attachment) ?? {}
  return el('span', { class: 'attachment' }, `📎 ${name ?? filename ?? type ?? say('file')}`)
}

/** @param {Message} message */
function body(message) {
  if (message.form === 'markdown' || message.form === 'stream')
    return el('div', { class: 'words markdown' }, markdown(message.text))
  return el('div', { class: 'words' }, message.text)
}

/**
 * @param {Message} message
 * @param {Look} look
 * @returns {HTMLLIElement}
 */
export function bubble(message, look) {
  if (message.recalled) return el('li', { class: 'note' }, say('recalled', { name: message.name }))
  const isBot = message.from === 'bot'
  const rows = buttonRows(message.keyboard)
  return el(
    'li',
    { class: `message ${look.mine ? 'mine' : ''} ${isBot ? 'bot' : ''} ${look.follows ? 'follows' : ''}` },
    avatar(message.name, isBot ? 'bot' : 'c2c'),
    el(
      'div',
      { class: 'column' },
      el('p', { class: 'who' }, message.name),
      el(
        'div',
        { class: 'bubble' },
        message.quote && el('blockquote', { class: 'quoted' }, message.quote.text || '…'),
        (message.text !== '' || !message.attachments) && body(message),
        (message.attachments ?? []).map(attachmentChip),
        el(
          'p',
          { class: 'meta' },
          message.growing && el('span', { class: 'growing' }, say('growing')),
          el('time', { datetime: new Date(message.atMs).toISOString() }, clockTime(message.atMs)),
          look.mark && markOf(look.mark),
        ),
      ),
      rows.length > 0 &&
        el(
          'div',
          { class: 'keyboard' },
          rows.map(row =>
            el(
              'div',
              null,
              row.map(button => keyboardButton(button, look)),
            ),
          ),
        ),
    ),
  )
}
