/** Files of the simulated agent: a few bytes that lie on no disk. */
import { createHash } from 'node:crypto'
import type { Media } from '../../../src/media/create-media.ts'
import type { MediaDoor, OutgoingMedia } from '../../../src/platforms/platform.ts'

export function fileOf(tag: number): OutgoingMedia {
  return { kind: 'file', name: `file-${tag}.txt`, source: { path: `/files/file-${tag}.txt` } }
}

export const simMedia: Pick<Media, 'receive' | 'admit'> = { receive: async () => [], admit: async media => media }

export const simDoor: MediaDoor = {
  async open({ name }) {
    const bytes = new TextEncoder().encode(`the words of ${name}`)
    const digest = (algorithm: string, of: Uint8Array): string => createHash(algorithm).update(of).digest('hex')
    return {
      sizeBytes: bytes.length,
      read: async (start, length) => bytes.subarray(start, start + length),
      hashes: async headBytes => ({
        md5: digest('md5', bytes),
        sha1: digest('sha1', bytes),
        headMd5: digest('md5', bytes.subarray(0, headBytes)),
      }),
      close: async () => {},
    }
  },
  put: async () => 200,
}
