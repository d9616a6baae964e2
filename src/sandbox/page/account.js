/** The state of the account: as the gateway tells it, or, where there is none to ask, as the platform sees the bot. */
import { byId, el, fill } from './dom.js'
import { say, span, term } from './language.js'
import { platformNow, tickingText } from './time.js'

/**
 * @typedef {{
 *   state: string, since: string, error_code: string | null, error_message: string | null, hint: string | null,
 *   attempt: number, next_retry_at: string | null, generation: number, pending_in: number, pending_out: number,
 *   evidence?: { last_ack_at: string | null, ready_at: string | null }
 * }} Account
 * @typedef {{ gateway_state?: string, exit_reason?: string | null, platforms?: Record<string, Account> }} Gateway
 * @typedef {import('./api.js').SandboxState} SandboxState
 */

/** Which colour a state has. @param {string} state */
function toneOf(state) {
  if (state === 'connected') return 'good'
  if (['connecting', 'retrying', 'unverified', 'waiting', 'opened'].includes(state)) return 'warn'
  return ['paused', 'disabled'].includes(state) ? 'quiet' : 'bad'
}

/** @param {string} state @param {string} name @param {number | undefined} sinceMs */
function headline(state, name, sinceMs) {
  return el(
    'p',
    { class: `state ${toneOf(state)}` },
    el('span', { class: 'dot', 'aria-hidden': 'true' }),
    el('strong', { 'data-state': state }, term(state)),
    sinceMs !== undefined &&
      el(
        'span',
        { class: 'since' },
        tickingText(() => say('since', { time: span(Date.now() - sinceMs) })),
      ),
    el('span', { class: 'name' }, name),
  )
}

/** @param {[label: string, value: Node | string | null | undefined | false][]} rows */
function facts(rows) {
  return el(
    'dl',
    { class: 'facts' },
    rows.flatMap(([label, value]) => (value ? [el('dt', null, label), el('dd', null, value)] : [])),
  )
}

/** @param {string} at */
const countdown = at =>
  tickingText(() => {
    const leftMs = Date.parse(at) - Date.now()
    return leftMs > 0 ? say('nextIn', { time: span(leftMs) }) : say('now')
  })

/** @param {string} name @param {Account} account */
function accountCard(name, account) {
  const { state, since, attempt, next_retry_at: next, error_code: code, error_message: message, hint } = account
  const proof = account.evidence?.last_ack_at ?? account.evidence?.ready_at
  const well = state === 'connected'
  const { pending_in: waitingIn, pending_out: waitingOut } = account
  return el(
    'article',
    { 'data-account': name },
    headline(state, name, Date.parse(since)),
    facts([
      [say('cause'), (code || message) && el('span', null, code && el('code', null, code), message && ` ${message}`)],
      [say('hint'), hint],
      [say('attempt'), attempt > 0 && String(attempt)],
      [say(state === 'fatal' ? 'nextLife' : 'nextTry'), next && countdown(next)],
      [say('lastAck'), well && proof && tickingText(() => say('ago', { time: span(Date.now() - Date.parse(proof)) }))],
      [say('pending'), say('pendingCounts', { in: waitingIn, out: waitingOut })],
      [say('generation'), account.generation > 1 && String(account.generation)],
    ]),
  )
}

/** @param {Gateway} gateway */
function gatewayView({ gateway_state: state, exit_reason: reason, platforms = {} }) {
  const accounts = Object.entries(platforms)
  const process = [state && term(state), reason].filter(Boolean).join(': ')
  return [
    ...accounts.map(([name, account]) => accountCard(name, account)),
    accounts.length === 0 && el('p', { class: 'quiet' }, say('noAccounts')),
    state !== 'running' && process !== '' && facts([[say('process'), process]]),
  ]
}

/** @param {SandboxState} state */
function platformView(state) {
  return state.bots.map(bot => {
    const links = state.connections.filter(({ appId }) => appId === bot.appId || state.bots.length === 1)
    const live = links.find(({ phase, frozen }) => phase === 'live' && !frozen)
    const shownState = live ? 'connected' : links.length > 0 ? 'connecting' : 'disconnected'
    const views = links.map(({ id, phase, frozen, openedAtMs }) =>
      el(
        'div',
        null,
        tickingText(() =>
          say('linkView', { id, phase: frozen ? say('frozen') : term(phase), time: span(platformNow() - openedAtMs) }),
        ),
      ),
    )
    const sessions = bot.sessions.map(({ id, seq }) => `${id.slice(0, 8)}… s=${seq}`).join(', ')
    return el(
      'article',
      { 'data-account': bot.appId },
      headline(shownState, `${bot.name} · ${bot.appId}`, undefined),
      facts([
        [say('links'), links.length > 0 ? el('div', null, views) : say('none')],
        [say('sessions'), sessions || say('none')],
      ]),
      bot.sessions.length === 0 && links.length === 0 && el('p', { class: 'quiet' }, say('pointHere')),
    )
  })
}

export function createAccount() {
  const panel = byId('account')
  const pill = byId('pill')
  /** @type {{ gateway: Gateway | null, error?: string }} */
  let told = { gateway: null }
  /** @type {SandboxState | undefined} */
  let state
  let drawn = ''

  const drawPill = () => {
    const first = panel.querySelector('.state')
    const strong = first?.querySelector('strong')
    pill.hidden = !strong
    if (!strong) return
    pill.className = `pill ${first?.className ?? ''}`
    fill(pill, el('span', { class: 'dot', 'aria-hidden': 'true' }), strong.textContent)
  }

  const draw = () => {
    const { gateway, error } = told
    const standalone = !gateway && error === undefined
    fill(byId('account-title'), say(standalone ? 'accountStandalone' : 'account'))
    if (gateway) fill(panel, ...gatewayView(gateway))
    else if (error !== undefined) fill(panel, el('p', { class: 'error' }, say('statusSilent', { why: error })))
    else if (state) fill(panel, ...platformView(state))
    drawPill()
  }

  /** Leaves the page as it is when there is nothing new, so that a reader's selection stays. */
  const drawNews = () => {
    const news = JSON.stringify(told.gateway || told.error !== undefined ? told : [state?.bots, state?.connections])
    if (news === drawn) return
    drawn = news
    draw()
  }

  return {
    draw,
    /** @param {{ gateway: any, error?: string }} answer */
    told(answer) {
      told = answer
      drawNews()
    },
    /** @param {SandboxState} answer */
    seen(answer) {
      state = answer
      drawNews()
    },
  }
}
