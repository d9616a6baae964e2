/** What a hook has answered, read from what it gave. Pure. */
import { isRecord } from '../lib/json.ts'
import type { HookEvent, HookVerdict } from './hook.ts'

const LONGEST_TEXT = 256 * 1024

/** Nothing, or an object without a word, lets the text pass as it is. Throws an `Error` that says what is wrong. */
export function readHookAnswer(given: unknown, { point, text }: HookEvent, by: string): HookVerdict {
  if (given === undefined || given === null) return { kind: 'pass', text }
  if (!isRecord(given)) throw new Error('it answered with something that is no object')
  const { drop, reply, text: changed } = given
  if (drop !== undefined && typeof drop !== 'boolean') throw new Error('`drop` is neither true nor false')
  if (drop === true) return { kind: 'drop', by }
  if (reply !== undefined) {
    if (point !== 'message_in') throw new Error('`reply` is for message_in alone')
    return { kind: 'reply', text: textOf(reply, 'reply'), by }
  }
  return { kind: 'pass', text: changed === undefined ? text : textOf(changed, 'text') }
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Error(`\`${name}\` is no text`)
  if (value.length > LONGEST_TEXT) throw new Error(`\`${name}\` is longer than ${LONGEST_TEXT} characters`)
  return value.toWellFormed()
}
