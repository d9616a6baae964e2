/** The state of the account: as the gateway tells it, or, where there is none to ask, as the platform sees the bot. */

import { byId, el, fill } from '../../../pages/dom.js'
import { say } from '../language.js'
import { gatewayView } from './gateway.js'
import { platformView } from './platform.js'

/**
 * @typedef {import('./gateway.js').Gateway} Gateway
 * @typedef {import('../api.js').SandboxState} SandboxState
 */

export function createAccount() {
  const panel = byId('account')
  const pill = byId('pill')
  /** @type {{ gateway: Gateway | null, error?: string }} */
  let told = { gateway: null }
  /** Once a gateway has told its state, its silence is news. */
  let everTold = false
  /** @type {SandboxState | undefined} */
  let state
  let drawn = ''

  const drawPill = () => {
    const first = panel.querySelector('.state')
    const words = first?.querySelector('strong')?.textContent
    pill.hidden = !words
    if (!words) return
    pill.className = `pill ${first?.className ?? ''}`
    fill(pill, el('span', { class: 'dot', 'aria-hidden': 'true' }), words)
  }

  const draw = () => {
    const { gateway, error } = told
    const silent = error !== undefined ? say('statusSilent', { why: error }) : everTold ? say('statusGone') : undefined
    fill(byId('account-title'), say(gateway || silent !== undefined ? 'account' : 'accountStandalone'))
    if (gateway) fill(panel, gatewayView(gateway))
    else if (silent !== undefined) fill(panel, el('p', { class: 'error', role: 'status' }, silent))
    else if (state) fill(panel, platformView(state))
    drawPill()
  }

  /** Leaves the page as it is when there is nothing new, so that a reader's selection stays. */
  const drawNews = () => {
    const news = JSON.stringify(everTold || told.error !== undefined ? told : [state?.bots, state?.connections])
    if (news === drawn) return
    drawn = news
    draw()
  }

  return {
    draw,
    /** @param {{ gateway: any, error?: string }} answer */
    told(answer) {
      told = answer
      everTold ||= answer.gateway !== null
      drawNews()
    },
    /** @param {SandboxState} answer */
    seen(answer) {
      state = answer
      drawNews()
    },
  }
}
