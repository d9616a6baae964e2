/** What an adapter sends, opened: files of the allowed folders, and what lies on the web where a platform does not fetch it. */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Clock } from '../lib/clock.ts'
import type { MediaDoor, OpenMedia, OutgoingMedia } from '../platforms/platform.ts'
import { openAllowed } from './allowed.ts'
import { withBound } from './fetch/bound.ts'
import { type DownloadLimits, download } from './fetch/download.ts'
import type { Web } from './fetch/web.ts'
import { MediaError } from './media-error.ts'
import { HEAD_BYTES, sniff } from './sniff.ts'
import { createConvert, isConvertible } from './sound/convert.ts'
import type { MediaStore } from './store.ts'

export interface DoorDeps {
  readonly web: Web
  readonly store: MediaStore
  readonly clock: Clock
  readonly limits: DownloadLimits
  readonly folders: readonly string[]
}

/** Bytes that can be read from anywhere. */
interface Source {
  readonly sizeBytes: number
  read(start: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

const HASHED_AT_ONCE_BYTES = 1024 * 1024

export function createMediaDoor(deps: DoorDeps): MediaDoor {
  const convert = createConvert(deps.clock)
  const openSource = async ({ source, name }: OutgoingMedia, signal: AbortSignal): Promise<Source> => {
    if ('path' in source) {
      const { handle, sizeBytes } = await openAllowed(source.path, deps.folders)
      return fileSource(handle, sizeBytes, async () => {})
    }
    const fetched = await download(deps, { url: source.url, name }, deps.limits, signal)
    try {
      return fileSource(await open(fetched.path, 'r'), fetched.sizeBytes, fetched.discard)
    } catch (thrown) {
      await fetched.discard()
      throw thrown
    }
  }

  /** Undefined for what is SILK already, and for what cannot be made SILK: that goes as the file that it is. */
  const asSilk = async (source: Source, mediaType: string | undefined, signal: AbortSignal) => {
    if (mediaType === 'audio/silk' || !isConvertible(mediaType, source.sizeBytes)) return undefined
    try {
      return await convert('silk', () => source.read(0, source.sizeBytes), signal)
    } catch (thrown) {
      if (thrown instanceof MediaError && thrown.code === 'unsupported') return undefined
      throw thrown
    }
  }

  return {
    async open(media, signal) {
      const source = await openSource(media, signal)
      try {
        const { mostBytes } = deps.limits
        if (source.sizeBytes > mostBytes) throw new MediaError('too_large', `it has more than ${mostBytes} bytes`)
        if (source.sizeBytes === 0) throw new MediaError('unsupported', 'the file is empty')
        const head = await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes))
        const mediaType = sniff(head)?.mediaType
        const silk = media.kind === 'voice' ? await asSilk(source, mediaType, signal) : undefined
        if (silk === undefined) return opened(source, mediaType)
        await source.close()
        return opened(bytesSource(silk), 'audio/silk')
      } catch (thrown) {
        await source.close()
        throw thrown
      }
    },
    put: (url, bytes, mostMs, signal) =>
      withBound(deps.clock, mostMs, signal, bounded => deps.web.put(url, bytes, bounded)),
  }
}

function opened(source: Source, mediaType: string | undefined): OpenMedia {
  const { sizeBytes, read, close } = source
  return {
    sizeBytes,
    read,
    close,
    ...(mediaType === undefined ? {} : { mediaType }),
    async hashes(headBytes) {
      const [md5, sha1, headMd5] = [createHash('md5'), createHash('sha1'), createHash('md5')]
      for (let at = 0; at < sizeBytes; at += HASHED_AT_ONCE_BYTES) {
        const bytes = await read(at, Math.min(HASHED_AT_ONCE_BYTES, sizeBytes - at))
        md5.update(bytes)
        sha1.update(bytes)
        if (at < headBytes) headMd5.update(bytes.subarray(0, headBytes - at))
      }
      return { md5: md5.digest('hex'), sha1: sha1.digest('hex'), headMd5: headMd5.digest('hex') }
    },
  }
}

/** The handle holds on to the file: one that is deleted meanwhile is still there. One that was cut short is not. */
function fileSource(handle: FileHandle, sizeBytes: number, afterwards: () => Promise<void>): Source {
  let closed: Promise<void> | undefined
  return {
    sizeBytes,
    async read(start, length) {
      const bytes = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, start + filled)
        if (bytesRead === 0) throw new MediaError('gone', 'the file became shorter while it was read')
        filled += bytesRead
      }
      return bytes
    },
    close() {
      closed ??= handle.close().then(afterwards)
      return closed
    },
  }
}

function bytesSource(bytes: Uint8Array): Source {
  return {
    sizeBytes: bytes.length,
    read: async (start, length) => bytes.subarray(start, start + length),
    close: async () => {},
  }
}
