import { ConfigError } from '../../lib/errors.ts'

const NAME = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/
const BLANK = /^[ \t]*(?:#.*)?$/
const AFTER_QUOTE = /^[ \t]*(?:#.*)?$/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }

/**
 * Parses a `.env` file: `NAME=value` a line, `export` allowed, `#` comments, values bare or in single or double quotes;
 * quoted ones may run over several lines, and double quotes know `\n`, `\"` and `\\`. The last one of a name counts.
 * Throws `ConfigError` with the line, and never with its content: that may be a secret.
 */
export function parseDotEnv(text: string, path: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  const lines = text.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (BLANK.test(line)) continue
    const start = NAME.exec(line)
    if (!start?.[1]) throw new ConfigError(`${path}:${at + 1}: not a setting; write NAME=value, or # before a comment`)
    const rest = line.slice(start[0].length)
    const quote = rest[0]
    if (quote !== '"' && quote !== "'") {
      const comment = rest.search(/(?:^|[ \t])#/)
      values.set(start[1], (comment < 0 ? rest : rest.slice(0, comment)).trimEnd())
      continue
    }
    const quoted = readQuoted(lines, at, start[0].length + 1, quote)
    if (!quoted)
      throw new ConfigError(`${path}:${at + 1}: the quote is never closed; put a ${quote} at the end of the value`)
    at += quoted.lines - 1
    if (!AFTER_QUOTE.test(quoted.rest))
      throw new ConfigError(`${path}:${at + 1}: something stands behind the closing quote; remove it`)
    values.set(start[1], quoted.value)
  }
  return values
}

interface Quoted {
  readonly value: string
  /** What stands behind the quote in its last line. */
  readonly rest: string
  readonly lines: number
}

/** Reads from behind the opening quote, which stands in line `first`. */
function readQuoted(lines: readonly string[], first: number, from: number, quote: '"' | "'"): Quoted | undefined {
  let value = ''
  for (let number = first; number < lines.length; number++) {
    const line = lines[number] ?? ''
    for (let at = number === first ? from : 0; at < line.length; at++) {
      const char = line.charAt(at)
      if (char === quote) return { value, rest: line.slice(at + 1), lines: number - first + 1 }
      const escaped = quote === '"' && char === '\\' ? ESCAPES[line.charAt(at + 1)] : undefined
      value += escaped ?? char
      if (escaped !== undefined) at += 1
    }
    value += '\n'
  }
  return undefined
}
