/** Who asks to be let in, who was let in, and who is not: with what can be done about each. */
import { byId, el } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { change } from '../link.js'
import { redraw } from '../redraw.js'
import { told } from '../toast.js'
import { say, span, term } from '../words/language.js'

/**
 * @typedef {{ id: string, role: 'owner' | 'member' | 'blocked', sinceMs: number }} Person
 * @typedef {{ id: string, name?: string, atMs: number }} Request
 * @typedef {{ account: string, people: readonly Person[], pending: readonly Request[] }} Pairing
 */

/** @param {'approve' | 'revoke' | 'block'} verb @param {string} account @param {string} subject */
const pair = (verb, account, subject) => told(change(`/pairing/${verb}`, { subject, account }))

/** @param {string} label @param {string} focus @param {string} name @param {() => void} onclick */
const button = (label, focus, name, onclick) =>
  el('button', { type: 'button', 'data-focus': focus, 'aria-label': name, onclick }, label)

/** @param {string} account @param {Request} person */
function request(account, { id, name, atMs }) {
  const who = name ?? id
  const code = el('input', {
    name: 'code',
    'data-focus': `code ${account} ${id}`,
    maxlength: 40,
    required: true,
    autocomplete: 'off',
    placeholder: say('code'),
    'aria-label': say('codeOf', { name: who }),
  })
  const form = el(
    'form',
    { class: 'in-line' },
    code,
    el('button', { type: 'submit' }, say('approve')),
    button(
      say('block'),
      `block ${account} ${id}`,
      say('blockOf', { name: who }),
      () => void pair('block', account, id),
    ),
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    void pair('approve', account, code.value.trim())
  })
  const asked = tickingText(() => say('asked', { time: span(Date.now() - atMs) }))
  return el(
    'li',
    { 'data-person': id },
    el('p', null, name && el('strong', null, `${name} `), el('span', { class: 'quiet' }, asked)),
    el('p', { class: 'small' }, `${account}: ${id}`),
    form,
  )
}

/** @param {string} account @param {Person} person */
function person(account, { id, role, sinceMs }) {
  const isOut = role === 'blocked'
  const since = tickingText(() => say('since', { time: span(Date.now() - sinceMs) }))
  const letIn = () => void pair('approve', account, id)
  const putOut = () => {
    // Whoever is let in again afterwards is a member: only a code of the command line makes an owner.
    if (role === 'owner' && !window.confirm(say('revokeOwner', { id }))) return
    void pair('revoke', account, id)
  }
  return el(
    'li',
    { class: 'person', 'data-person': id, 'data-role': role },
    el(
      'div',
      null,
      el('p', null, el('strong', null, term(role)), ' ', el('span', { class: 'quiet' }, since)),
      el('p', { class: 'quiet small' }, `${account}: ${id}`),
    ),
    isOut
      ? button(say('unblock'), `let in ${account} ${id}`, say('unblockOf', { name: id }), letIn)
      : button(say('revoke'), `put out ${account} ${id}`, say('revokeOf', { name: id }), putOut),
  )
}

/** For somebody who is in no list, such as a member of a group. @param {readonly string[]} accounts */
function blockForm(accounts) {
  const id = el('input', {
    name: 'id',
    'data-focus': 'block by id',
    maxlength: 200,
    required: true,
    autocomplete: 'off',
    placeholder: say('personId'),
    'aria-label': say('personId'),
  })
  const options = accounts.map(account => el('option', { value: account }, account))
  const of = el('select', { 'data-focus': 'block of', 'aria-label': say('ofAccount') }, options)
  const form = el(
    'form',
    { class: 'in-line', id: 'block-form' },
    id,
    accounts.length > 1 && of,
    el('button', { type: 'submit' }, say('block')),
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    void blockById(of.value, id.value.trim())
  })
  return form
}

/** @param {string} account @param {string} id */
async function blockById(account, id) {
  if (id === '' || !window.confirm(say('blockById', { id, account })) || !(await pair('block', account, id))) return
  // The form may have been drawn anew meanwhile, and somebody may be typing the next one.
  const typed = byId('people').querySelector('#block-form input')
  if (typed instanceof HTMLInputElement && typed.value.trim() === id) typed.value = ''
}

/** @param {readonly Pairing[]} accounts */
export function drawPeople(accounts) {
  const asking = accounts.flatMap(({ account, pending }) => pending.map(each => request(account, each)))
  redraw(byId('pairing'), list(asking, say('nobodyAsks')))
  const known = accounts.flatMap(({ account, people }) => people.map(each => ({ account, each })))
  const isOut = (/** @type {Person} */ { role }) => role === 'blocked'
  const inside = known.filter(({ each }) => !isOut(each)).map(({ account, each }) => person(account, each))
  const outside = known.filter(({ each }) => isOut(each)).map(({ account, each }) => person(account, each))
  redraw(
    byId('people'),
    list(inside, say('nobodyPaired')),
    el('h3', null, say('blocked')),
    list(outside, say('nobodyBlocked')),
    accounts.length > 0 && blockForm(accounts.map(({ account }) => account)),
  )
}

/** @param {readonly Element[]} items @param {string} nobody */
const list = (items, nobody) =>
  items.length > 0 ? el('ul', { class: 'list' }, [...items]) : el('p', { class: 'quiet' }, nobody)
