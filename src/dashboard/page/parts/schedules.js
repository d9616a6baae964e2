/** Messages at set times: when each comes next, and what became of its last run. */
import { byId, el } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { dayTime } from '../clock.js'
import { redraw } from '../redraw.js'
import { say, span, term } from '../words/language.js'

/**
 * @typedef {{
 *   chat: string, kind: 'text' | 'prompt', next_at: string | null,
 *   last_at: string | null, last_outcome: string | null, last_verdict: 'well' | 'open' | 'failed' | null
 * }} Schedule
 */

const TONES = { well: 'good', open: 'warn', failed: 'bad' }

/** @param {Schedule} schedule */
const nextMs = ({ next_at: at }) => (at === null ? Number.POSITIVE_INFINITY : Date.parse(at))

/** @param {Schedule} schedule */
function next(schedule) {
  const atMs = nextMs(schedule)
  if (!Number.isFinite(atMs)) return el('p', null, say('neverAgain'))
  const left = () => (atMs <= Date.now() ? say('now') : say('nextRun', { time: span(atMs - Date.now()) }))
  return el('p', null, tickingText(left), ' ', el('span', { class: 'quiet' }, dayTime(atMs)))
}

/** @param {Schedule} schedule */
function last({ last_at: at, last_outcome: outcome, last_verdict: verdict }) {
  if (at === null || outcome === null || verdict === null) return el('p', { class: 'quiet' }, say('neverRan'))
  const atMs = Date.parse(at)
  return el(
    'p',
    { class: TONES[verdict] },
    el('strong', { 'data-verdict': verdict }, term(outcome)),
    ' ',
    el('span', { class: 'quiet', title: dayTime(atMs) }, age(atMs)),
  )
}

/** @param {number} atMs */
const age = atMs => tickingText(() => say('ago', { time: span(Date.now() - atMs) }))

/** Those that come next first; without any the page has no such part. @param {Record<string, Schedule>} schedules */
export function drawSchedules(schedules) {
  const soonest = Object.entries(schedules).toSorted(([, a], [, b]) => nextMs(a) - nextMs(b))
  byId('schedules-part').hidden = soonest.length === 0
  const rows = soonest.map(([name, schedule]) =>
    el(
      'li',
      { 'data-schedule': name },
      el(
        'div',
        null,
        el('p', null, el('strong', null, name), ' ', el('span', { class: 'quiet' }, say(schedule.kind))),
        el('p', { class: 'quiet small' }, schedule.chat),
      ),
      next(schedule),
      last(schedule),
    ),
  )
  redraw(byId('schedules'), el('ul', { class: 'list schedules' }, rows))
}
