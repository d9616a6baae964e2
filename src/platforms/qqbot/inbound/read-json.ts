/** Members of what the platform sent, read without trust. Pure. */
import { isRecord } from '../../../lib/json.ts'

/** A record, or an empty one in its place: absent, null and of a wrong kind are the same. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

export function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** A text with something in it. Half a character, which no store and no model can hold, is replaced. */
export function words(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.toWellFormed() : undefined
}

/** An id; some come as numbers. One that a number cannot hold exactly would stand for several, and is none. */
export function idOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return words(value)
}

/** Somebody's words for one line: no line breaks or control characters, not longer than `longest` characters. */
export function oneLine(text: string, longest: number): string {
  return [...text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()].slice(0, longest).join('')
}
