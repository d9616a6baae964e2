/** Uploads in parts: announced with three hashes, put part by part, confirmed part by part, put together. */
import { createHash } from 'node:crypto'
import { createRecentMap } from '../bounded.ts'
import { type Refusal, refuse } from '../rest/errors.ts'
import type { Chat } from '../talk/chats.ts'
import type { World } from '../world.ts'

interface Part {
  readonly index: number
  readonly sizeBytes: number
  bytes?: Uint8Array
  finished: boolean
}

interface Announced {
  readonly appId: string
  readonly scene: Chat['kind']
  readonly openid: string
  readonly fileType: number
  readonly name: string
  readonly sizeBytes: number
  readonly hashes: Hashes
  /** What the hash of the beginning is of. */
  readonly headBytes: number
  readonly parts: readonly Part[]
  forgotten: boolean
}

interface Hashes {
  readonly md5: string
  readonly sha1: string
  readonly headMd5: string
}

/** A file that is whole, and what it was announced as. */
export interface WholeFile {
  readonly name: string
  readonly fileType: number
  readonly bytes: Uint8Array
}

export interface ChunkedUploads {
  prepare(
    world: World,
    where: Pick<Announced, 'appId' | 'scene' | 'openid'>,
    body: Readonly<Record<string, unknown>>,
    origin: string,
  ): { readonly refusal: Refusal } | { readonly ok: object }
  /** Whoever asks for it is told that nobody knows it. */
  forget(uploadId: string): void
  /** The HTTP status of the object storage. */
  put(uploadId: string, index: number, bytes: Uint8Array): number
  finish(
    uploadId: string,
    where: Pick<Announced, 'appId' | 'openid'>,
    body: Readonly<Record<string, unknown>>,
  ): Refusal | undefined
  complete(uploadId: string, where: Pick<Announced, 'appId' | 'openid'>): { readonly refusal: Refusal } | WholeFile
}

const HARD_LIMIT_BYTES = 200 * 1024 * 1024
const UPLOADS_KEPT = 200

export function createChunkedUploads(): ChunkedUploads {
  const uploads = createRecentMap<string, Announced>(UPLOADS_KEPT)
  const known = (uploadId: string): Announced | undefined => {
    const upload = uploads.get(uploadId)
    return upload?.forgotten ? undefined : upload
  }
  const own = (uploadId: string, where: Pick<Announced, 'appId' | 'openid'>): Announced | undefined => {
    const upload = known(uploadId)
    return upload?.appId === where.appId && upload.openid === where.openid ? upload : undefined
  }

  return {
    prepare(world, where, body, origin) {
      const { options, ids } = world
      const sizeBytes = Number(body['file_size'])
      const fileType = Number(body['file_type'])
      const name = typeof body['file_name'] === 'string' ? body['file_name'] : ''
      const hashes = readHashes(body)
      if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || !(fileType >= 1 && fileType <= 4) || !name || !hashes)
        return { refusal: refuse(12002) }
      if (sizeBytes > HARD_LIMIT_BYTES) return { refusal: refuse(850031) }
      const uploadId = ids.uuid()
      const block = options.uploadBlockBytes
      const parts = Array.from({ length: Math.ceil(sizeBytes / block) }, (_, at) => ({
        index: at + options.uploadIndexBase,
        sizeBytes: Math.min(block, sizeBytes - at * block),
        finished: false,
      }))
      const headBytes = options.uploadHeadBytes
      uploads.set(uploadId, { ...where, fileType, name, sizeBytes, hashes, headBytes, parts, forgotten: false })
      const spelled = (count: number): string | number => (options.uploadNumbers === 'string' ? `${count}` : count)
      const config = { concurrency: 1, retry_timeout: options.uploadRetrySeconds, retry_delay: 1 }
      return {
        ok: {
          upload_id: uploadId,
          block_size: spelled(block),
          parts: parts.map(({ index }) => ({
            index,
            presigned_url: `${origin}/cos/${uploadId}/${index}?sign=${ids.token()}`,
            // The last one is told as long as the others: what is left of the file is the client's to know.
            block_size: spelled(block),
          })),
          ...(options.uploadConfig === 'top' ? {} : { upload_config: config }),
          ...(options.uploadConfig === 'nested' ? {} : config),
        },
      }
    },
    forget(uploadId) {
      const upload = uploads.get(uploadId)
      if (upload) upload.forgotten = true
    },
    put(uploadId, index, bytes) {
      const part = known(uploadId)?.parts.find(one => one.index === index)
      if (!part) return 404
      if (bytes.length !== part.sizeBytes) return 400
      part.bytes = bytes
      return 200
    },
    finish(uploadId, where, body) {
      const part = own(uploadId, where)?.parts.find(one => one.index === Number(body['part_index']))
      if (!part?.bytes || Number(body['block_size']) !== part.sizeBytes) return refuse(40034004)
      if (digest('md5', part.bytes) !== body['md5']) return refuse(40034004)
      part.finished = true
      return undefined
    },
    complete(uploadId, where) {
      const upload = own(uploadId, where)
      if (!upload?.parts.every(part => part.finished)) return { refusal: refuse(40034004) }
      const bytes = Buffer.concat(upload.parts.flatMap(part => part.bytes ?? []))
      const { md5, sha1, headMd5 } = upload.hashes
      const right =
        digest('md5', bytes) === md5 &&
        digest('sha1', bytes) === sha1 &&
        digest('md5', bytes.subarray(0, upload.headBytes)) === headMd5
      return right ? { name: upload.name, fileType: upload.fileType, bytes } : { refusal: refuse(40034004) }
    },
  }
}

function readHashes(body: Readonly<Record<string, unknown>>): Hashes | undefined {
  const { md5, sha1, md5_10m: headMd5 } = body
  const hex = (value: unknown, digits: number): value is string =>
    typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value)
  return hex(md5, 32) && hex(sha1, 40) && hex(headMd5, 32) ? { md5, sha1, headMd5 } : undefined
}

function digest(algorithm: 'md5' | 'sha1', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}
