/** Pictures of people, groups and bots: an initial on a colour of their own. */
import { el } from '../../../pages/dom.js'

const TINTS = 7

/** @param {string} name @param {string} [kind] */
export function avatar(name, kind = 'c2c') {
  if (kind === 'bot') return el('img', { class: 'avatar', src: 'pages/icon.svg', alt: '', width: 36, height: 36 })
  const hash = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 0)
  const initial = [...name][0]?.toUpperCase() ?? '?'
  return el('span', { class: `avatar tint-${hash % TINTS} ${kind}`, 'aria-hidden': 'true' }, initial)
}
