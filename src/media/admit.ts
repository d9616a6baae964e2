/** May this go out at all? Asked while an answer is planned, so that a refusal stands in its text. */
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OutgoingMedia } from '../platforms/platform.ts'
import { openAllowed } from './allowed.ts'
import { plainlyRefused } from './fetch/reach.ts'
import { MediaError } from './media-error.ts'

/** What may go out, with the real path of a file; throws `MediaError` for what may not. */
export type Admit = (media: OutgoingMedia) => Promise<OutgoingMedia>

export function createAdmit(folders: readonly string[]): Admit {
  return async media => {
    const { source } = media
    if ('path' in source) return admitPath(media, source.path, folders)
    const url = URL.parse(source.url)
    if (url?.protocol === 'file:') return admitPath(media, pathOf(url), folders)
    const why = plainlyRefused(source.url)
    if (why !== undefined) throw new MediaError('address_refused', why)
    return media
  }
}

async function admitPath(media: OutgoingMedia, path: string, folders: readonly string[]): Promise<OutgoingMedia> {
  const { path: real, handle } = await openAllowed(path, folders)
  await handle.close()
  return { ...media, source: { path: real } }
}

function pathOf(url: URL): string {
  try {
    const path = fileURLToPath(url)
    if (isAbsolute(path)) return path
  } catch {
    // Of another machine, or no path at all.
  }
  throw new MediaError('path_refused', 'it is no path of this machine')
}
