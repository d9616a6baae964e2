/** Which language the page speaks: the reader's choice, or what the browser prefers. */
import { TERMS, WORDS } from './words.js'

/** @typedef {import('./words.js').Key} Key */

const STORED = 'herald-language'

/** The browser may refuse to keep anything. */
function remembered() {
  try {
    return localStorage.getItem(STORED) ?? ''
  } catch {
    return ''
  }
}

/** @type {'en' | 'zh'} */
let language = (remembered() || navigator.language).toLowerCase().startsWith('zh') ? 'zh' : 'en'
/** @type {(() => void)[]} */
const listeners = []

/** @param {Key} key @param {Record<string, string | number>} [values] */
export function say(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

/** `zh` or `en`. */
export const languageNow = () => language

/** The word for a state or an outcome. @param {string} word */
export function term(word) {
  const readable = word.replaceAll('_', ' ')
  return TERMS[language][word] ?? readable.slice(0, 1).toUpperCase() + readable.slice(1)
}

/** A span of time in a few characters: `4 s`, `2 min 5 s`, `3 h 12 min`, `4 d 2 h`. @param {number} ms */
export function span(ms) {
  const [d, h, min, s] = language === 'zh' ? [' 天', ' 小时', ' 分', ' 秒'] : [' d', ' h', ' min', ' s']
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds}${s}`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}${min} ${seconds % 60}${s}`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours}${h} ${minutes % 60}${min}`
  return `${Math.floor(hours / 24)}${d} ${hours % 24}${h}`
}

/** @param {() => void} draw */
export function onLanguage(draw) {
  listeners.push(draw)
}

export function switchLanguage() {
  language = language === 'zh' ? 'en' : 'zh'
  try {
    localStorage.setItem(STORED, language)
  } catch {
    // Then it holds until the page is loaded again.
  }
  translatePage()
  for (const draw of listeners) draw()
}

/** Puts the words into the page's own HTML: `data-say` for the text, `data-say-placeholder` and so on for attributes. */
export function translatePage() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  for (const element of document.querySelectorAll('[data-say]'))
    element.textContent = say(/** @type {Key} */ (element.getAttribute('data-say')))
  for (const attribute of ['placeholder', 'aria-label'])
    for (const element of document.querySelectorAll(`[data-say-${attribute}]`))
      element.setAttribute(attribute, say(/** @type {Key} */ (element.getAttribute(`data-say-${attribute}`))))
}
