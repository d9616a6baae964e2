/** Why something is not well, and what helps: the same on every page. */
import { causeOf } from './causes.js'
import { el } from './dom.js'
import { cureInChinese } from './hints.js'

/**
 * The sentences of Herald's own table in Chinese; what came with the code stays as it came.
 * @param {{ error_code: string | null, error_message: string | null, hint: string | null }} trouble
 * @param {string} tone @param {'zh' | 'en'} language
 */
export function causeAndCure({ error_code: code, error_message: message, hint }, tone, language) {
  if (!code && !message && !hint) return null
  const known = language === 'zh' && code ? causeOf(code, language) : undefined
  const cure = known && code && hint ? cureInChinese(code, hint) : hint
  return el(
    'div',
    { class: `why ${tone}` },
    code && el('code', null, code),
    known && el('p', null, known.what),
    message && el('p', known ? { class: 'quiet' } : null, message),
    cure && el('p', { class: 'hint' }, cure.replaceAll('`', '')),
  )
}
