/** The gateway's status document (src/gateway/status/status-document.ts), as a person reads it. */

import { causeAndCure } from '../../../pages/cause-and-cure.js'
import { el } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { toneOf } from '../../../pages/tones.js'
import { languageNow, say, span, term } from '../language.js'
import { facts, headline } from './parts.js'

/**
 * @typedef {{
 *   state: string, since: string, error_code: string | null, error_message: string | null, hint: string | null,
 *   attempt: number, next_retry_at: string | null, generation: number, pending_in: number, pending_out: number,
 *   access?: string, access_zh?: string,
 *   evidence?: { last_ack_at: string | null, ready_at: string | null, last_event_at: string | null }
 * }} Account
 * @typedef {{ gateway_state?: string, exit_reason?: string | null, expires_at?: string,
 *   platforms?: Record<string, Account> }} Gateway
 */

/** @param {string} at @param {boolean} isLife whether a new life begins then, or a try within this one */
const countdown = (at, isLife) =>
  tickingText(() => {
    const leftMs = Date.parse(at) - Date.now()
    if (leftMs <= 0) return say(isLife ? 'nextLifeNow' : 'nextTryNow')
    // Rounded up: there is no "in 0 s".
    return say(isLife ? 'nextLife' : 'nextTry', { time: span(Math.ceil(leftMs / 1000) * 1000) })
  })

/** @param {string} name @param {Account} account */
function accountCard(name, account) {
  const { state, since, attempt, next_retry_at: next } = account
  const access = languageNow() === 'zh' ? (account.access_zh ?? account.access) : account.access
  const proof = account.evidence?.last_ack_at ?? account.evidence?.ready_at
  const well = state === 'connected'
  // Where there is no heartbeat, what last came in is the best that is known.
  const event = (state === 'unverified' || !account.evidence?.last_ack_at) && account.evidence?.last_event_at
  const { pending_in: pendingIn, pending_out: pendingOut } = account
  return el(
    'article',
    { 'data-account': name },
    headline(state, name, Date.parse(since), !well && next !== null && countdown(next, state === 'fatal')),
    !well && causeAndCure(account, toneOf(state), languageNow()),
    facts([
      [say('attempt'), attempt > 0 && String(attempt)],
      [
        say('lastProof'),
        well && proof && tickingText(() => say('ago', { time: span(Date.now() - Date.parse(proof)) })),
      ],
      [say('lastEvent'), event && tickingText(() => say('ago', { time: span(Date.now() - Date.parse(event)) }))],
      [say('pendingIn'), pendingIn > 0 && String(pendingIn)],
      [say('pendingOut'), pendingOut > 0 && String(pendingOut)],
      [say('generation'), account.generation > 1 && String(account.generation)],
    ]),
    access && el('p', { class: 'access quiet' }, access),
  )
}

/** What the process says of itself, when that is more than its accounts do. @param {Gateway} gateway */
function processFacts({ gateway_state: state, exit_reason: reason }) {
  const words = [state && term(state), reason].filter(Boolean).join(': ')
  const saysMore = state !== 'running' && state !== 'degraded' && words !== ''
  return saysMore && facts([[say('process'), words]])
}

/** @param {Gateway} gateway */
export function gatewayView(gateway) {
  const accounts = Object.entries(gateway.platforms ?? {})
  const expiresAtMs = Date.parse(gateway.expires_at ?? '')
  // NaN compares as false: without a date there is nothing to be late for.
  const staleness = () => {
    const lateMs = Date.now() - expiresAtMs
    return lateMs > 0 ? say('statusOld', { time: span(lateMs) }) : ''
  }
  return [
    ...accounts.map(([name, account]) => accountCard(name, account)),
    accounts.length === 0 && el('p', { class: 'quiet' }, say('noAccounts')),
    processFacts(gateway),
    el('p', { class: 'error stale' }, tickingText(staleness)),
  ]
}
