/** What ended badly, and what can be done about it. */
import { byId, el } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { change } from '../link.js'
import { redraw } from '../redraw.js'
import { told } from '../toast.js'
import { say, span, term } from '../words/language.js'

/** @typedef {{ id: string, chat: { account: string, kind: string, id: string }, end: string, detail: string, text: string, atMs: number }} Dead */

/** @param {number} atMs */
const age = atMs => tickingText(() => say('ago', { time: span(Date.now() - atMs) }))

/** @param {string} label @param {string} focus @param {() => void} onclick */
const button = (label, focus, onclick) => el('button', { type: 'button', 'data-focus': focus, onclick }, label)

/** @param {readonly Dead[]} entries */
export function drawDead(entries) {
  const place = byId('dead')
  if (entries.length === 0) return redraw(place, el('p', { class: 'quiet' }, say('nothingDead')))
  const move = (/** @type {'retry' | 'drop'} */ verb, /** @type {object} */ body) => () =>
    void told(change(`/dead/${verb}`, body))
  const items = entries.map(({ id, chat, end, detail, text, atMs }) =>
    el(
      'li',
      { 'data-dead': id },
      el(
        'p',
        null,
        el('strong', null, term(end)),
        ' ',
        detail && el('span', null, detail),
        ' ',
        el('span', { class: 'quiet' }, age(atMs)),
      ),
      el('p', { class: 'words' }, text || say('cleared')),
      el('p', { class: 'quiet small' }, `${chat.account}:${chat.kind}:${chat.id}`),
      el(
        'div',
        { class: 'buttons' },
        text !== '' && button(say('tryAgain'), `retry ${id}`, move('retry', { id })),
        button(say('drop'), `drop ${id}`, move('drop', { id })),
      ),
    ),
  )
  const all =
    entries.length > 1 && button(say('dropAll', { n: entries.length }), 'drop all', move('drop', { all: true }))
  redraw(place, el('ul', { class: 'list' }, items), all)
}
