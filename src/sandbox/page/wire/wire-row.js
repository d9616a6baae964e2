/** What a frame, a request or anything else on the wire looks like in one line, and in full. */
import { el } from '../../../pages/dom.js'
import { CALLBACK_WORDS, verdictOf } from '../faults/callbacks.js'
import { faultTitle, say, term } from '../language.js'
import { clockTimeMs } from '../time.js'

/**
 * @typedef {import('../api.js').Entry} Entry
 * @typedef {{ sort: 'frame' | 'beat' | 'request' | 'call' | 'note', arrow: string, tone: string, title: string, tag: string,
 *   detail: string, full: () => string }} Line
 */

const OPS = new Map([
  [1, 'HEARTBEAT'],
  [2, 'IDENTIFY'],
  [6, 'RESUME'],
  [7, 'RECONNECT'],
  [9, 'INVALID SESSION'],
  [10, 'HELLO'],
  [11, 'HEARTBEAT ACK'],
])
const BEATS = new Set([1, 11])

/** @param {string | undefined} text @returns {any} undefined when it is no JSON (or was cut) */
function parsed(text) {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** @param {string | undefined} text */
function pretty(text = '') {
  const value = parsed(text)
  return value === undefined ? text : JSON.stringify(value, null, 2)
}

/** Ids in a path say nothing to the eye. @param {string} path */
function shortPath(path) {
  return path.replace(/\/[\w.~%-]{16,}/g, part => (/\d/.test(part) ? `/${part.slice(1, 5)}…` : part))
}

/** A long frame is cut in the log; what it is stands in front. @param {string} text @returns {any} */
function beginningOf(text) {
  const [, op, s, t] = /^\{"op":(\d+)(?:,"s":(\d+))?(?:,"t":"(\w+)")?/.exec(text) ?? []
  if (op === undefined) return undefined
  const [, content = ''] = /"content":("(?:[^"\\]|\\.){0,200})/.exec(text) ?? []
  return { op: Number(op), ...(s && { s: Number(s) }), t, d: { content: parsed(`${content}"`) } }
}

/** @param {any} frame */
function frameDetail({ op, d, t }) {
  if (op === 10) return d?.heartbeat_interval === undefined ? '' : `every ${d.heartbeat_interval} ms`
  if (op === 2) return `intents ${d?.intents}`
  if (op === 6) return `after s=${d?.seq}`
  if (op === 1) return `s=${d}`
  if (op === 9) return `resumable: ${d}`
  if (t === 'READY') return `session ${String(d?.session_id).slice(0, 8)}…`
  return typeof d?.content === 'string' ? d.content : ''
}

/** @param {Entry} entry @returns {Line} */
function frameLine({ direction, text = '', connection, sizeBytes }) {
  const frame = parsed(text) ?? beginningOf(text)
  const { op, s, t } = frame ?? {}
  const title = t ?? OPS.get(op) ?? (frame === undefined ? '?' : `op ${op}`)
  return {
    sort: BEATS.has(op) ? 'beat' : 'frame',
    arrow: direction === 'in' ? '↑' : '↓',
    tone: direction === 'in' ? 'up' : op === 9 || op === 7 ? 'bad' : 'down',
    title,
    tag: typeof s === 'number' ? `s=${s}` : '',
    detail: frame === undefined ? text.slice(0, 200) : frameDetail(frame),
    full: () => `link ${connection}, ${sizeBytes} bytes\n${pretty(text)}`,
  }
}

/** @param {Entry} entry @returns {Line} */
function requestLine(entry) {
  const { method, path = '', status, outcome, processed, request, response, traceId } = entry
  const asked = parsed(request)
  const answered = parsed(response)
  const failed = status === undefined || status >= 400 || (answered?.code ?? 0) !== 0
  const words = failed ? (answered?.message ?? '') : (asked?.markdown?.content ?? asked?.content ?? '')
  return {
    sort: 'request',
    arrow: '↑',
    tone: failed ? 'bad' : 'up',
    title: `${method} ${shortPath(path)}`,
    tag: status === undefined ? say('noAnswer') : `${status}`,
    detail: String(words),
    full: () =>
      [
        `${method} ${path}`,
        pretty(request),
        `⇒ ${status ?? outcome}${processed ? '' : ' (no effect)'} trace ${traceId}`,
        pretty(response),
      ]
        .filter(Boolean)
        .join('\n'),
  }
}

