/** For a bot that the platform calls: the console's challenge, and posts that it must not take for the platform's word. */

import { byId, el, fill } from '../../../pages/dom.js'
import { ApiError, api } from '../api.js'
import { say } from '../language.js'

/**
 * @typedef {import('../language.js').Key} Key
 * @typedef {'validation' | 'wrong_signature' | 'unsigned' | 'stale' | 'replay'} What
 */

/** @type {Record<What, Key>} */
export const CALLBACK_WORDS = {
  validation: 'callValidation',
  wrong_signature: 'callWrongSignature',
  unsigned: 'callUnsigned',
  stale: 'callStale',
  replay: 'callReplay',
}

/**
 * What came of a post, in words, and whether that is as it should be.
 * @param {string | undefined} what what was special about it
 * @param {{ status?: number, kept?: boolean }} answer
 * @returns {{ words: string, well: boolean }}
 */
export function verdictOf(what, { status, kept = false }) {
  if (status === undefined) return { words: say('noAnswer'), well: false }
  if (what === 'validation') return { words: say(kept ? 'callRight' : 'callWrong'), well: kept }
  if (what === 'replay') return { words: say(kept ? 'callKnown' : 'callRefused'), well: true }
  if (what === 'wrong_signature' || what === 'unsigned' || what === 'stale')
    return { words: say(kept ? 'callFooled' : 'callRefused'), well: !kept }
  // That it was taken is said by its status.
  return { words: kept ? '' : say('callAgain'), well: kept }
}

export function createCallbacks() {
  const box = byId('callbacks')
  const buttons = byId('callback-buttons')
  const said = byId('callback-said')
  /** @type {string | undefined} */
  let appId
  /** @type {() => { words: string, well: boolean }} */
  let told = () => ({ words: '', well: true })

  const drawTold = () => {
    const { words, well } = told()
    said.textContent = words
    said.className = well ? 'well' : 'bad'
  }

  /** @param {What} what */
  const send = async what => {
    try {
      const answer = await api.callback({ what, appId })
      told = () => {
        const { words, well } = verdictOf(what, answer)
        const status = answer.status === undefined ? '' : ` (${answer.status})`
        return { words: `${say(CALLBACK_WORDS[what])}: ${words}${status}`, well }
      }
    } catch (thrown) {
      const silent = thrown instanceof ApiError && thrown.status === 0
      const why = silent ? say('unreachable') : String(thrown instanceof Error ? thrown.message : thrown)
      told = () => ({ words: say('faultFailed', { why }), well: false })
    }
    drawTold()
  }

  const draw = () => {
    const all = /** @type {[What, Key][]} */ (Object.entries(CALLBACK_WORDS))
    fill(
      buttons,
      all.map(([what, word]) =>
        el('button', { type: 'button', 'data-callback': what, onclick: () => void send(what) }, say(word)),
      ),
    )
    drawTold()
  }

  return {
    draw,
    /** @param {import('../api.js').BotState | undefined} bot the one that is looked at */
    seen(bot) {
      box.hidden = !bot?.webhook
      appId = bot?.appId
    },
  }
}
