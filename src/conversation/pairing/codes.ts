/** Codes that let people in: easy to read to each other, hard to guess, and never kept as they are. */
import { createHash, randomBytes, randomInt } from 'node:crypto'

/** Without 0 and O, 1 and I and L: what is read off a screen is typed right. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const GROUP = 4

/** 31^8: with five guesses an hour nobody finds one of fifty. */
export const STRANGER_CODE_LENGTH = 8
/** 31^16: it makes an owner, and may be guessed at without a limit. */
export const OWNER_CODE_LENGTH = 16

/** Drawn from the operating system, as any secret: a seeded source could be computed. */
export function drawCode(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** In groups of four, as people read it out. */
export function spaced(code: string): string {
  return code.replaceAll(new RegExp(`(.{${GROUP}})(?=.)`, 'g'), '$1-')
}

/** What a person typed as a code of that length, or undefined when it cannot be one. */
export function readCode(typed: string, length: number): string | undefined {
  if (typed.length > 3 * length) return undefined
  const code = typed.normalize('NFKC').toUpperCase().replaceAll(/[\s-]/g, '')
  return code.length === length && [...code].every(letter => ALPHABET.includes(letter)) ? code : undefined
}

export function drawSalt(): string {
  return randomBytes(16).toString('hex')
}

export function hashOf(salt: string, code: string): string {
  return createHash('sha256').update(`${salt}:${code}`).digest('hex')
}
