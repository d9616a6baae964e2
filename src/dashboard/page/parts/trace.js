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

/** @param {any} trace */
function view(trace) {
  const { inbox } = trace
  const state =
    inbox && (inbox.end === null ? say('traceOpen', { state: inbox.state }) : say('traceEnd', { end: inbox.end }))
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
    state && el('p', null, el('strong', null, state)),
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
      fill(place, el('p', { class: 'error' }, missing ? say('notFound') : String(thrown)))
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
