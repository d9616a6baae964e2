/** How long the bot was gone: from the loss of its link to the READY or RESUMED of the next one. */
import { byId, fill } from '../../../pages/dom.js'
import { say, span } from '../language.js'
import { clockTime } from '../time.js'

/**
 * @typedef {import('../api.js').Entry} Entry
 * @typedef {{ lostAtMs: number, backAfterMs: number, how: 'healedResumed' | 'healedReady' }} Recovery
 */

/** The word for a recovery that a blink would miss. @param {number} ms */
const brief = ms => (ms < 10_000 ? `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} s` : span(ms))

export function createRecovery() {
  const line = byId('healed')
  /** Numbers of the links that had READY or RESUMED, and are still there. @type {Set<number>} */
  const live = new Set()
  /** @type {number | undefined} */
  let lostAtMs
  /** @type {Recovery | undefined} */
  let last

  const draw = () => {
    line.hidden = !last
    line.className = 'healed good'
    if (last)
      fill(line, say('healed', { at: clockTime(last.lostAtMs), time: brief(last.backAfterMs), how: say(last.how) }))
  }

  return {
    draw,
    /** @param {Entry} entry of a connection */
    seen({ connection = 0, state, atMs }) {
      if (state === 'ready' || state === 'resumed') {
        live.add(connection)
        if (lostAtMs === undefined) return
        last = { lostAtMs, backAfterMs: atMs - lostAtMs, how: state === 'resumed' ? 'healedResumed' : 'healedReady' }
        lostAtMs = undefined
        draw()
      } else if ((state === 'closing' || state === 'closed') && live.delete(connection) && live.size === 0) {
        lostAtMs = atMs
        last = undefined
        draw()
      }
    },
  }
}
