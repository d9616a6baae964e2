/** What a file is, by its first bytes: names and what servers say are only claims. Pure. */

export interface FileType {
  readonly mediaType: string
  readonly extension: string
}

/** So many bytes suffice. */
export const HEAD_BYTES = 16

const SILK: FileType = { mediaType: 'audio/silk', extension: '.silk' }
const MP3: FileType = { mediaType: 'audio/mpeg', extension: '.mp3' }

const MAGIC: readonly (readonly [offset: number, bytes: string, type: FileType])[] = [
  [0, '\x89PNG\r\n\x1a\n', { mediaType: 'image/png', extension: '.png' }],
  [0, '\xff\xd8\xff', { mediaType: 'image/jpeg', extension: '.jpg' }],
  [0, 'GIF8', { mediaType: 'image/gif', extension: '.gif' }],
  [8, 'WEBP', { mediaType: 'image/webp', extension: '.webp' }],
  [0, 'BM', { mediaType: 'image/bmp', extension: '.bmp' }],
  [0, '#!SILK', SILK],
  [0, '\x02#!SILK', SILK],
  [0, '#!AMR', { mediaType: 'audio/amr', extension: '.amr' }],
  [8, 'WAVE', { mediaType: 'audio/wav', extension: '.wav' }],
  [0, 'OggS', { mediaType: 'audio/ogg', extension: '.ogg' }],
  [0, 'ID3', MP3],
  // A frame of layer III by the two bytes that it begins with: MPEG 1, 2 and 2.5, each with and without a check sum.
  [0, '\xff\xfb', MP3],
  [0, '\xff\xfa', MP3],
  [0, '\xff\xf3', MP3],
  [0, '\xff\xf2', MP3],
  [0, '\xff\xe3', MP3],
  [0, '\xff\xe2', MP3],
  [4, 'ftyp', { mediaType: 'video/mp4', extension: '.mp4' }],
  [0, '%PDF-', { mediaType: 'application/pdf', extension: '.pdf' }],
]

/** The usual extension of a type, with its dot. */
export function extensionFor(mediaType: string | undefined): string | undefined {
  return MAGIC.find(([, , type]) => type.mediaType === mediaType)?.[2].extension
}

export function sniff(head: Uint8Array): FileType | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD_BYTES)).toString('latin1')
  return MAGIC.find(([offset, bytes]) => text.startsWith(bytes, offset))?.[2]
}
