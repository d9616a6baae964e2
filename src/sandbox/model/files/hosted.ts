import type { Ids } from '../ids.ts'

/** A file that the platform keeps: what people send, and what a bot uploaded. */
export interface HostedFile {
  readonly name: string
  /** By its content, or what its sender says it is. */
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** Kept in memory, the oldest forgotten. */
export interface HostedFiles {
  /** Returns the path under which the platform serves it. */
  add(file: HostedFile): string
  find(id: string): HostedFile | undefined
}

const MOST_BYTES = 512 * 1024 * 1024

export function createHostedFiles(ids: Ids): HostedFiles {
  const files = new Map<string, HostedFile>()
  let used = 0
  return {
    add(file) {
      const id = ids.uuid()
      files.set(id, file)
      used += file.bytes.length
      for (const [oldest, { bytes }] of files) {
        if (used <= MOST_BYTES || oldest === id) break
        files.delete(oldest)
        used -= bytes.length
      }
      return `/hosted/${id}/${encodeURIComponent(file.name)}`
    },
    find: id => files.get(id),
  }
}

const MAGIC: readonly (readonly [offset: number, bytes: string, type: string])[] = [
  [0, '\x89PNG', 'image/png'],
  [0, '\xff\xd8\xff', 'image/jpeg'],
  [0, 'GIF8', 'image/gif'],
  [8, 'WEBP', 'image/webp'],
  [0, 'BM', 'image/bmp'],
  [0, '#!SILK', 'audio/silk'],
  [0, '\x02#!SILK', 'audio/silk'],
  [0, '#!AMR', 'audio/amr'],
  [8, 'WAVE', 'audio/wav'],
  [0, 'OggS', 'audio/ogg'],
  [0, 'ID3', 'audio/mpeg'],
  [0, '\xff\xfb', 'audio/mpeg'],
  [4, 'ftyp', 'video/mp4'],
]

export function typeOfBytes(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  return MAGIC.find(([offset, magic]) => head.startsWith(magic, offset))?.[2]
}

/** What the platform takes as each `file_type`; a plain file (4) may be anything. */
const FORMATS: Readonly<Record<number, RegExp>> = {
  1: /^image\//,
  2: /^video\/mp4$/,
  3: /^audio\/(?:silk|wav|mpeg|ogg|amr)$/,
}

export function fitsFileType(fileType: number, bytes: Uint8Array): boolean {
  const wanted = FORMATS[fileType]
  return !wanted || wanted.test(typeOfBytes(bytes) ?? '')
}
