/** Times and texts as people read them. */
import { styleText } from 'node:util'
import { printable } from '../observe/clean.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `12 s`, `3 min`, `2 h 5 min`, `3 days`. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms)
  if (whole < 2 * MINUTE) return `${Math.round(whole / SECOND)} s`
  if (whole < 2 * HOUR) return `${Math.round(whole / MINUTE)} min`
  if (whole >= 2 * DAY) return `${Math.round(whole / DAY)} days`
  const minutes = Math.round((whole % HOUR) / MINUTE)
  const hours = Math.floor(whole / HOUR)
  return minutes === 0 || minutes === 60 ? `${hours + minutes / 60} h` : `${hours} h ${minutes} min`
}

/** `in 12 s`, or `now` for a moment that has come. */
export function untilThen(at: string, nowMs: number): string {
  const left = Date.parse(at) - nowMs
  return left < 500 ? 'now' : `in ${duration(left)}`
}

/** `2026-01-31 12:05:09.120`, local time. */
export function moment(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE)
  return at.toISOString().slice(0, 23).replace('T', ' ')
}

/** A text that came from outside, on one line and at most so long. */
export function quoted(text: string, longest: number): string {
  const line = printable(text)
  return `"${line.length > longest ? `${[...line].slice(0, longest).join('')}…` : line}"`
}

export type Paint = (style: 'green' | 'yellow' | 'red' | 'gray' | 'bold', text: string) => string

export function painter(colour: boolean): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
}
