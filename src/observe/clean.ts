/** Makes any value fit for a log line: secrets masked, sizes bounded, nothing that could throw or run on for ever. */

const LONGEST_TEXT = 2000
/** Masking costs time with length; what lies behind this could not be shown anyway. */
const LONGEST_LOOKED_AT = 64 * 1024
/** The longest setting that is a secret has 1000 characters, and each may take three in a URL. */
const LONGEST_SECRET = 3000
const MOST_MEMBERS = 50
/** Of all objects together: a socket that somebody logs leads to half of the process. */
const MOST_VALUES = 400
const DEEPEST = 5
const MOST_STACK_LINES = 12

export type Clean = null | boolean | number | string | Clean[] | { [key: string]: Clean }
type Redact = (text: string) => string

export function cleanText(text: string, redact: Redact, longest = LONGEST_TEXT): string {
  const masked = redact(text.slice(0, LONGEST_LOOKED_AT))
  if (masked.length <= longest && text.length <= LONGEST_LOOKED_AT) return masked
  // At the end of what was looked at may stand the first half of a secret, which nothing masks.
  const sure = text.length > LONGEST_LOOKED_AT ? Math.max(0, masked.length - LONGEST_SECRET) : masked.length
  return `${masked.slice(0, Math.min(sure, longest))}… (${text.length} characters)`
}

export function cleanFields(fields: object, redact: Redact): { [key: string]: Clean } {
  try {
    return createCleaner(redact)(fields, 0)
  } catch {
    return { fields: '(unreadable)' }
  }
}

/** For one line: what it has shown so far counts against what may follow. */
function createCleaner(redact: Redact): (fields: object, depth: number) => { [key: string]: Clean } {
  let left = MOST_VALUES
  const text = (value: unknown, longest?: number): string => cleanText(String(value), redact, longest)

  const cleanValue = (value: unknown, depth: number): Clean => {
    left -= 1
    switch (typeof value) {
      case 'string':
        return text(value)
      case 'number':
        return Number.isFinite(value) ? value : String(value)
      case 'boolean':
        return value
      case 'object':
        return value === null ? null : readably(() => cleanObject(value, depth))
      default:
        return value === undefined ? null : readably(() => text(`(${typeof value}) ${String(value)}`, 100))
    }
  }

  const cleanObject = (value: object, depth: number): Clean => {
    if (value instanceof Error) return cleanError(value, depth)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
    if (depth >= DEEPEST || left <= 0) return '…'
    if (value instanceof Map) return cleanFields(Object.fromEntries([...value].slice(0, MOST_MEMBERS + 1)), depth)
    const list: readonly unknown[] | undefined = Array.isArray(value)
      ? value
      : value instanceof Set
        ? [...value]
        : undefined
    if (!list) return cleanFields(value, depth)
    const shown: Clean[] = []
    while (shown.length < Math.min(list.length, MOST_MEMBERS) && left > 0)
      shown.push(cleanValue(list[shown.length], depth + 1))
    return list.length > shown.length ? [...shown, `… (${list.length} items)`] : shown
  }

  const cleanFields = (fields: object, depth: number): { [key: string]: Clean } => {
    const entries: [string, Clean][] = []
    for (const key of Object.keys(fields)) {
      if (entries.length >= MOST_MEMBERS || left <= 0) {
        entries.push(['…', 'more'])
        break
      }
      const member = readably((): unknown => Reflect.get(fields, key))
      if (member !== undefined) entries.push([text(key, 100), cleanValue(member, depth + 1)])
    }
    return Object.fromEntries(entries)
  }

  const cleanError = (error: Error, depth: number): Clean => {
    const stack = String(error.stack ?? '')
      .split('\n')
      .slice(1, MOST_STACK_LINES)
      .join('\n')
    const { cause } = error
    const more = depth < DEEPEST && left > 0
    return {
      name: text(error.name, 100),
      message: text(error.message),
      ...('code' in error ? { code: cleanValue(error.code, DEEPEST) } : {}),
      ...('hint' in error && typeof error.hint === 'string' ? { hint: text(error.hint) } : {}),
      ...(stack === '' ? {} : { stack: text(stack) }),
      ...(cause === undefined || !more ? {} : { cause: cleanValue(cause, depth + 1) }),
      // Node tries several addresses of a host, and the error of all of them together has no message.
      ...('errors' in error && more ? { errors: cleanValue(error.errors, depth + 1) } : {}),
    }
  }

  return cleanFields
}

/** Getters, proxies and `toString` of others may throw; a log line is no reason to end anything. */
function readably<T>(read: () => T): T | string {
  try {
    return read()
  } catch {
    return '(unreadable)'
  }
}

/** What a terminal or a reader would obey instead of showing: controls, escapes, and marks that turn text around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Outsiders' text as one line that a terminal shows as it is. */
export function printable(text: string): string {
  return text.replaceAll(/[\r\n]\s*/g, ' ').replaceAll(UNPRINTABLE, char => {
    const code = char.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${code}`
  })
}
