/** A large file in parts: prepared, put where the platform says, told part by part, and put together. */
import { createHash } from 'node:crypto'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { describeError } from '../../../lib/errors.ts'
import type { MediaDoor, OpenMedia } from '../../platform.ts'
import type { Api, ApiReply } from '../rest/api.ts'
import { isGood, readPlan, readTicket, type UploadPart, type UploadPlan } from './upload-answer.ts'

export interface ChunkedUpload {
  /** `/v2/users/<openid>` or `/v2/groups/<openid>`. */
  readonly folder: string
  readonly fileType: number
  readonly name: string
  readonly file: OpenMedia
  readonly hashes: { readonly md5: string; readonly sha1: string; readonly headMd5: string }
}

export interface ChunkedDeps {
  readonly clock: Clock
  readonly api: Api
  readonly door: MediaDoor
}

/** The platform's odd idea of ten megabytes. */
export const HASHED_HEAD_BYTES = 10_002_432

const RETRY_PART = 40093001
const TRIES = 3
const PAUSE_MS = 1_000
const PART_MS = 300_000
const CALL_MS = 60_000

/** A call that failed for good, or often enough. */
class UploadFailed extends Error {
  readonly reply: ApiReply
  constructor(reply: ApiReply) {
    super('the upload failed')
    this.reply = reply
  }
}

/** The last answer: with the file's ticket, or with the reason why there is none. Throws what reading the file throws. */
export async function uploadInParts(
  { clock, api, door }: ChunkedDeps,
  upload: ChunkedUpload,
  signal: AbortSignal,
): Promise<ApiReply> {
  const { folder, fileType, name, file, hashes } = upload
  const call = (path: string, body: object): Promise<ApiReply> =>
    api.call({ method: 'POST', path: `${folder}/${path}`, body, timeoutMs: CALL_MS }, signal)
  const description = { file_type: fileType, file_name: name }

  /** Broken answers and lost ones are asked for again: none of these calls shows anything. */
  const insist = async (path: string, body: object): Promise<ApiReply> => {
    for (let tries = 1; ; tries++) {
      const reply = await call(path, body)
      if (tries >= TRIES || !isBroken(reply)) return reply
      await sleep(clock, PAUSE_MS * tries, signal)
    }
  }
  const put = async ({ url }: UploadPart, bytes: Uint8Array): Promise<void> => {
    for (let tries = 1; ; tries++) {
      const why = await door.put(url, bytes, PART_MS, signal).then(
        status => (status >= 200 && status < 300 ? undefined : `HTTP ${status}`),
        (thrown: unknown) => describeError(thrown),
      )
      if (why === undefined) return
      signal.throwIfAborted()
      if (tries >= TRIES) throw new UploadFailed({ kind: 'unanswered', message: `a part was not taken: ${why}` })
      await sleep(clock, PAUSE_MS * tries, signal)
    }
  }
  const finish = async (plan: UploadPlan, part: UploadPart, md5: string): Promise<void> => {
    const endMs = clock.monotonicMs() + plan.retryForMs
    const body = { upload_id: plan.uploadId, part_index: part.index, block_size: part.length, md5 }
    for (;;) {
      const reply = await insist('upload_part_finish', body)
      if (isGood(reply)) return
      const again = reply.kind === 'answered' && reply.code === RETRY_PART
      if (!again || clock.monotonicMs() + plan.retryDelayMs > endMs) throw new UploadFailed(reply)
      await sleep(clock, plan.retryDelayMs, signal)
    }
  }
  const bring = async (plan: UploadPlan, part: UploadPart): Promise<void> => {
    const bytes = await file.read(part.start, part.length)
    await put(part, bytes)
    await finish(plan, part, createHash('md5').update(bytes).digest('hex'))
  }

  const prepared = await insist('upload_prepare', {
    ...description,
    file_size: String(file.sizeBytes),
    md5: hashes.md5,
    sha1: hashes.sha1,
    md5_10m: hashes.headMd5,
  })
  // The platform may have the file already.
  const plan = readTicket(prepared) ? undefined : readPlan(prepared, file.sizeBytes)
  if (!plan) return prepared
  try {
    await inTurns(plan, part => bring(plan, part))
  } catch (thrown) {
    if (thrown instanceof UploadFailed) return thrown.reply
    throw thrown
  }
  return insist('files', { ...description, upload_id: plan.uploadId, srv_send_msg: false })
}

function isBroken(reply: ApiReply): boolean {
  if (reply.kind !== 'answered') return reply.kind === 'unanswered'
  return reply.code !== RETRY_PART && reply.status >= 500
}

/** All parts, as many at a time as the platform wants. The first failure is the one that counts; no new part begins after it. */
async function inTurns({ parts, concurrency }: UploadPlan, bring: (part: UploadPart) => Promise<void>): Promise<void> {
  const left = [...parts]
  let failed = false
  const work = async (): Promise<void> => {
    for (let part = left.shift(); part && !failed; part = left.shift()) {
      try {
        await bring(part)
      } catch (thrown) {
        failed = true
        throw thrown
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
