/** Puts the page together: one stream of what is true, handed round to its parts. */
import { causeOf } from '../../pages/causes.js'
import { byId, fill } from '../../pages/dom.js'
import { tickingText } from '../../pages/ticking.js'
import { toneOf } from '../../pages/tones.js'
import { clockTime, dayTime } from './clock.js'
import { listen } from './link.js'
import { drawAccounts } from './parts/accounts.js'
import { drawDead } from './parts/dead.js'
import { drawFigures } from './parts/figures.js'
import { createLog } from './parts/log.js'
import { drawPeople } from './parts/people.js'
import { drawSchedules } from './parts/schedules.js'
import { createTimeline } from './parts/timeline.js'
import { createTrace } from './parts/trace.js'
import { languageNow, onLanguage, say, span, switchLanguage, term, translatePage } from './words/language.js'

const REDRAW_MS = 30_000
/** A page that is opened, or a process that starts, gets so long before it is said that nobody answers. */
const PATIENCE_MS = 2_500

const timeline = createTimeline()
const log = createLog()
createTrace()

/** What was told last, by topic. @type {{ status?: any, history?: any, dead?: any, pairing?: any, pulses?: any }} */
const told = {}
let heardAtMs = 0
let isReachable = false
/** Why the gateway, which is there, tells this page nothing. @type {string | undefined} */
let refused

/** @param {string} name @param {string | null} error the code first, then the agent's own words */
function agentFails(name, error) {
  const known = languageNow() === 'zh' ? causeOf(error?.split(':', 1)[0] ?? '', 'zh') : undefined
  return say('agentFails', { name, why: [known?.what, error].filter(Boolean).join(': ') })
}

function drawHead() {
  const { status } = told
  if (!status) return
  const pill = byId('gateway-state')
  pill.className = `pill ${toneOf(status.gateway_state)}`
  fill(pill, term(status.gateway_state))
  document.title = `Herald: ${term(status.gateway_state)}`
  const up = () => span(Date.now() - Date.parse(status.start_time))
  fill(
    byId('process'),
    tickingText(() => say('process', { version: status.version, pid: status.pid, up: up() })),
  )
  const { error, since, next_start: later = [] } = status.settings ?? {}
  const { agents = {}, state_file: stateFile = 'ok', alerts = 'ok' } = status
  const notes = [
    ...Object.entries(agents).map(([name, its]) => its.state === 'failing' && agentFails(name, its.error)),
    stateFile !== 'ok' && say('partFails', { what: say('stateFile'), why: stateFile }),
    alerts !== 'ok' && say('partFails', { what: say('alerts'), why: alerts }),
    error && say('refusedSettings', { since: dayTime(Date.parse(since)), why: error }),
    later.length > 0 && say('nextStart', { what: later.join(', ') }),
  ].filter(Boolean)
  byId('settings').hidden = notes.length === 0
  fill(byId('settings'), notes.join(' '))
}

/** What each topic draws. @type {Record<string, () => void>} */
const parts = {
  status() {
    drawHead()
    drawAccounts(told.status.platforms)
    drawSchedules(told.status.schedules ?? {})
    log.accounts(Object.keys(told.status.platforms))
    if (told.pulses) parts['pulses']?.()
  },
  history: () => timeline.told(told.history),
  dead: () => drawDead(told.dead.entries),
  pairing: () => drawPeople(told.pairing.accounts),
  pulses: () => drawFigures(told.pulses, told.status ?? {}),
}

/** @param {string} name @param {any} data */
function heard(name, data) {
  heardAtMs = Date.now()
  if (name === 'new process') log.clear()
  else if (name === 'log') log.add(data)
  const draw = parts[name]
  if (!draw) return
  told[/** @type {keyof typeof told} */ (name)] = data
  draw()
}

function drawLost() {
  const banner = byId('lost')
  banner.hidden = isReachable
  document.body.classList.toggle('stale', !isReachable)
  if (isReachable) return
  const words = () => {
    if (refused !== undefined) return say('pageRefused', { why: refused })
    if (heardAtMs === 0) return say('neverFound')
    return say('lost', { time: clockTime(heardAtMs), ago: span(Date.now() - heardAtMs) })
  }
  fill(banner, tickingText(words))
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let patience = setTimeout(drawLost, PATIENCE_MS)

byId('language').addEventListener('click', switchLanguage)
onLanguage(() => {
  for (const [name, draw] of Object.entries(parts)) if (name in told) draw()
  log.draw()
  if (!byId('lost').hidden) drawLost()
})
translatePage()
setInterval(() => {
  timeline.draw()
  if (told.pulses) parts['pulses']?.()
}, REDRAW_MS)
listen({
  event: heard,
  reachable(yes, refusal) {
    isReachable = yes
    refused = refusal
    if (!yes) {
      // Every failed try says so anew; patience is counted from the first.
      patience ??= setTimeout(drawLost, PATIENCE_MS)
      return
    }
    clearTimeout(patience)
    patience = undefined
    drawLost()
  },
})
