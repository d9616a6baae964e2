/** What ended badly, and who asks to be let in. */
import { byId, el, fill } from '../../pages/dom.js'
import { tickingText } from '../../pages/ticking.js'
import { say, span, term } from './language.js'
import { change } from './link.js'
import { told } from './toast.js'

/**
 * @typedef {{ id: string, chat: { account: string, kind: string, id: string }, end: string, detail: string, text: string, atMs: number }} Dead
 * @typedef {{ account: string, pending: readonly { id: string, name?: string, atMs: number }[] }} Pairing
 */

/** @param {number} atMs */
const age = atMs => tickingText(() => say('ago', { time: span(Date.now() - atMs) }))

/** @param {string} label @param {string} focus @param {() => void} onclick */
const button = (label, focus, onclick) => el('button', { type: 'button', 'data-focus': focus, onclick }, label)

/** @param {readonly Dead[]} entries */
export function drawDead(entries) {
  const place = byId('dead')
  if (entries.length === 0) return fill(place, el('p', { class: 'quiet' }, say('nothingDead')))
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
  fill(place, el('ul', { class: 'list' }, items), all)
}

/** @param {string} account @param {{ id: string, name?: string, atMs: number }} person */
function request(account, { id, name, atMs }) {
  const who = name ?? id
  const code = el('input', {
    name: 'code',
    maxlength: 40,
    required: true,
    autocomplete: 'off',
    placeholder: say('code'),
    'aria-label': say('codeOf', { name: who }),
  })
  const form = el('form', { class: 'approve' }, code, el('button', { type: 'submit' }, say('approve')))
  form.addEventListener('submit', event => {
    event.preventDefault()
    void told(change('/pairing/approve', { subject: code.value.trim(), account }))
  })
  return el(
    'li',
    { 'data-person': id },
    el(
      'p',
      null,
      el('strong', null, who),
      ' ',
      el(
        'span',
        { class: 'quiet' },
        tickingText(() => say('asked', { time: span(Date.now() - atMs) })),
      ),
    ),
    el('p', { class: 'quiet small' }, `${account}: ${id}`),
    form,
  )
}

/** @param {readonly Pairing[]} accounts */
export function drawPairing(accounts) {
  const items = accounts.flatMap(({ account, pending }) => pending.map(person => request(account, person)))
  fill(
    byId('pairing'),
    items.length > 0 ? el('ul', { class: 'list' }, items) : el('p', { class: 'quiet' }, say('nobodyAsks')),
  )
}
