/**
 * A bot's Markdown as QQ would show it, built from elements and text nodes alone. Links are shown and lead nowhere; HTML
 * stays the text that it is.
 */
import { el } from '../../../pages/dom.js'

/** Nested emphasis deeper than this is shown as it was written. */
const DEEPEST = 6

/**
 * One row for each inline form, the first that matches earliest in the text wins. Every pattern is bounded, so that no
 * text makes it slow.
 * @type {{ pattern: RegExp, make: (match: RegExpExecArray, inside: (text: string) => Node[]) => Node }[]}
 */
const INLINE = [
  { pattern: /(`{1,3})([^`]{1,2000})\1/, make: match => el('code', null, match[2]) },
  { pattern: /!\[([^\]\n]{0,300})\]\(([^)\s]{1,2000})\)/, make: match => picture(match[1] ?? '', match[2] ?? '') },
  {
    pattern: /\[([^\]\n]{1,500})\]\(([^)\s]{1,2000})\)/,
    make: (match, inside) => link(inside(match[1] ?? ''), match[2] ?? ''),
  },
  { pattern: /<@!?([\w-]{1,128})>/, make: match => el('span', { class: 'at' }, `@${match[1]}`) },
  { pattern: /<qqbot-at-user id="([\w-]{1,128})" ?\/>/, make: match => el('span', { class: 'at' }, `@${match[1]}`) },
  { pattern: /https?:\/\/[^\s<>()\]"'`]{1,2000}/, make: match => link([document.createTextNode(match[0])], match[0]) },
  {
    pattern: /\*\*(?=\S)([^\n]{1,2000}?\S|\S)\*\*/,
    make: (match, inside) => el('strong', null, inside(match[1] ?? '')),
  },
  { pattern: /~~(?=\S)([^~\n]{1,2000})~~/, make: (match, inside) => el('s', null, inside(match[1] ?? '')) },
  { pattern: /\*(?=[^\s*])([^*\n]{1,2000})\*/, make: (match, inside) => el('em', null, inside(match[1] ?? '')) },
  {
    pattern: /(?<![\w])_(?=[^\s_])([^_\n]{1,2000})_(?![\w])/,
    make: (match, inside) => el('em', null, inside(match[1] ?? '')),
  },
]

/** @param {Node[]} words @param {string} target */
function link(words, target) {
  return el('span', { class: 'link', title: target }, words)
}

/** @param {string} words @param {string} target */
function picture(words, target) {
  return el('span', { class: 'picture', title: target }, `🖼 ${words.replace(/ #\d+px #\d+px$/, '') || target}`)
}

/**
 * @param {string} text
 * @param {number} [depth]
 * @returns {Node[]}
 */
export function inline(text, depth = 0) {
  /** @type {Node[]} */
  const nodes = []
  let rest = text
  while (rest !== '' && depth < DEEPEST) {
    /** @type {{ match: RegExpExecArray, make: (typeof INLINE)[number]['make'] } | undefined} */
    let first
    for (const { pattern, make } of INLINE) {
      const match = pattern.exec(rest)
      if (match && (!first || match.index < first.match.index)) first = { match, make }
    }
    if (!first) break
    const { match, make } = first
    if (match.index > 0) nodes.push(document.createTextNode(rest.slice(0, match.index)))
    nodes.push(make(match, words => inline(words, depth + 1)))
    rest = rest.slice(match.index + match[0].length)
  }
  if (rest !== '') nodes.push(document.createTextNode(rest))
  return nodes
}

const FENCE = /^\s{0,3}```(.*)$/
const HEADING = /^(#{1,6})\s+(.*)$/
const RULE = /^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/
const QUOTE = /^\s{0,3}>\s?(.*)$/
const ITEM = /^\s*(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/
const TABLE_ROW = /^\s*\|.*\|\s*$/

/** @param {string} line */
function isPlain(line) {
  return line.trim() !== '' && ![FENCE, HEADING, RULE, QUOTE, ITEM, TABLE_ROW].some(pattern => pattern.test(line))
}

/** A cursor over lines. */
class Lines {
  /** @param {string} text */
  constructor(text) {
    this.all = text.replace(/\r\n?/g, '\n').split('\n')
    this.at = 0
  }
  get done() {
    return this.at >= this.all.length
  }
  get line() {
    return this.all[this.at] ?? ''
  }
  /** @param {(line: string) => boolean} fits @returns {string[]} the lines from here on that fit, taken */
  takeWhile(fits) {
    const from = this.at
    while (!this.done && fits(this.line)) this.at += 1
    return this.all.slice(from, this.at)
  }
}

/** @param {Lines} lines */
function codeBlock(lines) {
  lines.at += 1
  const code = lines.takeWhile(line => !FENCE.test(line))
  lines.at += 1
  return el('pre', null, el('code', null, code.join('\n')))
}

/** @param {Lines} lines */
function list(lines) {
  const items = lines.takeWhile(line => ITEM.test(line)).map(line => ITEM.exec(line))
  const number = items[0]?.[1]
  const nodes = items.map(item => el('li', null, inline(item?.[2] ?? '')))
  return number === undefined ? el('ul', null, nodes) : el('ol', { start: number }, nodes)
}

/** @param {Lines} lines */
function table(lines) {
  const rows = lines
    .takeWhile(line => TABLE_ROW.test(line))
    .filter(line => !/^[\s|:-]+$/.test(line))
    .map(line => line.trim().slice(1, -1).split('|'))
  const [head = [], ...body] = rows
  /** @param {'th' | 'td'} tag @param {string[]} line */
  const row = (tag, line) =>
    el(
      'tr',
      null,
      line.map(cell => el(tag, null, inline(cell.trim()))),
    )
  const cells = el(
    'table',
    null,
    el('thead', null, row('th', head)),
    el(
      'tbody',
      null,
      body.map(line => row('td', line)),
    ),
  )
  return el('div', { class: 'table' }, cells)
}

/** @param {string[]} lines */
function paragraph(lines) {
  return el(
    'p',
    null,
    lines.flatMap((line, at) => [...(at > 0 ? [el('br')] : []), ...inline(line)]),
  )
}

/**
 * @param {string} source
 * @returns {Node[]}
 */
export function markdown(source) {
  const lines = new Lines(source)
  /** @type {Node[]} */
  const blocks = []
  while (!lines.done) {
    const { line } = lines
    const heading = HEADING.exec(line)
    if (line.trim() === '') lines.at += 1
    else if (FENCE.test(line)) blocks.push(codeBlock(lines))
    else if (heading) {
      blocks.push(el('p', { class: `heading heading-${heading[1]?.length}` }, inline(heading[2] ?? '')))
      lines.at += 1
    } else if (RULE.test(line)) {
      blocks.push(el('hr'))
      lines.at += 1
    } else if (QUOTE.test(line)) {
      const quoted = lines.takeWhile(next => QUOTE.test(next)).map(next => QUOTE.exec(next)?.[1] ?? '')
      blocks.push(el('blockquote', null, paragraph(quoted)))
    } else if (ITEM.test(line)) blocks.push(list(lines))
    else if (TABLE_ROW.test(line)) blocks.push(table(lines))
    else blocks.push(paragraph(lines.takeWhile(isPlain)))
  }
  return blocks
}
