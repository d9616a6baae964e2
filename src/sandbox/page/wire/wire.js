/** The wire: frames and requests as they happen, newest first. */
import { byId, fill } from '../../../pages/dom.js'
import { say } from '../language.js'
import { lineOf, wireRow } from './wire-row.js'

/**
 * @typedef {import('../api.js').Entry} Entry
 * @typedef {{ entry: Entry, line: import('./wire-row.js').Line, row: HTMLLIElement }} Shown
 */

export const WIRE_KINDS = ['frame', 'request', 'callback', 'connection', 'fault', 'undelivered']
const ROWS_KEPT = 300
/** Heartbeats, most of them hidden, must not push out what is worth seeing. */
const BEATS_KEPT = 60

export function createWire() {
  const list = byId('wire')
  const empty = byId('wire-empty')
  const pause = byId('pause')
  /** @type {Record<'frames' | 'requests' | 'calls' | 'beats', HTMLInputElement>} */
  const boxes = {
    frames: byId('show-frames'),
    requests: byId('show-requests'),
    calls: byId('show-calls'),
    beats: byId('show-beats'),
  }
  /** @type {HTMLInputElement} */
  const filter = byId('wire-filter')

  /** Oldest first. @type {Shown[]} */
  let shown = []
  /** What has come and is not on the page yet. @type {Entry[]} */
  let waiting = []
  let paused = false
  let drawAsked = false

  /** @param {Shown} item */
  const fits = ({ entry, line }) => {
    if (line.sort === 'frame' && !boxes.frames.checked) return false
    if (line.sort === 'beat' && !(boxes.beats.checked && boxes.frames.checked)) return false
    if (line.sort === 'request' && !boxes.requests.checked) return false
    if (line.sort === 'call' && !boxes.calls.checked) return false
    const wanted = filter.value.trim().toLowerCase()
    if (wanted === '') return true
    const words = `${line.title} ${line.tag} ${line.detail} ${entry.text ?? ''} ${entry.request ?? ''} ${entry.response ?? entry.answer ?? ''}`
    return words.toLowerCase().includes(wanted)
  }

  const drawEmpty = () => {
    const visible = shown.some(({ row }) => !row.hidden)
    empty.hidden = visible
    list.hidden = !visible
    empty.textContent = say(shown.length === 0 ? 'emptyWire' : 'nothingFits')
  }

  const drawPause = () => {
    pause.textContent = paused ? say('resume', { n: waiting.length }) : say('pause')
    pause.setAttribute('aria-pressed', String(paused))
  }

  /** @param {boolean} beats @param {number} limit */
  const trim = (beats, limit) => {
    const ofSort = shown.filter(({ line }) => (line.sort === 'beat') === beats)
    const dropped = new Set(ofSort.slice(0, Math.max(0, ofSort.length - limit)))
    for (const { row } of dropped) row.remove()
    if (dropped.size > 0) shown = shown.filter(item => !dropped.has(item))
  }

  /** @param {Entry} entry @returns {Shown} */
  const made = entry => {
    const line = lineOf(entry)
    const item = { entry, line, row: wireRow(entry, line) }
    item.row.hidden = !fits(item)
    return item
  }

  const takeWaiting = () => {
    drawAsked = false
    if (paused) return drawPause()
    const items = waiting.map(made)
    // Of a bot that dials there are none.
    if (items.some(({ line }) => line.sort === 'call')) byId('show-calls-box').hidden = false
    waiting = []
    list.prepend(...items.map(({ row }) => row).reverse())
    shown.push(...items)
    trim(true, BEATS_KEPT)
    trim(false, ROWS_KEPT - BEATS_KEPT)
    drawEmpty()
  }

  const askDraw = () => {
    if (drawAsked) return
    drawAsked = true
    requestAnimationFrame(takeWaiting)
  }

  /** @param {Entry[]} entries */
  const add = (...entries) => {
    waiting.push(...entries)
    if (waiting.length > ROWS_KEPT) waiting = waiting.slice(-ROWS_KEPT)
    askDraw()
  }

  const refilter = () => {
    for (const item of shown) item.row.hidden = !fits(item)
    drawEmpty()
  }
  for (const box of Object.values(boxes)) box.addEventListener('change', refilter)
  filter.addEventListener('input', refilter)
  pause.addEventListener('click', () => {
    paused = !paused
    drawPause()
    askDraw()
  })

  return {
    add,
    /** Draws everything anew, in the language of now. */
    draw() {
      shown = shown.map(({ entry }) => made(entry))
      fill(list, shown.map(({ row }) => row).reverse())
      drawPause()
      drawEmpty()
    },
  }
}
