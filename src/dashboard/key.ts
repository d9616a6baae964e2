/** The key that everything needs which changes something: whoever can read it could change the home itself. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFileSync } from '../lib/atomic-file.ts'

export const KEY_FILE_NAME = 'dashboard.key'
export const KEY_HEADER = 'x-herald-key'
const KEY_BYTES = 24
const KEY = /^[A-Za-z0-9_-]{32,}$/

/** The key of this home; undefined while there is none. */
export function readKey(home: string): string | undefined {
  try {
    const text = readFileSync(join(home, KEY_FILE_NAME), 'utf8').trim()
    return KEY.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** The key of this home, made when there is none. Throws where it cannot be kept. */
export function keepKey(home: string): string {
  const known = readKey(home)
  if (known !== undefined) return known
  const key = randomBytes(KEY_BYTES).toString('base64url')
  replaceFileSync(join(home, KEY_FILE_NAME), 'next', `${key}\n`)
  return key
}

/** Takes as long for a wrong key as for the right one. */
export function isKey(given: unknown, key: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(key))
}
