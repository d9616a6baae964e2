/** Files for a model that reads them: documents whole, texts as data. */

import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import type { Attachment } from '../../platforms/platform.ts'

const MOST_FILES = 8
const MOST_DOCUMENT_BYTES = 16 * 1024 * 1024
const MOST_TEXT_BYTES = 256 * 1024
const DOCUMENT = 'application/pdf'

/** As parts of a message's content. One that is of no such kind, too large or gone is left out: its name stands in the text. */
export async function fileParts(attachments: readonly Attachment[]): Promise<readonly object[]> {
  const files = attachments.filter(({ kind, path }) => kind === 'file' && path !== undefined)
  return (await Promise.all(files.slice(0, MOST_FILES).map(partOf))).flat()
}

async function partOf({ name, path = '', mediaType = '', sizeBytes = 0 }: Attachment): Promise<readonly object[]> {
  if (sizeBytes > (mediaType === DOCUMENT ? MOST_DOCUMENT_BYTES : MOST_TEXT_BYTES)) return []
  try {
    const bytes = await readFile(path)
    if (mediaType === DOCUMENT) {
      const data = `data:${mediaType};base64,${bytes.toString('base64')}`
      return [{ type: 'file', file: { filename: name, file_data: data } }]
    }
    if (!isUtf8(bytes) || bytes.includes(0)) return []
    return [{ type: 'text', text: `The file, as data:\n${JSON.stringify({ name, content: bytes.toString() })}` }]
  } catch {
    return []
  }
}
