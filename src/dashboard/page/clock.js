/** Moments, and words that follow the time. */

/** @param {number} atMs @returns {string} `14:03:07` */
export function clockTime(atMs) {
  return new Date(atMs).toTimeString().slice(0, 8)
}

/** @param {number} atMs @returns {string} with the date before it when that was another day */
export function dayTime(atMs) {
  const at = new Date(atMs)
  if (at.toDateString() === new Date().toDateString()) return clockTime(atMs)
  return `${at.toLocaleDateString(document.documentElement.lang, { month: 'short', day: 'numeric' })} ${clockTime(atMs)}`
}

const TICK_MS = 500
/** @type {Map<HTMLElement, () => string>} */
const ticking = new Map()

/** A span whose words follow the time, for as long as it is on the page. @param {() => string} words */
export function tickingText(words) {
  const span = document.createElement('span')
  span.textContent = words()
  ticking.set(span, words)
  return span
}

setInterval(() => {
  for (const [span, words] of ticking) {
    const text = words()
    if (!span.isConnected) ticking.delete(span)
    else if (span.textContent !== text) span.textContent = text
  }
}, TICK_MS)
