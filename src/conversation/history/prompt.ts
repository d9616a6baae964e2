/**
 * What people and platforms supply besides a person's own words (names, ids, who speaks) as an agent reads it: data that cannot
 * pass for instructions or for somebody else's words. Pure.
 */
import { createHash } from 'node:crypto'
import type { Inbound } from '../../platforms/platform.ts'
import { isGroup } from '../access/gate.ts'

const LONGEST_NAME = 60
/** What ends a line, hides, turns the direction of reading, or looks like markup. */
const NOT_PLAIN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}<>&[\]{}`]/gu
/** A line of a person's own that looks like our note about who speaks. */
const LIKE_A_NOTE = /^(\s*)\[(?=\s*message from\b)/gimu

/** A quoted string on one line. */
export function asData(text: string): string {
  const points = [...text.toWellFormed()]
  const cut = points.length > LONGEST_NAME ? `${points.slice(0, LONGEST_NAME).join('')}…` : text.toWellFormed()
  return JSON.stringify(cut.replaceAll(NOT_PLAIN, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`))
}

/** The same for the same person of an account, and of no use to anybody else. */
export function stableId(account: string, personId: string): string {
  return `u_${createHash('sha256').update(`${account} ${personId}`).digest('hex').slice(0, 8)}`
}

/** Where several people speak, each message says whose it is. Nobody can write such a note about somebody else. */
export function attributed(message: Inbound, words: string): string {
  if (!isGroup(message)) return words
  const { chat, sender } = message
  const name = sender.name === undefined ? '' : `, name ${asData(sender.name)}`
  return `[message from ${stableId(chat.account, sender.id)}${name}]\n${words.replaceAll(LIKE_A_NOTE, '$1(')}`
}
