/** How each account fared in the last 24 hours or 7 days, and why it changed. */
import { causeOf } from '../../../pages/causes.js'
import { byId, el, fill } from '../../../pages/dom.js'
import { toneOf } from '../../../pages/tones.js'
import { dayTime } from '../clock.js'
import { languageNow, say, span, term } from '../words/language.js'
import { stretches, upShare, withoutPauses } from './stretches.js'

/** @typedef {import('./stretches.js').Change} Change @typedef {import('./stretches.js').Stretch} Stretch */

const HOUR_MS = 3_600_000
const SPANS = { day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS }
const WIDTH = 1000
const HEIGHT = 22
const MOST_ROWS = 50
const SVG = 'http://www.w3.org/2000/svg'

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  element.append(...children)
  return element
}

/** @param {Stretch} stretch */
function words({ state, fromMs, toMs, change }) {
  const cause = change && causeIn(change)
  return `${term(state)}, ${dayTime(fromMs)}, ${span(toMs - fromMs)}${cause ? ` – ${cause}` : ''}`
}

/** @param {string} account @param {readonly Stretch[]} all @param {number} fromMs @param {number} nowMs */
function bar(account, all, fromMs, nowMs) {
  const x = (/** @type {number} */ ms) => ((ms - fromMs) / (nowMs - fromMs)) * WIDTH
  const up = upShare(all)
  const share = up === undefined ? '' : say('up', { percent: `${(up * 100).toFixed(up === 1 ? 0 : 1)} %` })
  const rects = all.map(stretch =>
    svg(
      'rect',
      {
        class: toneOf(stretch.state),
        x: x(stretch.fromMs),
        y: 0,
        height: HEIGHT,
        width: Math.max(1.5, x(stretch.toMs) - x(stretch.fromMs)),
      },
      svg('title', {}, words(stretch)),
    ),
  )
  return [
    el('div', { class: 'heading' }, el('h3', null, account), el('span', { class: 'quiet' }, share)),
    svg(
      'svg',
      {
        class: 'bar',
        role: 'img',
        'aria-label': `${account}: ${share}`,
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: 'none',
      },
      ...rects,
    ),
  ]
}

/** @param {Change} change */
function causeIn({ code, message }) {
  const known = languageNow() === 'zh' && code ? causeOf(code, 'zh') : undefined
  return [code, known?.what, message].filter(Boolean).join(': ')
}

/** @param {readonly Stretch[]} all */
function rows(all) {
  return all
    .toReversed()
    .slice(0, MOST_ROWS)
    .map(({ state, fromMs, toMs, change }) =>
      el(
        'li',
        { class: toneOf(state) },
        el('time', null, dayTime(fromMs)),
        el('strong', null, term(state)),
        el('span', { class: 'quiet' }, span(toMs - fromMs)),
        el('span', { class: 'cause' }, change && causeIn(change)),
      ),
    )
}

export function createTimeline() {
  /** @type {Record<string, readonly Change[]>} */
  let history = {}
  /** @type {keyof typeof SPANS} */
  let chosen = 'day'
  /** @type {Set<string>} */
  const open = new Set()

  const draw = () => {
    const nowMs = Date.now()
    const fromMs = nowMs - SPANS[chosen]
    const parts = Object.entries(history).map(([account, changes]) => {
      const all = stretches(changes, fromMs, nowMs)
      const listed = withoutPauses(all)
      const details = el(
        'details',
        { open: open.has(account), 'data-history': account },
        el('summary', null, listed.length === 0 ? say('noHistory') : say('changes', { n: listed.length })),
        el('ol', { class: 'changes' }, rows(listed)),
      )
      details.addEventListener('toggle', () => (details.open ? open.add(account) : open.delete(account)))
      return el('article', null, ...bar(account, all, fromMs, nowMs), details)
    })
    fill(byId('timeline'), parts.length > 0 ? parts : el('p', { class: 'quiet' }, say('noHistory')))
  }

  for (const button of byId('spans').querySelectorAll('button'))
    button.addEventListener('click', () => {
      chosen = /** @type {keyof typeof SPANS} */ (button.dataset['span'])
      for (const each of byId('spans').querySelectorAll('button'))
        each.setAttribute('aria-pressed', String(each === button))
      draw()
    })
  return {
    draw,
    /** @param {typeof history} next */
    told(next) {
      history = next
      draw()
    },
  }
}
