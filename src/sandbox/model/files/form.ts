/** `multipart/form-data`, read without trust. Pure. */
export interface FormFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Form {
  readonly fields: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, FormFile>>
}

const BOUNDARY = /^multipart\/form-data;.*?boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i
const NAME = /^content-disposition:\s*form-data;.*?\bname="([^"]*)"(?:.*?\bfilename="([^"]*)")?/im
const HEADERS_END = '\r\n\r\n'

/** Undefined where it is no form, or a broken one. */
export function readForm(contentType: string, bytes: Uint8Array): Form | undefined {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) return undefined
  // Bytes and characters are one to one, so that what is text and what is a picture can be cut alike.
  const whole = `\r\n${Buffer.from(bytes).toString('latin1')}`
  const pieces = whole.split(`\r\n--${boundary}`)
  if (pieces.length < 2 || !pieces.at(-1)?.startsWith('--')) return undefined
  const fields: Record<string, string> = {}
  const files: Record<string, FormFile> = {}
  for (const piece of pieces.slice(1, -1)) {
    const end = piece.indexOf(HEADERS_END)
    const [, name, filename] = NAME.exec(piece.slice(0, Math.max(end, 0))) ?? []
    if (name === undefined) return undefined
    const content = Buffer.from(piece.slice(end + HEADERS_END.length), 'latin1')
    if (filename === undefined) fields[name] = content.toString()
    else files[name] = { name: filename, bytes: content }
  }
  return { fields, files }
}
