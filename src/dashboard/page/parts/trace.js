/** What became of one message, from the frame to the platform's last answer. */
import { byId, el, fill } from '../../../pages/dom.js'
import { toneOf } from '../../../pages/tones.js'
import { dayTime } from '../clock.js'
import { CallError, call } from '../link.js'
import { onLanguage, say, term } from '../words/language.js'

/** @param {any} trace */
function timeline({ inbox, outbox }) {
  /** @type {{ atMs: number, what: string, tone?: string }[]} */
  const events = []
  if (inbox) events.push({ atMs: inbox.receivedAtMs, what: say('traceReceived') })
  for (const row of outbox) {
    const what = `out:${row.id}`
    events.push({ atMs: row.createdAtMs, what: say('traceWritten', { what, form: row.form }) })
    const detail = [row.detail?.status, row.detail?.code, row.detail?.message].filter(Boolean).join(' ')
    if (row.settledAtMs !== null)
      events.push({
        atMs: row.settledAtMs,
        what: `${say('traceOutcome', { what, outcome: term(row.state) })}${detail ? ` (${detail})` : ''}`,
        tone: toneOf(row.state),
      })
  }
  return events.sort((a, b) => a.atMs - b.atMs)
}

/** @type {Record<string, 'traceWaiting' | 'traceRunning' | 'traceReplying'>} */
const OPEN = { queued: 'traceWaiting', running: 'traceRunning', replying: 'traceReplying' }

/** @param {{ state: string, end: string | null, detail: string | null }} inbox */
function stateOf({ state, end, detail }) {
  const open = OPEN[state]
  if (end === null || open !== undefined) return say(open ?? 'traceWaiting')
  return `${say('traceEnd', { end: term(end) })}${detail ? ` (${detail})` : ''}`
}

/** @param {any} trace */
function view(trace) {
  const { inbox } = trace
  return [
    inbox && el('p', { class: 'words' }, inbox.message.text || say('cleared')),
    inbox &&
      el(
        'p',
        { class: 'quiet small' },
        `${inbox.message.chat.account}:${inbox.message.chat.kind}:${inbox.message.chat.id} · ${inbox.message.sender.id}`,
      ),
    el(
      'ol',
      { class: 'changes' },
      timeline(trace).map(({ atMs, what, tone = 'quiet' }) =>
        el('li', { class: tone }, el('time', null, dayTime(atMs)), el('span', null, what)),
      ),
    ),
    inbox && el('p', null, el('strong', null, stateOf(inbox))),
  ]
}

export function createTrace() {
  /** @type {HTMLInputElement} */
  const field = byId('trace-id')
  const place = byId('trace')
  /** @type {any} */
  let shown

  const look = async () => {
    shown = undefined
    try {
      shown = await call('GET', `/trace?id=${encodeURIComponent(field.value.trim())}`)
      draw()
    } catch (thrown) {
      const missing = thrown instanceof CallError && thrown.status === 404
      const why = thrown instanceof Error ? thrown.message : String(thrown)
      fill(place, el('p', { class: 'error' }, missing ? say('notFound') : why))
    }
  }
  const draw = () => {
    if (shown) fill(place, ...view(shown))
  }
  byId('trace-form').addEventListener('submit', event => {
    event.preventDefault()
    void look()
  })
  onLanguage(draw)
}
