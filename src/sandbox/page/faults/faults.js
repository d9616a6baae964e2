/** Breaking things: a button for each of the best known faults, a list of all, and what is broken now. */

import { byId, el, fill } from '../../../pages/dom.js'
import { tickingText } from '../../../pages/ticking.js'
import { ApiError, api } from '../api.js'
import { faultTitle, say, span, term } from '../language.js'
import { debounced, platformNow } from '../time.js'

/**
 * @typedef {import('../api.js').ActiveFault} ActiveFault
 * @typedef {import('../api.js').Preset} Preset
 */

/** @type {readonly { name: string, forMs?: number }[]} */
const BUTTONS = [
  { name: 'cut' },
  { name: 'close_4009' },
  { name: 'freeze' },
  { name: 'no_ack' },
  { name: 'no_ready' },
  { name: 'send_500' },
  { name: 'send_429' },
  { name: 'lost_answer' },
  { name: 'revoke_token' },
  { name: 'host_down', forMs: 20_000 },
]

/** @type {readonly { words: () => string, limits: { times?: number, forMs?: number } }[]} */
const LIMITS = [
  { words: () => say('untilMended'), limits: {} },
  { words: () => say('once'), limits: { times: 1 } },
  { words: () => say('seconds', { n: 10 }), limits: { forMs: 10_000 } },
  { words: () => say('seconds', { n: 60 }), limits: { forMs: 60_000 } },
]

/** Events of a burst are worth one look. */
const LOOK_AFTER_MS = 60
const FLASH_MS = 500

export function createFaults() {
  const buttons = byId('fault-buttons')
  const activeList = byId('active-faults')
  const about = byId('fault-about')
  const error = byId('fault-error')
  /** @type {HTMLButtonElement} */
  const mendAll = byId('mend-all')
  /** @type {HTMLSelectElement} */
  const names = byId('fault-name')
  /** @type {HTMLSelectElement} */
  const limits = byId('fault-limit')

  /** @type {readonly Preset[]} */
  let presets = []
  /** @type {readonly ActiveFault[]} */
  let active = []
  /** @type {Map<string, HTMLButtonElement>} */
  const byName = new Map()

  /** @param {() => Promise<unknown>} deed */
  const attempt = async deed => {
    try {
      await deed()
      error.hidden = true
    } catch (thrown) {
      const silent = thrown instanceof ApiError && thrown.status === 0
      error.textContent = say('faultFailed', { why: silent ? say('unreachable') : String(thrown) })
      error.hidden = false
    }
    look()
  }

  /** @param {string | undefined} name @param {string} kind */
  const titleOf = (name, kind) => {
    const known = BUTTONS.some(button => button.name === name)
    if (name !== undefined && known) return term(name)
    const preset = presets.find(each => each.name === name)
    return preset ? faultTitle(preset) : term(name ?? kind)
  }

  /** The button that the pointer or the focus is on. @type {string | undefined} */
  let pointedAt
  /** What the buttons are for, or the one that is pointed at. */
  const drawAbout = () => {
    const preset = presets.find(({ name }) => name === pointedAt)
    about.textContent = preset ? faultTitle(preset) : say(active.length > 0 ? 'somethingBroken' : 'nothingBroken')
  }

  /** @param {(typeof BUTTONS)[number]} fault */
  const toggle = fault => {
    const on = active.find(({ name }) => name === fault.name)
    return attempt(() => (on ? api.mend(on.id) : api.break(fault)))
  }

  /** @param {ActiveFault} fault */
  const chip = ({ id, name, spec, fired, untilMs }) => {
    const title = titleOf(name, spec.kind)
    const times = spec.times === undefined ? '' : say('left', { n: Math.max(0, spec.times - fired) })
    return el(
      'li',
      null,
      el('b', null, title),
      fired > 0 && el('span', null, say('struck', { n: fired })),
      times !== '' && el('span', null, times),
      untilMs !== undefined && tickingText(() => say('timeLeft', { time: span(untilMs - platformNow()) })),
      el(
        'button',
        { type: 'button', 'aria-label': say('mend', { title }), onclick: () => void attempt(() => api.mend(id)) },
        '×',
      ),
    )
  }

  const drawActive = () => {
    for (const [name, button] of byName)
      button.setAttribute('aria-pressed', String(active.some(fault => fault.name === name)))
    fill(activeList, active.map(chip))
    mendAll.disabled = active.length === 0
    drawAbout()
  }

  /** The same ones for as long as the page is open, so that none loses the focus. */
  const createButtons = () => {
    for (const fault of BUTTONS) {
      /** @param {string | undefined} name */
      const point = name => () => {
        pointedAt = name
        drawAbout()
      }
      const attributes = {
        type: 'button',
        'data-fault': fault.name,
        'aria-describedby': 'fault-about',
        onclick: () => void toggle(fault),
        onmouseenter: point(fault.name),
        onfocus: point(fault.name),
        onmouseleave: point(undefined),
        onblur: point(undefined),
      }
      byName.set(fault.name, el('button', attributes))
    }
    fill(buttons, ...byName.values())
  }

  const draw = () => {
    for (const [name, button] of byName) button.textContent = term(name)
    const chosen = names.value
    const kinds = [...new Set(presets.map(({ spec }) => spec.kind))]
    fill(
      names,
      el('option', { value: '' }, `${say('moreFaults')} …`),
      kinds.map(kind =>
        el(
          'optgroup',
          { label: term(kind) },
          presets
            .filter(({ spec }) => spec.kind === kind)
            .map(preset => el('option', { value: preset.name }, faultTitle(preset))),
        ),
      ),
    )
    names.value = chosen
    const limit = limits.value
    fill(
      limits,
      LIMITS.map(({ words }, at) => el('option', { value: at }, words())),
    )
    if (limit !== '') limits.value = limit
    drawActive()
  }

  const ask = async () => {
    try {
      const answer = await api.faults()
      const first = presets.length === 0
      presets = answer.presets
      active = answer.active
      if (first) draw()
      else drawActive()
    } catch {
      // The page says already that the sandbox does not answer.
    }
  }
  const look = debounced(() => void ask(), LOOK_AFTER_MS)

  createButtons()
  byId('fault-more').addEventListener('submit', event => {
    event.preventDefault()
    const { value: name } = names
    if (name !== '') void attempt(() => api.break({ name, ...LIMITS[Number(limits.value)]?.limits }))
  })
  mendAll.addEventListener('click', () => void attempt(() => api.mend()))

  return {
    draw,
    look,
    /** A fault has struck: its button shows it. @param {string | undefined} name */
    struck(name) {
      const button = byName.get(name ?? '')
      button?.classList.add('struck')
      setTimeout(() => button?.classList.remove('struck'), FLASH_MS)
    },
  }
}
