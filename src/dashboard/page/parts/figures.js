/** How much is said, how long an answer takes, and what waits. */
import { byId, el, fill } from '../../../pages/dom.js'
import { say, span } from '../words/language.js'
import { svg } from './timeline.js'

/** @typedef {{ atMs: number, spanMs: number, incoming: number, outgoing: number, turnMs: number | null, replyMs: number | null }} Pulse */

const MINUTE_MS = 60_000
const BARS = 60
const WIDTH = 600
const HEIGHT = 90
const LATELY_MS = 10 * MINUTE_MS

/** @param {readonly Pulse[]} pulses @param {number} nowMs @returns {{ incoming: number, outgoing: number }[]} one for each minute, oldest first */
function minutes(pulses, nowMs) {
  const all = Array.from({ length: BARS }, () => ({ incoming: 0, outgoing: 0 }))
  for (const { atMs, incoming, outgoing } of pulses) {
    const bar = all[BARS - 1 - Math.floor((nowMs - atMs) / MINUTE_MS)]
    if (!bar) continue
    bar.incoming += incoming
    bar.outgoing += outgoing
  }
  return all
}

/** @param {readonly Pulse[]} pulses @param {number} nowMs */
function chart(pulses, nowMs) {
  const all = minutes(pulses, nowMs)
  const most = Math.max(1, ...all.flatMap(({ incoming, outgoing }) => [incoming, outgoing]))
  const step = WIDTH / BARS
  const bars = all.flatMap(({ incoming, outgoing }, at) =>
    [incoming, outgoing].map((count, side) => {
      const height = (count / most) * (HEIGHT - 4)
      return svg('rect', {
        class: side === 0 ? 'in' : 'out',
        x: at * step + 1 + (side * (step - 2)) / 2,
        y: HEIGHT - height,
        width: (step - 2) / 2,
        height,
      })
    }),
  )
  const attributes = {
    class: 'chart',
    role: 'img',
    'aria-label': say('chartLabel', { n: most }),
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
  }
  return svg('svg', attributes, ...bars)
}

/** The average of the last ten minutes. @param {readonly Pulse[]} pulses @param {'turnMs' | 'replyMs'} part @param {number} nowMs */
function lately(pulses, part, nowMs) {
  const some = pulses.flatMap(pulse => (nowMs - pulse.atMs < LATELY_MS && pulse[part] !== null ? [pulse[part]] : []))
  if (some.length === 0) return say('none')
  const ms = some.reduce((sum, each) => sum + each, 0) / some.length
  return ms < 10_000 ? `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} s` : span(ms)
}

/** @param {readonly Pulse[]} pulses @param {{ active_agents?: number, platforms?: Record<string, { pending_in: number, pending_out: number }> }} status */
export function drawFigures(pulses, status) {
  const nowMs = Date.now()
  const last = pulses.filter(({ atMs }) => nowMs - atMs < MINUTE_MS)
  const sum = (/** @type {'incoming' | 'outgoing'} */ part) => last.reduce((total, pulse) => total + pulse[part], 0)
  const queued = (/** @type {'pending_in' | 'pending_out'} */ part) =>
    Object.values(status.platforms ?? {}).reduce((total, account) => total + account[part], 0)
  /** @type {[label: string, value: string, tone?: string][]} */
  const figures = [
    [say('received'), say('perMinute', { n: sum('incoming') }), 'in'],
    [say('answered'), say('perMinute', { n: sum('outgoing') }), 'out'],
    [say('turnTime'), lately(pulses, 'turnMs', nowMs)],
    [say('replyTime'), lately(pulses, 'replyMs', nowMs)],
    [say('turns'), String(status.active_agents ?? 0)],
    [say('queues'), `${queued('pending_in')} / ${queued('pending_out')}`],
  ]
  fill(
    byId('figures'),
    el(
      'dl',
      null,
      figures.map(([label, value, tone]) => el('div', { class: tone }, el('dt', null, label), el('dd', null, value))),
    ),
    el('div', { class: 'frame' }, chart(pulses, nowMs)),
  )
}
