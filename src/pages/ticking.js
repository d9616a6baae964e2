/** Words that follow the time. */

const TICK_MS = 250
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