/** A post to the bot's webhook. @param {Entry} entry @returns {Line} */
function callLine(entry) {
  const { type = '', status, attempt = 1, spoilt, request, answer, tookMs = 0 } = entry
  const isChallenge = type === 'validation'
  const { words, well } = verdictOf(isChallenge ? type : spoilt, entry)
  const marks = Object.entries(CALLBACK_WORDS).flatMap(([what, word]) => (what === spoilt ? [say(word)] : []))
  const content = parsed(request)?.d?.content
  const parts = [
    ...marks,
    words,
    ...(attempt > 1 ? [say('callTry', { n: attempt })] : []),
    `${tookMs} ms`,
    ...(typeof content === 'string' ? [content] : []),
  ]
  return {
    sort: 'call',
    arrow: '↓',
    tone: well ? (isChallenge || spoilt !== undefined ? 'good' : 'down') : 'bad',
    title: isChallenge ? say('callValidation') : type,
    tag: status === undefined ? say('noAnswer') : String(status),
    detail: parts.filter(part => part !== '' && part !== say('noAnswer')).join(' · '),
    full: () =>
      [pretty(request), `⇒ ${status ?? say('noAnswer')}, ${tookMs} ms`, pretty(answer)].filter(Boolean).join('\n'),
  }
}

/** @type {Record<string, import('../language.js').Key>} */
const LINK_STATES = {
  opened: 'linkOpened',
  ready: 'linkReady',
  resumed: 'linkResumed',
  closing: 'linkClosing',
  closed: 'linkClosed',
}
/** @type {Record<string, import('../language.js').Key>} */
const FAULT_CHANGES = { on: 'faultOn', fired: 'faultFired', off: 'faultOff' }

/** @param {Entry} entry @returns {Line} */
function noteLine(entry) {
  const full = () => JSON.stringify(entry, null, 2)
  if (entry.kind === 'connection') {
    const { state = '', connection = 0, code, reason } = entry
    const ended = state === 'closing' || state === 'closed'
    const title = say(LINK_STATES[state] ?? 'linkOpened', { id: connection })
    const detail = [code, reason].filter(Boolean).join(' ')
    return { sort: 'note', arrow: '•', tone: ended ? 'bad' : 'good', title, tag: '', detail, full }
  }
  if (entry.kind === 'fault') {
    const { name = '', spec } = entry.fault ?? {}
    const detail = faultTitle({ name, title: term(name || (spec?.kind ?? '')) })
    const over = entry.change === 'off'
    const title = say(FAULT_CHANGES[entry.change ?? ''] ?? 'faultOn')
    return { sort: 'note', arrow: '⚡', tone: over ? 'good' : 'bad', title, tag: '', detail, full }
  }
  return { sort: 'note', arrow: '∅', tone: 'bad', title: String(entry.type), tag: '', detail: say('undelivered'), full }
}

/** @param {Entry} entry @returns {Line} */
export function lineOf(entry) {
  if (entry.kind === 'frame') return frameLine(entry)
  if (entry.kind === 'callback') return callLine(entry)
  return entry.kind === 'request' ? requestLine(entry) : noteLine(entry)
}

/** @param {Entry} entry @param {Line} line @returns {HTMLLIElement} */
export function wireRow(entry, line) {
  const full = el('pre', { tabindex: 0 })
  const open = () => {
    if (full.textContent === '') full.textContent = line.full()
  }
  return el(
    'li',
    { class: `row ${line.sort} ${line.tone}` },
    el(
      'details',
      { ontoggle: open },
      el(
        'summary',
        null,
        el('time', null, clockTimeMs(entry.atMs)),
        el('span', { class: 'arrow' }, line.arrow),
        el('span', { class: 'title' }, line.title),
        line.tag !== '' && el('span', { class: 'tag' }, line.tag),
        el('span', { class: 'detail' }, line.detail.slice(0, 200)),
      ),
      full,
    ),
  )
}
