/** Finds the place of one cut: paragraph, line, sentence, word, else between two characters as a reader counts them. */
import type { Line, Seam } from './blocks.ts'
import type { CodePoints } from './code-points.ts'

export interface CutRequest {
  readonly text: string
  /** Where the text ends. */
  readonly end: number
  readonly points: CodePoints
  readonly lines: readonly Line[]
  /** Where the piece begins. */
  readonly start: number
  /** Code points that the piece may have. */
  readonly room: number
  /** A sensible place is looked for from this share of the room upwards. */
  readonly fill: number
  readonly boundaries: Boundaries
}

export interface Cut {
  /** Where the shown part of the piece ends, and what closes it. */
  readonly end: number
  readonly close: string
  /** Where the next piece begins, and what opens it. */
  readonly next: number
  readonly reopen: string
}

/** Whether a position lies between two grapheme clusters. */
export interface Boundaries {
  isBoundary(at: number): boolean
  /** The nearest boundary at or before `at`, after the start; `at` itself where one cluster fills it all. */
  floor(at: number): number
}

/** In a code fence or a table a cut between lines is worth a shorter piece. */
const SMALLEST_BLOCK_FILL = 0.25
const MOST_CLOSERS = 4
const TRIES_BESIDE_A_MARKER = 12

let graphemes: Intl.Segmenter | undefined

/** What people see as one character. The tables for it are dear to load, and a start has no text to cut. */
function clustersOf(text: string): Intl.Segments {
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return graphemes.segment(text)
}

/** For positions from `start` to a little after `end`. */
export function createBoundaries(text: string, start: number, end: number): Boundaries {
  const slice = text.slice(start, end + 2)
  let segments: Intl.Segments | undefined
  const clusterStart = (at: number): number => {
    segments ??= clustersOf(slice)
    const found = segments.containing(at - start)
    return found ? found.index + start : at
  }
  return {
    isBoundary: at => clusterStart(at) === at,
    floor(at) {
      const found = clusterStart(at)
      return found > start ? found : at
    },
  }
}

export function findCut(request: CutRequest): Cut {
  const { lines, points, start, room, fill } = request
  let high = points.after(start, room)
  const low = points.after(start, Math.floor(room * fill))
  const at = lineAt(lines, high)
  const between = (floor: number, suits: (index: number) => boolean): Cut | undefined => {
    for (let index = Math.min(at + 1, lines.length - 1); index > 0; index--) {
      const place = lines[index]?.start ?? 0
      if (place <= Math.max(floor, start)) return undefined
      if (suits(index) && fits(request, index)) return finish(request, place, index)
    }
    return undefined
  }
  const here = lines[at]
  const inBlock = here?.seam !== undefined
  const lowest = inBlock ? Math.min(low, points.after(start, Math.floor(room * SMALLEST_BLOCK_FILL))) : low
  const found = between(low, index => isParagraph(lines, index)) ?? between(lowest, index => isLineBreak(lines, index))
  if (found) return found
  if (here?.kind === 'fence_body' || here?.kind === 'fence_close') {
    high = points.after(start, Math.max(1, room - (here.seam?.close.length ?? 0)))
  }
  return cutLine(request, low, high)
}

/** No line ends at a sensible place: the cut goes through a line, or, where that would tear a marker, before it. */
function cutLine(request: CutRequest, low: number, high: number): Cut {
  const { text, lines, start } = request
  const index = lineAt(lines, high)
  const line = lines[index]
  if (!line) return finish(request, high, index)
  if (line.start > start && isSolid(text, line)) return finish(request, line.start, index)
  const floor = Math.max(low, line.start + 1, start + 1)
  const place =
    (line.kind === 'text' ? lastPlace(request, floor, high, endsSentence) : undefined) ??
    lastPlace(request, floor, high, endsWord) ??
    betweenCharacters(request, floor, high)
  return finish(request, place, lineAt(lines, place))
}

function lastPlace(
  request: CutRequest,
  floor: number,
  high: number,
  suits: (text: string, at: number) => boolean,
): number | undefined {
  const { text, boundaries } = request
  for (let at = high; at >= floor; at--) {
    if (suits(text, at) && boundaries.isBoundary(at) && !startsMarker(text, at)) return at
  }
  return undefined
}

function betweenCharacters({ text, boundaries }: CutRequest, floor: number, high: number): number {
  const best = boundaries.floor(high)
  let place = best
  for (let tries = 0; tries < TRIES_BESIDE_A_MARKER && startsMarker(text, place); tries++) {
    if (place - 1 <= floor) return best
    place = boundaries.floor(place - 1)
    if (!boundaries.isBoundary(place)) return best
  }
  return startsMarker(text, place) ? best : place
}

