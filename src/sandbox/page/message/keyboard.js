/** The buttons under a bot's message. */
import { el } from '../../../pages/dom.js'

/**
 * @typedef {{ id?: string, render_data?: { label?: string, visited_label?: string, style?: number },
 *   action?: { type?: number, data?: string, enter?: boolean } }} Button
 * @typedef {(button: Button, element: HTMLButtonElement) => void} Press
 */

/** What pressing a button does, by the number that the platform has for it. */
export const ACTION = { link: 0, callback: 1, command: 2 }

/** @param {unknown} given @returns {Button[][]} */
function buttonRows(given) {
  const rows = /** @type {any} */ (given)?.content?.rows
  if (!Array.isArray(rows)) return []
  return rows.map(row => (Array.isArray(row?.buttons) ? row.buttons.filter(Boolean) : []))
}

/** @param {Button} button @param {Press} press */
function keyboardButton(button, press) {
  const { render_data: shown, action } = button
  // A link button would leave the page; like all links it is shown and leads nowhere.
  const disarmed = action?.type === ACTION.link
  const element = el(
    'button',
    {
      type: 'button',
      class: shown?.style === 1 ? 'strong' : undefined,
      disabled: disarmed,
      title: disarmed ? String(action?.data ?? '') : undefined,
      onclick: () => press(button, element),
    },
    String(shown?.label ?? button.id ?? '?'),
  )
  return element
}

/** @param {unknown} given @param {Press} press @returns {HTMLElement | null} */
export function keyboard(given, press) {
  const rows = buttonRows(given)
  if (rows.length === 0) return null
  return el(
    'div',
    { class: 'keyboard' },
    rows.map(row =>
      el(
        'div',
        null,
        row.map(button => keyboardButton(button, press)),
      ),
    ),
  )
}

/** A button spins no longer than this when the bot does not acknowledge the press. */
const SPIN_MS = 10_000
/** Acknowledgements that came before the answer to the press itself. */
const EARLY_KEPT = 50

/** Shows a press until the bot has acknowledged it. */
export function createPresses() {
  /** @type {Map<string, HTMLButtonElement>} */
  const waiting = new Map()
  /** @type {Map<string, unknown>} */
  const early = new Map()

  /** @param {HTMLButtonElement} element @param {unknown} ack */
  const settle = (element, ack) => {
    element.removeAttribute('aria-busy')
    const { code = 0 } = /** @type {{ code?: number }} */ (ack ?? {})
    if (code === 0) element.classList.add('acknowledged')
  }

  return {
    /** @param {string} id @param {HTMLButtonElement} element */
    pressed(id, element) {
      element.classList.remove('acknowledged')
      if (early.has(id)) return settle(element, early.get(id))
      element.setAttribute('aria-busy', 'true')
      waiting.set(id, element)
      setTimeout(() => {
        if (waiting.delete(id)) element.removeAttribute('aria-busy')
      }, SPIN_MS)
    },
    /** @param {string} id @param {unknown} ack */
    acknowledged(id, ack) {
      const element = waiting.get(id)
      if (element) settle(element, ack)
      else early.set(id, ack)
      waiting.delete(id)
      const [oldest] = early.keys()
      if (early.size > EARLY_KEPT && oldest !== undefined) early.delete(oldest)
    },
  }
}
