/** What of an answer is a file: picture links of Markdown, and lines that begin with `MEDIA:`. Pure. */
import type { Attachment, Extras, OutgoingMedia } from '../../platforms/platform.ts'
import { readLines } from './blocks.ts'

/** An answer in its order. */
export type AnswerPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'media'; readonly media: OutgoingMedia; readonly caption?: string }

/**
 * Code is passed over. A target with spaces stands in angle brackets. No part of it may contain what begins another one, so that
 * a text full of beginnings costs no more than its length.
 */
const PICTURE =
  /`[^`\n]*`|!\[([^\][\n]{0,300})\]\(\s*(?:<([^<>\n]{1,2000})>|([^)\s[]{1,2000}))(?:\s+"[^"\n]{0,300}")?\s*\)/g
const MEDIA_LINE = /^[ \t]*(?:[-*+] )?MEDIA:[ \t]*(.{1,2000})$/
const QUOTES = /^(["'`])(.*)\1$/
const WEB = /^[a-z][a-z0-9+.-]*:/i
const LINES_APART = /\n{3,}/g

const BY_EXTENSION: readonly (readonly [RegExp, Attachment['kind']])[] = [
  [/\.(?:png|jpe?g|gif|webp|bmp)$/i, 'image'],
  [/\.(?:silk|slk|amr|wav|mp3|ogg|oga|opus)$/i, 'voice'],
  [/\.mp4$/i, 'video'],
]

/** One text where there is nothing else: most answers are that, and cost two searches. */
export function readParts(text: string): readonly AnswerPart[] {
  if (!text.includes('](') && !text.includes('MEDIA:')) return [{ kind: 'text', text }]
  const parts: AnswerPart[] = []
  let words = ''
  for (const { start, end, kind } of readLines(text, text.length)) {
    const line = text.slice(start, end)
    const found = kind.startsWith('fence') ? undefined : readLine(line)
    if (found === undefined || found.media.length === 0) {
      words += `${line}\n`
      continue
    }
    if (found.words.trim() !== '') words += `${found.words}\n`
    parts.push({ kind: 'text', text: words }, ...found.media.map(media => ({ kind: 'media', media }) as const))
    words = ''
  }
  return tidy([...parts, { kind: 'text', text: words }])
}

/** Texts that follow each other become one; blank ones go. */
export function tidy(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  const tidied: AnswerPart[] = []
  for (const part of parts) {
    const before = tidied.at(-1)
    if (part.kind === 'text' && part.text.trim() === '') continue
    if (part.kind === 'text' && before?.kind === 'text')
      tidied[tidied.length - 1] = { kind: 'text', text: `${before.text.trimEnd()}\n\n${part.text}` }
    else tidied.push(part)
  }
  return tidied.map(part =>
    part.kind === 'text'
      ? { kind: 'text', text: part.text.replaceAll(LINES_APART, '\n\n').replace(/^\n+/, '').trimEnd() }
      : part,
  )
}

/** The same for a part; a file stays one. */
export function readPartsOf(part: AnswerPart): readonly AnswerPart[] {
  return part.kind === 'text' ? readParts(part.text) : [part]
}

/** What of it people read. */
export function wordsOf(parts: readonly AnswerPart[]): string {
  return parts.map(part => (part.kind === 'text' ? part.text : (part.caption ?? ''))).join('\n')
}

/** As it stands in a row that waits. */
export function heldAs(part: AnswerPart): { readonly text: string; readonly extras?: Extras } {
  return part.kind === 'text' ? { text: part.text } : { text: part.caption ?? '', extras: { media: part.media } }
}

/** All words first, then all files: what is left to do where the places run short. */
export function wordsFirst(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  return tidy([...parts.filter(part => part.kind === 'text'), ...parts.filter(part => part.kind === 'media')])
}

function readLine(line: string): { readonly words: string; readonly media: readonly OutgoingMedia[] } {
  const whole = MEDIA_LINE.exec(line)?.[1]?.trim()
  if (whole !== undefined && whole !== '') {
    const target = QUOTES.exec(whole)?.[2] ?? whole
    return { words: '', media: [mediaOf(target, '', undefined)] }
  }
  const media: OutgoingMedia[] = []
  const words = line.replaceAll(PICTURE, (all: string, alt?: string, spaced?: string, plain?: string) => {
    const target = spaced ?? plain
    if (target === undefined) return all
    media.push(mediaOf(target, alt ?? '', 'image'))
    return ''
  })
  // A bullet, or the quote mark of a line, that stood before the picture alone.
  return {
    words: /^[\s>*+-]*$/.test(words) ? '' : media.length > 0 ? words.replaceAll(/ {2,}/g, ' ').trim() : words,
    media,
  }
}

function mediaOf(target: string, alt: string, kind: Attachment['kind'] | undefined): OutgoingMedia {
  const isUrl = WEB.test(target)
  const name = lastOf(isUrl ? (URL.parse(target)?.pathname ?? '') : target)
  const guessed = BY_EXTENSION.find(([extension]) => extension.test(name))?.[1]
  return {
    // A link to a picture may lead anywhere; only an extension says that it is something else.
    kind: guessed ?? kind ?? 'file',
    name: name || alt.trim() || 'file',
    source: isUrl ? { url: target } : { path: target },
  }
}

function lastOf(path: string): string {
  const last = path.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
