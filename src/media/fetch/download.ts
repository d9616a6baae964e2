/** Brings one file from the web into the store, as it comes, within its size and its time. */
import { open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { MediaError } from '../media-error.ts'
import { HEAD_BYTES } from '../sniff.ts'
import type { Entry, MediaStore } from '../store.ts'
import { withBound } from './bound.ts'
import type { Web } from './web.ts'

export interface DownloadLimits {
  readonly mostBytes: number
  readonly mostMs: number
}

export interface Downloaded {
  readonly path: string
  readonly sizeBytes: number
  readonly head: Uint8Array
  /** Whole, and from now on in the hands of the quota. */
  keep(): void
  discard(): Promise<void>
}

export interface DownloadDeps {
  readonly web: Web
  readonly store: MediaStore
  readonly clock: Clock
}

/** Throws `MediaError`, or the reason of `signal`. */
export async function download(
  { web, store, clock }: DownloadDeps,
  file: { readonly url: string; readonly name: string },
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<Downloaded> {
  return withBound(clock, limits.mostMs, signal, async bounded => {
    const answer = await web.get(file.url, bounded)
    try {
      return await keepAnswer(answer, await store.begin(file.name), limits.mostBytes)
    } catch (thrown) {
      if (thrown instanceof MediaError) throw thrown
      throw new MediaError('unreachable', describeError(thrown), { cause: thrown })
    } finally {
      answer.destroy()
    }
  })
}

async function keepAnswer(answer: IncomingMessage, entry: Entry, mostBytes: number): Promise<Downloaded> {
  const { statusCode = 0 } = answer
  if (statusCode !== 200) throw new MediaError('http_status', `the answer was HTTP ${statusCode}`)
  if (Number(answer.headers['content-length'] ?? 0) > mostBytes) throw tooLarge(mostBytes)
  const handle = await onDisk(open(entry.path, 'wx', 0o600))
  try {
    let sizeBytes = 0
    let head = Buffer.alloc(0)
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes > mostBytes) throw tooLarge(mostBytes)
      entry.grow(chunk.length)
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES)])
      // One `write` may take a part of it and say so, such as when the disk fills up in the middle.
      await onDisk(handle.writeFile(chunk))
    }
    if (!answer.complete) throw new MediaError('unreachable', 'the connection ended before the file did')
    return { path: entry.path, sizeBytes, head, keep: entry.keep, discard: entry.discard }
  } catch (thrown) {
    await entry.discard()
    throw thrown
  } finally {
    await handle.close()
  }
}

/** What the disk refuses is no fault of the other side. */
async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new MediaError('no_room', describeError(cause), { cause })
  }
}

function tooLarge(mostBytes: number): MediaError {
  return new MediaError('too_large', `more than ${mostBytes} bytes`)
}
