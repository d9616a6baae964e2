/** A file told in words, where it cannot be shown. Pure. */
import type { OutgoingMedia, SendDetail } from '../../platforms/platform.ts'
import type { Words } from './texts.ts'

const LONGEST_NAME = 80

/** Its address where it has one; else its name and the code, never where it lies on this machine. */
export function mediaInWords(media: OutgoingMedia, detail: SendDetail, words: Words): string {
  const name = shownName(media)
  if ('url' in media.source) return words.mediaAt(name, media.source.url)
  return words.mediaNotTaken(name, detail.code ?? String(detail.status ?? '?'))
}

export function shownName({ name }: OutgoingMedia): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  return [...last.replaceAll(/\s+/g, ' ').trim()].slice(0, LONGEST_NAME).join('') || 'file'
}
