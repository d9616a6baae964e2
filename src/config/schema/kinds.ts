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

const AN_ADDRESS = 'an address that begins with https:// (or http://), without user name, password, query or #'

function plainUrl(what: string) {
  const wanted = wants(what)
  return z.string(wanted).trim().max(500, wanted).refine(isPlainHttpUrl, wanted)
}

export const url = plainUrl(AN_ADDRESS)
/** Beside the names of the platform's own hosts. */
export const ownHost = plainUrl(`sgroup, bot, sandbox, or ${AN_ADDRESS}`)

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

/** By name; the values are taken as they are. */
function texts(name: RegExp, what: string) {
  const wanted = wants(what)
  return z.record(z.string().regex(name), z.string(wanted).max(10_000, wanted), wanted).default({})
}

export const HEADER_NAME = /^[A-Za-z0-9-]{1,100}$/
export const headers = texts(HEADER_NAME, 'a section of headers, such as { X-Key: value }')

const MOST_ARGS = 100
const args = (() => {
  const wanted = wants(`a list of at most ${MOST_ARGS} texts, such as [--verbose, "8080"]`)
  return z.array(z.string(wanted).max(10_000, wanted), wanted).max(MOST_ARGS, wanted)
})()
const folder = (() => {
  const wanted = wants('the whole path of a folder, such as /srv/agent')
  return z.string(wanted).trim().regex(/^\//, wanted).max(1000, wanted)
})()

/** A program to start: what stands in a section beside its type. */
export const program = {
  command: text(1000, 'the name or path of a program'),
  args: args.default([]),
  cwd: folder.optional(),
  env: texts(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a section of variables, such as { LANG: C.UTF-8 }'),
}
