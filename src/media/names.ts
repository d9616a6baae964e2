/** Names that others gave to files, made fit for a folder of ours. Pure. */

const LONGEST_STEM = 60
const LONGEST_EXTENSION = 10
const ANYTHING_ELSE = /[^\p{L}\p{N}._ -]+/gu

/** Nothing in it leads anywhere, hides, or means something to a shell; the extension stays. */
export function safeName(given: string): string {
  const last = given.normalize('NFC').split(/[\\/]/).at(-1) ?? ''
  const tidy = last
    .replaceAll(ANYTHING_ELSE, '_')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[. -]+|[. ]+$/g, '')
  const dot = tidy.lastIndexOf('.')
  const isExtension = dot > 0 && tidy.length - dot - 1 <= LONGEST_EXTENSION
  const stem = [...(isExtension ? tidy.slice(0, dot) : tidy)].slice(0, LONGEST_STEM).join('')
  return `${stem || 'file'}${isExtension ? tidy.slice(dot).toLowerCase() : ''}`
}

/** The extension with its dot, in lower case; empty where there is none. */
export function extensionOf(name: string): string {
  return /\.[a-z0-9]{1,10}$/i.exec(name)?.[0].toLowerCase() ?? ''
}
