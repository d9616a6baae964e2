/** What values of settings may be. The texts say what is wanted; `complaint.ts` makes lines of them. */
import { z } from 'zod'

export const wants = (what: string) => ({ error: `wants ${what}` })

export const flag = z.boolean(wants('true or false'))

export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, wants(`one of ${words.join(', ')}`))

export function whole(least: number, most: number) {
  const text = wants(`a whole number from ${least} to ${most}`)
  return z.int(text).min(least, text).max(most, text)
}

export function text(most: number, what = 'text') {
  const wanted = wants(`${what} (1 to ${most} characters)`)
  return z.string(wanted).trim().min(1, wanted).max(most, wanted)
}

/** Without spaces inside: ids, secrets. */
export function word(most: number) {
  const wanted = wants(`text without spaces (1 to ${most} characters)`)
  return z
    .string(wanted)
    .trim()
    .regex(/^[\x21-\x7e]+$/, wanted)
    .max(most, wanted)
}

export const url = (() => {
  const wanted = wants('an address that begins with https:// (or http://), without user name, password, query or #')
  return z.string(wanted).trim().max(500, wanted).refine(isPlainHttpUrl, wanted)
})()

function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === ''
}

/** Of an HTTP proxy; it may hold a user and a password. */
export const proxy = (() => {
  const wanted = wants('the address of an HTTP proxy, such as http://127.0.0.1:7890')
  return z
    .string(wanted)
    .trim()
    .max(500, wanted)
    .refine(text => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), wanted)
})()
