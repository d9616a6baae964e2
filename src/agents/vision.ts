/** Pictures for a model that looks at them. */
import { readFile } from 'node:fs/promises'
import type { Attachment } from '../platforms/platform.ts'

const MOST_IMAGES = 8
/** Servers refuse larger ones, and each is sent in full. */
const MOST_BYTES = 8 * 1024 * 1024
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/** As `data:` addresses. One that has gone meanwhile is left out: its name stands in the text. */
export async function readImages(attachments: readonly Attachment[]): Promise<readonly string[]> {
  const shown = attachments.filter(
    ({ path, mediaType = '', sizeBytes = 0 }) => path !== undefined && SHOWN.has(mediaType) && sizeBytes <= MOST_BYTES,
  )
  const read = shown.slice(0, MOST_IMAGES).map(async ({ path = '', mediaType = '' }) => {
    try {
      return [`data:${mediaType};base64,${(await readFile(path)).toString('base64')}`]
    } catch {
      return []
    }
  })
  return (await Promise.all(read)).flat()
}
