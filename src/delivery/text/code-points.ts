/** Positions of a text, counted both ways: in UTF-16 units, as JavaScript does, and in code points, as platforms do. */
export interface CodePoints {
  /** Code points between two positions. */
  between(start: number, end: number): number
  /** The position `count` code points after `start`, at most the end of the text. */
  after(start: number, count: number): number
}

/** Built in one pass; every question after that costs nothing. */
export function indexCodePoints(text: string): CodePoints {
  const ordinals = new Uint32Array(text.length + 1)
  const positions = new Uint32Array(text.length + 1)
  let count = 0
  for (let at = 0; at < text.length; ) {
    const width = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
    positions[count] = at
    ordinals[at] = count
    if (width === 2) ordinals[at + 1] = count
    at += width
    count += 1
  }
  ordinals[text.length] = count
  positions[count] = text.length
  const ordinal = (at: number): number => ordinals[at] ?? count
  return {
    between: (start, end) => ordinal(end) - ordinal(start),
    after: (start, by) => positions[Math.min(ordinal(start) + by, count)] ?? text.length,
  }
}

/** The length of a text in code points. */
export function codePointLength(text: string): number {
  let length = text.length
  for (let at = 0; at < text.length; at++) {
    if ((text.codePointAt(at) ?? 0) > 0xffff) {
      length -= 1
      at += 1
    }
  }
  return length
}

/** Whitespace, and characters that no one can see. */
const UNSEEN = /^[\s\u00ad\u115f\u1160\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff]*$/u

/** True for a text that a reader would see as empty. */
export function isBlank(text: string): boolean {
  return UNSEEN.test(text)
}