/** Passes over the white space of the cut, and over the end of a fence that the cut closes itself. */
function finish({ text, end, lines, start, boundaries }: CutRequest, place: number, index: number): Cut {
  const cutIn = lines[index]
  const seam = cutIn && seamAt(cutIn, place)
  let next = place
  let at = index
  if (cutIn && place > cutIn.start) {
    while (next < cutIn.end && isSpace(text, next)) next += 1
    if (next >= cutIn.end) {
      at += 1
      next = lines[at]?.start ?? end
    } else if (next > place && !boundaries.isBoundary(next) && joins(text, next)) next = place
  }
  let opened = seam?.close ? cutIn?.seam : undefined
  for (let line = lines[at]; line && next === line.start; line = lines[at]) {
    const endsFence = opened !== undefined && line.kind === 'fence_close'
    if (!endsFence && text.slice(line.start, line.end).trim() !== '') break
    if (endsFence) opened = undefined
    at += 1
    next = lines[at]?.start ?? end
  }
  const landed = lines[at]
  const kept = text.slice(start, place).trimEnd().length
  return {
    end: kept === 0 ? place : start + kept,
    close: seam?.close ?? '',
    next,
    reopen: (landed && next < end && seamAt(landed, next)?.reopen) || '',
  }
}

/** Inside a line of a table nothing helps; inside one of a fence the fence is closed and opened again. */
function seamAt(line: Line, place: number): Seam | undefined {
  return place === line.start || line.kind === 'fence_body' ? line.seam : undefined
}

function fits({ text, points, lines, start, room }: CutRequest, index: number): boolean {
  const line = lines[index]
  if (!line) return false
  const kept = text.slice(start, line.start).trimEnd().length
  return kept > 0 && points.between(start, start + kept) + (line.seam?.close.length ?? 0) <= room
}

function isParagraph(lines: readonly Line[], index: number): boolean {
  const here = lines[index]?.kind
  const above = lines[index - 1]?.kind
  if (here === 'fence_body' || here === 'fence_close' || here === 'table_row' || here === 'table_rule') return false
  // A heading stays with what it heads.
  if (above === 'heading' || (above === 'blank' && lines[index - 2]?.kind === 'heading')) return false
  return here !== 'text' || above === 'blank' || above === 'fence_close'
}

function isLineBreak(lines: readonly Line[], index: number): boolean {
  const here = lines[index]
  const above = lines[index - 1]?.kind
  if (here?.kind === 'fence_close' && !here.seam) return false
  return above !== 'fence_open' && above !== 'table_rule' && here?.kind !== 'table_rule'
}

/** A line that must not be cut through: half of it would mean something else. */
function isSolid(text: string, line: Line): boolean {
  if (line.kind === 'fence_open' || line.kind === 'fence_close') return true
  if (line.kind === 'table_head' || line.kind === 'table_rule') return true
  return startsMarker(text, line.start)
}

function endsSentence(text: string, at: number): boolean {
  if (CJK_ENDS.has(text.charAt(at)) || CLOSERS.has(text.charAt(at))) return false
  let before = at - 1
  for (let closers = 0; closers < MOST_CLOSERS && CLOSERS.has(text.charAt(before)); closers++) before -= 1
  return CJK_ENDS.has(text.charAt(before)) || (ENDS.has(text.charAt(before)) && isSpace(text, at))
}

function endsWord(text: string, at: number): boolean {
  return isSpace(text, at) || isSpace(text, at - 1) || CJK_PAUSES.has(text.charAt(at - 1))
}

const CJK_ENDS = new Set('。！？；…')
const CJK_PAUSES = new Set('，、：')
const ENDS = new Set('.!?;')
const CLOSERS = new Set('”’」』）】》"\')]')

/** Would a line that begins here be taken for a code fence? */
function startsMarker(text: string, at: number): boolean {
  let ink = at
  while (text[ink] === ' ' || text[ink] === '\t') ink += 1
  return text.startsWith('```', ink) || text.startsWith('~~~', ink)
}

function isSpace(text: string, at: number): boolean {
  const unit = text[at]
  return unit === ' ' || unit === '\t' || unit === '\n' || unit === '\r' || unit === '\u3000' || unit === '\u00a0'
}

/** True when the character here belongs to the one before it, so that it must not begin a message. */
function joins(text: string, at: number): boolean {
  const [first] = clustersOf(text.slice(at - 1, at + 2))
  return first !== undefined && first.segment.length > 1
}

/** The line that a position lies in. */
function lineAt(lines: readonly Line[], place: number): number {
  let low = 0
  let high = lines.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lines[middle]?.start ?? 0) <= place) low = middle
    else high = middle - 1
  }
  return low
}
