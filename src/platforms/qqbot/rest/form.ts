/** A body as `multipart/form-data`. Pure. */
import { createHash } from 'node:crypto'

export interface Form {
  readonly contentType: string
  readonly body: Uint8Array
}

export interface FormFile {
  readonly field: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** Texts go as they are, everything else as JSON. Names must need no escape. */
export function formOf(fields: object, file: FormFile): Form {
  const values = Object.entries(fields).map(([name, value]: [string, unknown]) => [
    `content-disposition: form-data; name="${name}"`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const fileHead = `content-disposition: form-data; name="${file.field}"; filename="${file.name}"\r\ncontent-type: ${file.mediaType}`
  const hash = createHash('sha256').update(file.bytes)
  for (const [, value = ''] of values) hash.update(value)
  // What is separated by its own hash cannot contain it.
  const boundary = `herald-${hash.digest('hex').slice(0, 48)}`
  const parts = values.map(([head, value]) => `--${boundary}\r\n${head}\r\n\r\n${value}\r\n`)
  const body = Buffer.concat([
    Buffer.from(`${parts.join('')}--${boundary}\r\n${fileHead}\r\n\r\n`),
    file.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return { contentType: `multipart/form-data; boundary=${boundary}`, body }
}
