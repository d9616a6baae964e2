/** What both views of an account are made of. */
import { el } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { toneOf } from '../../../pages/tones.js'
import { say, span, term } from '../language.js'

/** @param {string} state @param {string} name @param {number} [sinceMs] @param {Node | false} [next] what comes next, and when */
export function headline(state, name, sinceMs, next = false) {
  const since = () => say('since', { time: span(Date.now() - (sinceMs ?? 0)) })
  return el(
    'p',
    { class: `state ${toneOf(state)}` },
    el('span', { class: 'dot', 'aria-hidden': 'true' }),
    el('strong', { 'data-state': state }, term(state)),
    sinceMs !== undefined && el('span', { class: 'since' }, tickingText(since)),
    next && el('span', { class: 'next' }, next),
    el('span', { class: 'name' }, name),
  )
}

/** Labels and values; rows without a value are left out. @param {[label: string, value: Node | string | null | undefined | false][]} rows */
export function facts(rows) {
  const shown = rows.flatMap(([label, value]) =>
    value ? [el('div', null, el('dt', null, label), el('dd', null, value))] : [],
  )
  return shown.length > 0 && el('dl', { class: 'facts' }, shown)
}
