/**
 * Brings a file to the platform before the message that shows it, by the way that suits its size. A file of a private chat is
 * none for a group, and the other way round.
 */

import { HeraldError, StoppedError } from '../../../lib/errors.ts'
import type { AdapterWorld, ChatAddress, MediaDoor, OpenMedia, OutgoingMedia, SendOutcome } from '../../platform.ts'
import type { Api, ApiReply } from '../rest/api.ts'
import type { FormFile } from '../rest/form.ts'
import { type ChunkedUpload, HASHED_HEAD_BYTES, uploadInParts } from './chunked-upload.ts'
import { judgeUpload, mayBeTheAddress, mayBeTheBody, mediaRefused, readTicket } from './upload-answer.ts'
import { createUploadCache } from './upload-cache.ts'
import { createUploadSessions } from './upload-sessions.ts'

export type Uploaded = { readonly kind: 'ready'; readonly fileInfo: string; readonly fromCache: boolean } | Failed

/** What that means for the message; nothing was shown. `reply` is the answer behind it, where there is one. */
interface Failed {
  readonly kind: 'failed'
  readonly outcome: SendOutcome
  readonly reply?: ApiReply
}

export interface Uploads {
  upload(chat: ChatAddress, folder: string, media: OutgoingMedia, signal: AbortSignal): Promise<Uploaded>
  /** The platform did not know this file any more. */
  forget(fileInfo: string): void
  /** For a chat whose messages carry their pictures themselves. */
  picture(
    media: OutgoingMedia,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'ready'; readonly file: FormFile } | Failed>
}

type Opened = Pick<ChunkedUpload, 'file' | 'hashes'>

const FILE = 4
const FILE_TYPES: Readonly<Record<OutgoingMedia['kind'], number>> = { image: 1, video: 2, voice: 3, file: FILE }
/** What the platform shows as more than a file. Of sounds it is sure of SILK alone; the door makes that of what it can decode. */
const SHOWN: Readonly<Record<OutgoingMedia['kind'], RegExp>> = {
  image: /^image\//,
  video: /^video\/mp4$/,
  voice: /^audio\/silk$/,
  file: /^$/,
}
/** As base64 it stays below the 10 MB at which the edge refuses a body. */
const MOST_INLINE_BYTES = 6_900_000
/** What a guild's message may carry, below the same limit. */
const MOST_PICTURE_BYTES = 9_500_000
const PICTURE_FIELD = 'file_image'
const MOST_BYTES = 200 * 1024 * 1024
const CALL_MS = 120_000
/** The bound on all of it: for the slowest line that is waited for. */
const SLOWEST_BYTES_PER_S = 128 * 1024
const LEAST_MS = 120_000
/** The platform cannot read this as what it was said to be. */
const WRONG_FORMAT = new Set([40034002, 850019])

