/** A card for each account: its state, what it rests on and how old that is, what waits, and what can be done. */
import { causeAndCure } from '../../../pages/cause-and-cure.js'
import { limitInChinese } from '../../../pages/causes.js'
import { byId, el } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { toneOf } from '../../../pages/tones.js'
import { change } from '../link.js'
import { redraw } from '../redraw.js'
import { told } from '../toast.js'
import { languageNow, say, span, term } from '../words/language.js'

/**
 * @typedef {{
 *   state: string, since: string, error_code: string | null, error_message: string | null, hint: string | null,
 *   attempt: number, next_retry_at: string | null, generation: number, pending_in: number, pending_out: number,
 *   access?: string, access_zh?: string, limits?: Record<string, string>,
 *   shards?: Pick<Account, 'state' | 'since' | 'error_code' | 'next_retry_at'>[],
 *   proof?: 'calls', evidence: { ready_at: string | null, last_ack_at: string | null, last_event_at: string | null, last_send_at: string | null }
 * }} Account
 */

/** @param {string} at */
const age = at => tickingText(() => say('ago', { time: span(Date.now() - Date.parse(at)) }))

/** @param {Pick<Account, 'state' | 'next_retry_at'>} link */
function countdown({ next_retry_at: at, state }) {
  if (at === null) return null
  return tickingText(() => {
    const leftMs = Date.parse(at) - Date.now()
    if (leftMs <= 0) return say('now')
    return say(state === 'fatal' ? 'nextLife' : 'next', { time: span(Math.ceil(leftMs / 1000) * 1000) })
  })
}

/** @param {string} name @param {Account} account */
function buttons(name, { state }) {
  /** @param {'pause' | 'resume' | 'restart'} verb */
  const button = verb =>
    el(
      'button',
      {
        type: 'button',
        'data-focus': `${verb} ${name}`,
        'aria-label': say(`${verb}Of`, { account: name }),
        onclick: () => void told(change(`/${verb}`, { account: name })),
      },
      say(verb),
    )
  if (state === 'disabled') return null
  const rests = state === 'paused' || state === 'fatal'
  return el(
    'div',
    { class: 'buttons' },
    rests && button('resume'),
    state !== 'paused' && button('pause'),
    !rests && button('restart'),
  )
}

/** Of several connections: how many are well, and a line for each of the others. @param {NonNullable<Account['shards']>} shards */
function connections(shards) {
  const others = shards.flatMap((shard, index) => (shard.state === 'connected' ? [] : [{ shard, index }]))
  const well = shards.length - others.length
  return el(
    'ul',
    { class: 'shards' },
    el('li', null, say('shards', { well, all: shards.length })),
    others.map(({ shard, index }) =>
      el(
        'li',
        { 'data-shard': String(index) },
        say('shard', { index }),
        el('strong', { 'data-state': shard.state }, term(shard.state)),
        shard.error_code,
        tickingText(() => say('since', { time: span(Date.now() - Date.parse(shard.since)) })),
        el('span', { class: 'next' }, countdown(shard)),
      ),
    ),
  )
}

/** @param {string} name @param {Account} account */
function card(name, account) {
  const { state, since, evidence, proof, attempt, generation, pending_in: pendingIn, pending_out: pendingOut } = account
  const inChinese = languageNow() === 'zh'
  const access = inChinese ? (account.access_zh ?? account.access) : account.access
  /** @type {[label: string, value: Node | string][]} */
  const rows = [
    ...Object.entries({
      // No link, and no heartbeat: the platform calls.
      [proof ? 'apiAnswered' : 'ready']: evidence.ready_at,
      [proof ? 'challenge' : 'ack']: evidence.last_ack_at,
      [proof ? 'callback' : 'event']: evidence.last_event_at,
      send: evidence.last_send_at,
    }).map(
      ([what, at]) =>
        /** @type {[string, Node | string]} */ ([
          say(/** @type {'ready'} */ (what)),
          at === null ? say('never') : age(at),
        ]),
    ),
    [say('queueIn'), String(pendingIn)],
    [say('queueOut'), String(pendingOut)],
    [say('generation'), String(generation)],
    ...(attempt > 0 ? [/** @type {[string, string]} */ ([say('attempt'), String(attempt)])] : []),
  ]
  return el(
    'article',
    { class: `card ${toneOf(state)}`, 'data-account': name },
    el(
      'div',
      { class: 'state' },
      el('span', { class: 'dot', 'aria-hidden': 'true' }),
      el('h3', null, name),
      el('strong', { 'data-state': state }, term(state)),
      el(
        'span',
        { class: 'since' },
        tickingText(() => say('since', { time: span(Date.now() - Date.parse(since)) })),
      ),
      el('span', { class: 'next' }, countdown(account)),
    ),
    causeAndCure(account, toneOf(state), languageNow()),
    el(
      'dl',
      { class: 'facts' },
      rows.map(([label, value]) => el('div', null, el('dt', null, label), el('dd', null, value))),
    ),
    account.shards && connections(account.shards),
    Object.entries(account.limits ?? {}).map(([what, words]) =>
      el('p', { class: 'quiet' }, inChinese ? limitInChinese(what, words) : words),
    ),
    access && el('p', { class: 'quiet' }, access),
    buttons(name, account),
  )
}

/** @param {Record<string, Account>} platforms */
export function drawAccounts(platforms) {
  const cards = Object.entries(platforms).map(([name, account]) => card(name, account))
  redraw(byId('accounts'), cards.length > 0 ? cards : el('p', { class: 'quiet' }, say('noAccounts')))
}
