/** What makes a text Markdown, and a text whose links nothing takes for links. */

/** Constructs that look different when they are rendered. Each expression is linear: none looks further than its line. */
const CONSTRUCTS: readonly RegExp[] = [
  /^[ \t]*(?:```|~~~)/m,
  /^ {0,3}#{1,6} \S/m,
  /^ {0,3}> ?\S/m,
  /^ {0,3}(?:---+|\*\*\*+|___+)[ \t]*$/m,
  /\*\*[^\s*][^*\n]{0,300}\*\*/,
  /~~[^\s~][^~\n]{0,300}~~/,
  /`[^`\n]{1,300}`/,
  /\[[^\]\n]{1,300}\]\([^)\s]{1,2000}\)/,
  /^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*\|[ \t|:-]*$/m,
]
const BULLET = /^[ \t]*[-*+] \S/gm

/** True when a reader would see a difference between the rendered text and the raw one. */
export function looksLikeMarkdown(text: string): boolean {
  return CONSTRUCTS.some(construct => construct.test(text)) || (text.match(BULLET)?.length ?? 0) > 1
}

const SCHEME = /\b[a-z][a-z0-9+.-]{1,15}:\/\//gi
/** A dot as between the labels of a host name; `3.14` and the end of a sentence are none. */
const HOST_DOT = /(?<=[\p{L}\p{N}_-])\.(?=\p{L}{2})/gu

/** Still readable by people, and nothing in it counts as a link, not even a file name such as `run.sh`. */
export function disarmLinks(text: string): string {
  return text.replaceAll(SCHEME, '').replaceAll(HOST_DOT, '[.]')
}
