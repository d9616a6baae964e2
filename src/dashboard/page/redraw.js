/** A part of the page drawn anew under the hands of whoever uses it. */
import { fill } from '../../pages/dom.js'

/**
 * What is typed stays, and so does the focus, where the new content has something of the same `data-focus`.
 * @param {HTMLElement} place
 * @param {...import('../../pages/dom.js').Child | import('../../pages/dom.js').Child[]} children
 */
export function redraw(place, ...children) {
  const focused = place.contains(document.activeElement) && document.activeElement?.getAttribute('data-focus')
  const typed = new Map(fields(place).map(field => [field.getAttribute('data-focus'), field.value]))
  fill(place, ...children)
  for (const field of fields(place)) {
    const value = typed.get(field.getAttribute('data-focus'))
    if (value !== undefined) field.value = value
  }
  const again = focused && place.querySelector(`[data-focus="${CSS.escape(focused)}"]`)
  if (again instanceof HTMLElement) again.focus()
}

/** @param {HTMLElement} place @returns {(HTMLInputElement | HTMLSelectElement)[]} */
function fields(place) {
  return [...place.querySelectorAll('[data-focus]')].filter(
    field => field instanceof HTMLInputElement || field instanceof HTMLSelectElement,
  )
}
