/** Lines of a text with what they mean to whoever cuts it: code fences and tables must not simply be torn apart. */

export type LineKind =
  | 'text'
  | 'blank'
  | 'heading'
  | 'fence_open'
  | 'fence_body'
  | 'fence_close'
  | 'table_head'
  | 'table_rule'
  | 'table_row'

/** What has to be written around a cut before this line, so that both sides stay whole. */
export interface Seam {
  readonly close: string
  readonly reopen: string
}

export interface Line {
  readonly start: number
  /** Where its last character ends; the line break is not part of it. */
  readonly end: number
  readonly kind: LineKind
  /** Absent where a cut before the line needs nothing. */
  readonly seam?: Seam
}

interface Fence {
  readonly marker: string
  readonly seam: Seam
}

const FENCE_OPEN = /^[ \t]*(`{3,}|~{3,})([^\r]*)/
const TABLE_RULE = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/
const HEADING = /^ {0,3}#{1,6}[ \t]/
/** A line longer than this is no table rule; it bounds what the expression has to look at. */
const LONGEST_RULE = 1000

/** `seamBudget`: the most UTF-16 units that closing and reopening may cost; what costs more is cut plainly. */
export function readLines(text: string, seamBudget: number): readonly Line[] {
  const lines: Line[] = []
  let fence: Fence | undefined
  let table: Seam | undefined
  for (let start = 0; start <= text.length; ) {
    const lineBreak = text.indexOf('\n', start)
    const next = lineBreak < 0 ? text.length + 1 : lineBreak + 1
    const end = next - 1 > start && text[next - 2] === '\r' ? next - 2 : next - 1
    const line = text.slice(start, end)
    if (fence) {
      const closes = isFenceClose(line, fence.marker)
      lines.push({ start, end, kind: closes ? 'fence_close' : 'fence_body', ...seamOf(fence.seam, seamBudget) })
      if (closes) fence = undefined
    } else {
      const opened = openFence(line, seamBudget)
      const kind = opened ? 'fence_open' : kindOf(line, lines.at(-1), text)
      if (kind === 'table_rule') table = asTableHead(lines, text, line)
      lines.push({ start, end, kind, ...(kind === 'table_row' && table ? seamOf(table, seamBudget) : {}) })
      fence = opened
    }
    start = next
  }
  return lines
}

function seamOf(seam: Seam, budget: number): { seam?: Seam } {
  return seam.close.length + seam.reopen.length <= budget ? { seam } : {}
}

function openFence(line: string, seamBudget: number): Fence | undefined {
  const match = FENCE_OPEN.exec(line)
  const marker = match?.[1] ?? ''
  const info = match?.[2] ?? ''
  if (marker === '' || (marker.startsWith('`') && info.includes('`'))) return undefined
  const close = `\n${marker}`
  // A language line too long to be repeated is repeated without its language.
  const reopen = line.length + 1 + close.length <= seamBudget ? `${line}\n` : `${marker}\n`
  return { marker, seam: { close, reopen } }
}

function isFenceClose(line: string, marker: string): boolean {
  const bare = line.trim()
  return bare.length >= marker.length && bare.startsWith(marker) && bare === marker.charAt(0).repeat(bare.length)
}

function kindOf(line: string, before: Line | undefined, text: string): LineKind {
  if (line.trim() === '') return 'blank'
  if (HEADING.test(line)) return 'heading'
  if (!line.includes('|')) return 'text'
  if (before?.kind === 'table_rule' || before?.kind === 'table_row') return 'table_row'
  const underText = before?.kind === 'text' && text.slice(before.start, before.end).includes('|')
  return underText && line.includes('-') && line.length <= LONGEST_RULE && TABLE_RULE.test(line) ? 'table_rule' : 'text'
}

/** The line above a rule turns out to be the head of a table. */
function asTableHead(lines: Line[], text: string, rule: string): Seam | undefined {
  const head = lines.pop()
  if (!head) return undefined
  lines.push({ ...head, kind: 'table_head' })
  return { close: '', reopen: `${text.slice(head.start, head.end)}\n${rule}\n` }
}
