/** The log, line by line as it is written. */
import { byId, el, fill } from '../../../pages/dom.js'
import { dayTime } from '../clock.js'
import { say } from '../words/language.js'

/** @typedef {{ level: string, time: string, msg: string, account?: string } & Record<string, unknown>} Line */

const LEVELS = ['debug', 'info', 'warn', 'error']
const TONES = { debug: 'quiet', info: 'plain', warn: 'warn', error: 'bad' }
const MOST_LINES = 1000
const MOST_SHOWN = 300

/** @param {Line} line */
function row({ level, time, msg, ...fields }) {
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return el(
    'li',
    { class: TONES[/** @type {'info'} */ (level)] ?? 'plain' },
    el('time', null, dayTime(Date.parse(time))),
    el('b', null, level),
    el('span', null, msg, ' ', el('span', { class: 'quiet' }, rest.join('  '))),
  )
}

export function createLog() {
  /** @type {Line[]} */
  let lines = []
  let held = false
  let news = 0
  const list = byId('log')
  // What scrolls has to be in reach of the keyboard.
  list.tabIndex = 0
  /** @type {HTMLSelectElement} */
  const level = byId('log-level')
  /** @type {HTMLSelectElement} */
  const account = byId('log-account')
  /** @type {HTMLInputElement} */
  const filter = byId('log-filter')
  const hold = byId('log-pause')

  /** @param {Line} line */
  const fits = line => {
    if (LEVELS.indexOf(line.level) < LEVELS.indexOf(level.value)) return false
    if (account.value !== '' && line.account !== account.value) return false
    const wanted = filter.value.trim().toLowerCase()
    return wanted === '' || JSON.stringify(line).toLowerCase().includes(wanted)
  }
  const drawHold = () => {
    fill(hold, held ? say('goOn', { n: news }) : say('hold'))
    hold.setAttribute('aria-pressed', String(held))
  }
  const draw = () => {
    fill(list, lines.filter(fits).slice(-MOST_SHOWN).map(row))
    list.scrollTop = list.scrollHeight
    drawHold()
  }
  for (const control of [level, account]) control.addEventListener('change', draw)
  filter.addEventListener('input', draw)
  hold.addEventListener('click', () => {
    held = !held
    news = 0
    draw()
  })

  return {
    draw,
    /** @param {readonly string[]} names */
    accounts(names) {
      const wanted = account.value
      fill(
        account,
        el('option', { value: '' }, say('all')),
        names.map(name => el('option', { value: name }, name)),
      )
      account.value = names.includes(wanted) ? wanted : ''
    },
    clear() {
      lines = []
      draw()
    },
    /** @param {Line} line */
    add(line) {
      lines.push(line)
      if (lines.length > MOST_LINES) lines = lines.slice(-MOST_LINES)
      if (held) {
        news += 1
        drawHold()
      } else if (fits(line)) {
        const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
        list.append(row(line))
        while (list.children.length > MOST_SHOWN) list.firstElementChild?.remove()
        if (atEnd) list.scrollTop = list.scrollHeight
      }
    },
  }
}
