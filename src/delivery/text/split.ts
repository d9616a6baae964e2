/** Cuts a long text into messages at sensible places. Pure, and linear in the length of the text. */
import { type Line, readLines } from './blocks.ts'
import { type CodePoints, codePointLength, indexCodePoints, isBlank } from './code-points.ts'
import { createBoundaries, findCut } from './cut.ts'

export interface Piece {
  readonly text: string
  /** The part of the source that it shows; between two pieces only white space and fence lines are passed over. */
  readonly start: number
  readonly end: number
  /** What was written before that part: the fence line, or the head of the table, that the cut tore it from. */
  readonly reopen: string
}

export interface SplitOptions {
  /** Code points of one piece, 1 at least. */
  readonly limit: number
  /** A sensible place is looked for from this share of the limit upwards; more makes fewer, fuller pieces. */
  readonly fill?: number
}

const USUAL_FILL = 0.5
/** Of the limit, what repeated fence lines and table heads may take. */
const SEAM_SHARE = 0.25

/** No piece is blank, none is longer than the limit; a blank text has none. */
export function splitText(text: string, options: SplitOptions): readonly Piece[] {
  if (isBlank(text)) return []
  const limit = Math.max(1, Math.floor(options.limit))
  const end = text.trimEnd().length
  if (end <= limit) return [{ text: text.slice(firstInk(text), end), start: firstInk(text), end, reopen: '' }]
  const points = indexCodePoints(text)
  const lines = readLines(text.slice(0, end), Math.floor(limit * SEAM_SHARE))
  return cutUp({ text, end, limit, points, lines, fill: options.fill ?? USUAL_FILL })
}

/** What is left of the source from this piece on, with the fence or table that it stands in opened again. */
export function restFrom(source: string, piece: Piece): string {
  return piece.reopen + source.slice(piece.start).trimEnd()
}

interface Source {
  readonly text: string
  readonly end: number
  readonly limit: number
  readonly fill: number
  readonly points: CodePoints
  readonly lines: readonly Line[]
}

function cutUp(source: Source): readonly Piece[] {
  const { text, end, limit, points, lines } = source
  const pieces: Piece[] = []
  const last = lines.at(-1)
  const unclosed = last?.kind === 'fence_body' ? (last.seam?.close ?? '') : ''
  let start = firstInk(text)
  let reopen = ''
  for (;;) {
    const room = limit - codePointLength(reopen)
    const close = pieces.length === 0 ? '' : unclosed
    if (points.between(start, end) + close.length <= room) {
      push(pieces, { text: reopen + text.slice(start, end) + close, start, end, reopen })
      return pieces
    }
    const cut = findCut({
      ...source,
      start,
      room,
      boundaries: createBoundaries(text, start, points.after(start, room)),
    })
    push(pieces, { text: reopen + text.slice(start, cut.end) + cut.close, start, end: cut.end, reopen })
    start = cut.next
    reopen = cut.reopen
    if (start >= end) return pieces
  }
}

function push(pieces: Piece[], piece: Piece): void {
  if (!isBlank(piece.text.slice(piece.reopen.length))) pieces.push(piece)
}

/** The start of the first line that is not blank: its indentation is part of it. */
function firstInk(text: string): number {
  const ink = text.search(/\S/)
  return text.lastIndexOf('\n', ink) + 1
}
