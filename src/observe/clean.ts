/** Makes any value fit for a log line: secrets masked, sizes bounded, nothing that could throw or run on for ever. */

const LONGEST_TEXT = 2000
/** Masking costs time with length; what lies behind this could not be shown anyway. */
const LONGEST_LOOKED_AT = 64 * 1024
const MOST_MEMBERS = 50
const DEEPEST = 5
const MOST_STACK_LINES = 12

export type Clean = null | boolean | number | string | Clean[] | { [key: string]: Clean }

export function cleanText(text: string, redact: (text: string) => string, longest = LONGEST_TEXT): string {
  const masked = redact(text.slice(0, LONGEST_LOOKED_AT))
  return masked.length > longest ? `${masked.slice(0, longest)}… (${text.length} characters)` : masked
}

export function cleanValue(value: unknown, redact: (text: string) => string, depth = 0): Clean {
  switch (typeof value) {
    case 'string':
      return cleanText(value, redact)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      return value
    case 'object':
      return value === null ? null : cleanObject(value, redact, depth)
    default:
      return value === undefined ? null : cleanText(`(${typeof value}) ${String(value)}`, redact, 100)
  }
}

export function cleanFields(fields: object, redact: (text: string) => string, depth = 0): { [key: string]: Clean } {
  const entries: [string, Clean][] = []
  for (const key of Object.keys(fields)) {
    if (entries.length >= MOST_MEMBERS) {
      entries.push(['…', 'more'])
      break
    }
    const member = memberOf(fields, key)
    if (member !== undefined) entries.push([cleanText(key, redact, 100), cleanValue(member, redact, depth + 1)])
  }
  return Object.fromEntries(entries)
}

function cleanObject(value: object, redact: (text: string) => string, depth: number): Clean {
  if (value instanceof Error) return cleanError(value, redact, depth)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
  if (depth >= DEEPEST) return '…'
  if (value instanceof Map) return cleanFields(Object.fromEntries([...value].slice(0, MOST_MEMBERS + 1)), redact, depth)
  const list = Array.isArray(value) ? value : value instanceof Set ? [...value] : undefined
  if (!list) return cleanFields(value, redact, depth)
  const shown = list.slice(0, MOST_MEMBERS).map(item => cleanValue(item, redact, depth + 1))
  return list.length > MOST_MEMBERS ? [...shown, `… (${list.length} items)`] : shown
}

function cleanError(error: Error, redact: (text: string) => string, depth: number): Clean {
  const stack = (error.stack ?? '').split('\n').slice(1, MOST_STACK_LINES).join('\n')
  return {
    name: cleanText(error.name, redact, 100),
    message: cleanText(error.message, redact),
    ...('code' in error ? { code: cleanValue(error.code, redact, DEEPEST) } : {}),
    ...(stack === '' ? {} : { stack: cleanText(stack, redact) }),
    ...(error.cause === undefined || depth >= DEEPEST ? {} : { cause: cleanValue(error.cause, redact, depth + 1) }),
  }
}

function memberOf(holder: object, key: string): unknown {
  try {
    return Reflect.get(holder, key)
  } catch {
    return '(unreadable)'
  }
}

/** What a terminal or a reader would obey instead of showing: controls, escapes, and marks that turn text around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Outsiders' text as one line that a terminal shows as it is. */
export function printable(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').replaceAll(UNPRINTABLE, char => {
    const code = char.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${code}`
  })
}
