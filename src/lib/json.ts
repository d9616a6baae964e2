/** What JSON can hold; for values that are stored or sent without being looked into. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** `undefined` where the text is not JSON: outsiders' bytes are never trusted to parse. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Narrows an unknown value to a plain object with unknown members. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