export function createUploads(world: Pick<AdapterWorld, 'clock'>, api: Api, door: MediaDoor): Uploads {
  const { clock } = world
  const cache = createUploadCache(clock)
  const sessions = createUploadSessions(clock)

  const call = (folder: string, body: object, signal: AbortSignal): Promise<ApiReply> =>
    api.call({ method: 'POST', path: `${folder}/files`, body, timeoutMs: CALL_MS }, signal)

  const bring = async (folder: string, name: string, opened: Opened, type: number, signal: AbortSignal) => {
    const { file, hashes } = opened
    const inParts = () =>
      uploadInParts({ clock, api, door, sessions }, { folder, fileType: type, name, file, hashes }, signal)
    if (file.sizeBytes > MOST_INLINE_BYTES) return inParts()
    const data = Buffer.from(await file.read(0, file.sizeBytes)).toString('base64')
    const body = { file_type: type, file_data: data, file_name: name, srv_send_msg: false }
    const reply = await call(folder, body, signal)
    return mayBeTheBody(reply) ? inParts() : reply
  }

  const uploadFile = async (
    chat: ChatAddress,
    folder: string,
    media: OutgoingMedia,
    file: OpenMedia,
    signal: AbortSignal,
  ): Promise<Uploaded> => {
    if (file.sizeBytes > MOST_BYTES) return refused('too_large', `it has more than ${MOST_BYTES} bytes`)
    const hashes = await file.hashes(HASHED_HEAD_BYTES)
    const shown = file.mediaType !== undefined && SHOWN[media.kind].test(file.mediaType)
    let type = shown ? FILE_TYPES[media.kind] : FILE
    for (;;) {
      const key = `${chat.kind} ${type} ${hashes.md5} ${hashes.sha1} ${media.name}`
      const known = cache.get(key)
      if (known !== undefined) return { kind: 'ready', fileInfo: known, fromCache: true }
      const reply = await bring(folder, media.name, { file, hashes }, type, signal)
      const ticket = readTicket(reply)
      if (ticket) {
        cache.add(key, ticket)
        return { kind: 'ready', fileInfo: ticket.fileInfo, fromCache: false }
      }
      const misread = reply.kind === 'answered' && reply.code !== undefined && WRONG_FORMAT.has(reply.code)
      if (!misread || type === FILE) return failed(reply)
      type = FILE
    }
  }

  /** Opened where it is needed, closed in any case. */
  const openAndUpload = async (chat: ChatAddress, folder: string, media: OutgoingMedia, signal: AbortSignal) => {
    const file = await door.open(media, signal)
    const mostMs = Math.max(LEAST_MS, (file.sizeBytes / SLOWEST_BYTES_PER_S) * 1000)
    const bound = new AbortController()
    const cancel = clock.after(mostMs, () => bound.abort(new StoppedError(`the upload took more than ${mostMs} ms`)))
    try {
      const uploaded = await uploadFile(chat, folder, media, file, AbortSignal.any([signal, bound.signal]))
      // A call that the bound cut off looks like one that the network lost.
      return uploaded.kind === 'failed' && bound.signal.aborted
        ? refused('timeout', 'the upload took too long')
        : uploaded
    } finally {
      cancel()
      await file.close()
    }
  }

  return {
    forget: cache.drop,
    upload: (chat, folder, media, signal) =>
      orFailed(signal, async () => {
        // A voice has to be looked at: the platform plays few kinds.
        if ('url' in media.source && media.kind !== 'voice') {
          const { url } = media.source
          const body = { file_type: FILE_TYPES[media.kind], url, file_name: media.name, srv_send_msg: false }
          const reply = await call(folder, body, signal)
          const ticket = readTicket(reply)
          if (ticket) return { kind: 'ready', fileInfo: ticket.fileInfo, fromCache: false }
          // It could not fetch it, or would not: from here it comes as bytes.
          if (!mayBeTheAddress(reply)) return failed(reply)
        }
        return await openAndUpload(chat, folder, media, signal)
      }),
    picture: (media, signal) =>
      orFailed(signal, async () => {
        const file = await door.open(media, signal)
        try {
          const { sizeBytes, mediaType = '' } = file
          if (sizeBytes > MOST_PICTURE_BYTES)
            return refused('too_large', `it has more than ${MOST_PICTURE_BYTES} bytes`)
          if (!SHOWN.image.test(mediaType)) return refused('unsupported', 'it is no picture')
          const name = `picture.${mediaType.slice('image/'.length)}`
          return {
            kind: 'ready',
            file: { field: PICTURE_FIELD, name, mediaType, bytes: await file.read(0, sizeBytes) },
          }
        } finally {
          await file.close()
        }
      }),
  }
}

/** What goes wrong with the file itself refuses it. */
async function orFailed<T>(signal: AbortSignal, task: () => Promise<T | Failed>): Promise<T | Failed> {
  try {
    return await task()
  } catch (thrown) {
    if (signal.aborted) return { kind: 'failed', outcome: { kind: 'not_sent', message: 'called off' } }
    if (thrown instanceof HeraldError) return refused(thrown.code, thrown.message)
    throw thrown
  }
}

function failed(reply: ApiReply): Failed {
  return { kind: 'failed', outcome: judgeUpload(reply), reply }
}

function refused(code: string, message: string): Failed {
  return { kind: 'failed', outcome: mediaRefused({ code, message }) }
}
