/** Without a gateway to ask: what the platform itself sees of each bot. */

import { el } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { say, span, term } from '../language.js'
import { platformNow } from '../time.js'
import { facts, headline } from './parts.js'

/**
 * @typedef {import('../api.js').SandboxState} SandboxState
 * @typedef {import('../api.js').Connection} Connection
 */

/** @param {Connection} link */
const linkLine = ({ id, phase, frozen, openedAtMs }) =>
  el(
    'div',
    null,
    tickingText(() =>
      say('linkView', { id, phase: frozen ? say('frozen') : term(phase), time: span(platformNow() - openedAtMs) }),
    ),
  )

/** Nobody can see whether it listens, until something is posted there. @param {string} name @param {string} appId @param {string} url */
const calledBot = (name, appId, url) =>
  el(
    'article',
    { 'data-account': appId },
    headline('unverified', `${name} · ${appId}`),
    facts([[say('calledAt'), url]]),
  )

/** @param {SandboxState} state */
export function platformView(state) {
  return state.bots.map(bot => {
    const links = state.connections.filter(({ appId }) => appId === bot.appId || state.bots.length === 1)
    const live = links.find(({ phase, frozen }) => phase === 'live' && !frozen)
    if (bot.webhook !== null) return calledBot(bot.name, bot.appId, bot.webhook)
    const shownState = live ? 'connected' : links.length > 0 ? 'connecting' : 'disconnected'
    const sessions = bot.sessions.map(({ id, seq }) => `${id.slice(0, 8)}… s=${seq}`).join(', ')
    return el(
      'article',
      { 'data-account': bot.appId },
      headline(shownState, `${bot.name} · ${bot.appId}`),
      facts([
        [say('links'), links.length > 0 ? el('div', null, links.map(linkLine)) : say('none')],
        [say('sessions'), sessions || say('none')],
      ]),
      bot.sessions.length === 0 && links.length === 0 && el('p', { class: 'quiet' }, say('pointHere')),
    )
  })
}
