/**
 * The one way out for all that a turn says beside its answer. It takes typed parts, and makes of each what may be read in a chat:
 * one line where one is meant, bounded, without paths of this machine, and without secrets.
 */
import type { NewReply } from '../../journal/journal.ts'
import type { Button, Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'

export type Outward =
  /** What goes on, at most in a place that nobody else needs. */
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'question'; readonly text: string; readonly keyboard: readonly (readonly Button[])[] }

const LONGEST_LINE = 160
/** A folder, a file below it: not `and/or`, not the path of an address. */
const LOCAL_PATH = /(?<![\w:/.~…-])(?:[A-Za-z]:)?(?:[\\/][^\s\\/:*?"'<>|]+){2,}[\\/]?/gu
const NOT_PLAIN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

/** What an agent calls its tools and steps. */
export function noteLine(text: string): string {
  const line = text.replaceAll(NOT_PLAIN, ' ').replaceAll(/\s+/g, ' ').trim()
  return cut(line.replaceAll(LOCAL_PATH, shortened), LONGEST_LINE)
}

function shortened(path: string): string {
  const last = path
    .split(/[\\/]/)
    .filter(part => part !== '')
    .at(-1)
  return `…/${last}`
}

/** What an agent wants a person to read before they decide: as it is, within bounds. */
export function plainText(text: string, mostChars: number): string {
  return cut(text.replaceAll(/[^\P{Cc}\n]+|[\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim(), mostChars)
}

function cut(text: string, mostChars: number): string {
  return text.length > mostChars ? `${text.slice(0, mostChars - 1).toWellFormed()}…` : text
}

/** Rejects with what `persist` throws. */
export async function sayBeside(context: Context, message: Inbound, outward: Outward): Promise<void> {
  const { delivery, journal, persist, stopping } = context
  const purpose = outward.kind === 'progress' ? 'progress' : 'notice'
  const text = context.redact(outward.text)
  const planned = await persist(() => delivery.plan(message, text, purpose), stopping)
  const keyboard = outward.kind === 'question' ? outward.keyboard : []
  const replies = keyboard.length === 0 ? planned : withKeyboard(planned, keyboard)
  if (replies.length > 0) delivery.enqueue(await persist(() => journal.addReplies(replies), stopping))
}

/** Under the last of them, where the options stand. */
export function withKeyboard(
  replies: readonly NewReply[],
  keyboard: readonly (readonly Button[])[],
): readonly NewReply[] {
  const last = replies.at(-1)
  return last === undefined ? [] : [...replies.slice(0, -1), { ...last, extras: { ...last.extras, keyboard } }]
}
