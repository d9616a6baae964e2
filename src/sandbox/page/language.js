/** Which language the page speaks: the reader's choice, or what the browser prefers. */
import { WORDS } from './words.js'

/**
 * @typedef {import('./words.js').Key} Key
 * @typedef {keyof typeof WORDS} Language
 */

const STORED = 'herald-language'

/** @returns {Language} */
function preferred() {
  const [asked] = [remembered(), navigator.language].filter(Boolean)
  return asked?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** The browser may refuse to keep anything. */
function remembered() {
  try {
    return localStorage.getItem(STORED) ?? ''
  } catch {
    return ''
  }
}

let language = preferred()
/** @type {(() => void)[]} */
const listeners = []

/** @param {Key} key @param {Record<string, string | number>} [values] */
export function say(key, values = {}) {
  return WORDS[language].texts[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

/** `zh` or `en`. */
export const languageNow = () => language

/** The word for a state, a phase or a fault: the page's own, or the protocol's made readable. @param {string} word */
export function term(word) {
  const known = WORDS[language].terms[word]
  if (known !== undefined) return known
  const readable = word.replaceAll('_', ' ')
  return readable.slice(0, 1).toUpperCase() + readable.slice(1)
}

/** What a preset fault does. @param {{ name: string, title: string }} preset `title` is the sandbox's own, in English */
export function faultTitle({ name, title }) {
  return WORDS[language].faults[name] ?? title
}

/** A span of time in a few characters: `4 s`, `2 min 5 s`, `3 h 12 min`. @param {number} ms */
export function span(ms) {
  const [h, min, s] = language === 'zh' ? [' 小时', ' 分', ' 秒'] : [' h', ' min', ' s']
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds}${s}`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}${min} ${seconds % 60}${s}`
  return `${Math.floor(minutes / 60)}${h} ${minutes % 60}${min}`
}

/** Calls `draw` now and whenever the language changes. @param {() => void} draw */
export function inEveryLanguage(draw) {
  listeners.push(draw)
  draw()
}

export function switchLanguage() {
  language = language === 'zh' ? 'en' : 'zh'
  try {
    localStorage.setItem(STORED, language)
  } catch {
    // Then it holds until the page is loaded again.
  }
  for (const draw of listeners) draw()
}

/** Puts the words into the page's own HTML: `data-say` for the text, `data-say-title` and so on for attributes. */
export function translatePage() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  for (const element of document.querySelectorAll('[data-say]'))
    element.textContent = say(/** @type {Key} */ (element.getAttribute('data-say')))
  for (const attribute of ['title', 'placeholder', 'aria-label'])
    for (const element of document.querySelectorAll(`[data-say-${attribute}]`))
      element.setAttribute(attribute, say(/** @type {Key} */ (element.getAttribute(`data-say-${attribute}`))))
}
