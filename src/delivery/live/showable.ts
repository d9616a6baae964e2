/** What of a text that is still being written may be seen already: a beginning of what will be there in the end. Pure. */
import { codePointLength } from '../text/code-points.ts'

/** A line with a file in it becomes a file in the end; from there on nothing is shown before that. */
const FILE_LINE = /^.*(?:MEDIA:|!\[)/m
/** A word may yet become part of a secret, of an address, of markup. Chinese is written without such. */
const LAST_WORD = /[\x21-\x7e]+$/
/** A long text is cut at a sensible place, never before half of what one message holds. */
const SHARE = 0.5

export function showable(text: string, textLimit: number): string {
  const file = FILE_LINE.exec(text)
  const words = (file ? text.slice(0, file.index) : text.replace(LAST_WORD, '')).toWellFormed().trim()
  const most = Math.floor(textLimit * SHARE)
  return codePointLength(words) <= most ? words : [...words].slice(0, most).join('').trimEnd()
}

/** More words after it, outside of a fence that was left open. */
export function endedWith(shown: string, mark: string): string {
  return `${shown}${isFenceOpen(shown) ? '\n```' : ''}\n\n${mark}`
}

/** What follows in a text that began with it, for a message of its own. */
export function restAfter(shown: string, text: string): string {
  const rest = text.slice(shown.length).trim()
  return rest !== '' && isFenceOpen(shown) ? `\`\`\`\n${rest}` : rest
}

function isFenceOpen(shown: string): boolean {
  const fences = shown.match(/^\s*```/gm)?.length ?? 0
  return fences % 2 === 1
}
