/**
 * A large file in parts: prepared, put where the platform says, told part by part, and put together. What breaks off goes on
 * with the next try where it was; what the platform has forgotten begins anew, once.
 */
import { createHash } from 'node:crypto'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { describeError } from '../../../lib/errors.ts'
import type { MediaDoor, OpenMedia } from '../../platform.ts'
import { type Api, type ApiReply, isTokenRefusal } from '../rest/api.ts'
import { isGood, readPlan, readTicket, type UploadPart, type UploadPlan } from './upload-answer.ts'
import type { UploadSession, UploadSessions } from './upload-sessions.ts'

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
  readonly sessions: UploadSessions
}

/** The platform's odd idea of ten megabytes, and what one SDK takes it for. */
export const HASHED_HEAD_BYTES = 10_002_432
const OTHER_HEAD_BYTES = 10 * 1024 * 1024

const RETRY_PART = 40093001
/** How the storage says that it does not take this any more, and how the platform does. */
const GONE_STATUSES = new Set([403, 404, 410])
const GONE_CODE = 40034004
const TRIES = 3
const PAUSE_MS = 1_000
const PART_MS = 300_000
const CALL_MS = 60_000

/** A call that failed for good, or often enough. */
class UploadFailed extends Error {
  readonly reply: ApiReply
  /** Of this upload nothing is known any more. */
  readonly gone: boolean
  constructor(reply: ApiReply, gone = isGone(reply)) {
    super('the upload failed')
    this.reply = reply
    this.gone = gone
  }
}

/** The last answer: with the file's ticket, or with the reason why there is none. Throws what reading the file throws. */
export async function uploadInParts(
  { clock, api, door, sessions }: ChunkedDeps,
  upload: ChunkedUpload,
  signal: AbortSignal,
): Promise<ApiReply> {
  const { folder, fileType, name, file, hashes } = upload
  const key = `${folder} ${fileType} ${hashes.md5} ${hashes.sha1} ${name}`
  const description = { file_type: fileType, file_name: name }

  /** Broken answers and lost ones are asked for again: none of these calls shows anything. */
  const insist = async (path: string, body: object): Promise<ApiReply> => {
    for (let tries = 1; ; tries++) {
      const call = { method: 'POST', path: `${folder}/${path}`, body, timeoutMs: CALL_MS } as const
      const reply = await api.call(call, signal)
      if (tries >= TRIES || !isBroken(reply)) return reply
      await sleep(clock, PAUSE_MS * tries, signal)
    }
  }
  /** Also for as long as the platform asks for it. */
  const insistLong = async (plan: UploadPlan, path: string, body: object): Promise<ApiReply> => {
    const endMs = clock.monotonicMs() + plan.retryForMs
    for (;;) {
      const reply = await insist(path, { upload_id: plan.uploadId, ...body })
      const again = reply.kind === 'answered' && reply.code === RETRY_PART
      if (!again || clock.monotonicMs() + plan.retryDelayMs > endMs) return reply
      await sleep(clock, plan.retryDelayMs, signal)
    }
  }
  const put = async ({ url }: UploadPart, bytes: Uint8Array): Promise<void> => {
    for (let tries = 1; ; tries++) {
      const answer = await door.put(url, bytes, PART_MS, signal).catch(describeError)
      if (typeof answer === 'number' && answer >= 200 && answer < 300) return
      signal.throwIfAborted()
      const gone = typeof answer === 'number' && GONE_STATUSES.has(answer)
      if (gone || tries >= TRIES) {
        const why = typeof answer === 'number' ? `HTTP ${answer}` : answer
        throw new UploadFailed({ kind: 'unanswered', message: `a part was not taken: ${why}` }, gone)
      }
      await sleep(clock, PAUSE_MS * tries, signal)
    }
  }
  const bring = async ({ plan, put: taken, finished }: UploadSession, part: UploadPart): Promise<void> => {
    let md5 = taken.get(part.index)
    if (md5 === undefined) {
      const bytes = await file.read(part.start, part.length)
      await put(part, bytes)
      md5 = createHash('md5').update(bytes).digest('hex')
      taken.set(part.index, md5)
    }
    const told = { part_index: part.index, block_size: part.length, md5 }
    const reply = await insistLong(plan, 'upload_part_finish', told)
    if (!isGood(reply)) throw new UploadFailed(reply)
    finished.add(part.index)
  }

  /** What is missing, and the end. A session that may go on is kept, however this ends. */
  const goOn = async (session: UploadSession): Promise<{ readonly reply: ApiReply; readonly gone: boolean }> => {
    let kept = true
    try {
      await inTurns(session, part => bring(session, part))
      const reply = await insistLong(session.plan, 'files', { ...description, srv_send_msg: false })
      if (readTicket(reply) === undefined) throw new UploadFailed(reply)
      kept = false
      return { reply, gone: false }
    } catch (thrown) {
      if (!(thrown instanceof UploadFailed)) throw thrown
      const { reply, gone } = thrown
      kept = !gone && mayPass(reply)
      return { reply, gone }
    } finally {
      if (kept) sessions.keep(key, session)
    }
  }

  const begin = (headMd5: string): Promise<ApiReply> =>
    insist('upload_prepare', {
      ...description,
      file_size: String(file.sizeBytes),
      md5: hashes.md5,
      sha1: hashes.sha1,
      md5_10m: headMd5,
    })

  let { headMd5 } = hashes
  let session = sessions.take(key)
  for (let begun = 0; ; begun++) {
    if (session === undefined) {
      const prepared = await begin(headMd5)
      // The platform may have the file already.
      const plan = readTicket(prepared) ? undefined : readPlan(prepared, file.sizeBytes)
      if (!plan) return prepared
      session = { plan, put: new Map(), finished: new Set() }
    }
    const { reply, gone } = await goOn(session)
    if (!gone || begun >= 1) return reply
    // All of it was there, and still it was not what had been announced: the span of the beginning may be the other one.
    const wasWhole = session.finished.size === session.plan.parts.length
    if (wasWhole && file.sizeBytes > HASHED_HEAD_BYTES) ({ headMd5 } = await file.hashes(OTHER_HEAD_BYTES))
    session = undefined
  }
}

function isBroken(reply: ApiReply): boolean {
  if (reply.kind !== 'answered') return reply.kind === 'unanswered'
  return reply.status >= 500 && reply.code !== RETRY_PART && !isTokenRefusal(reply)
}

function isGone(reply: ApiReply): boolean {
  return reply.kind === 'answered' && (reply.code === GONE_CODE || reply.status === 404 || reply.status === 410)
}

/** The same call may be taken later. */
function mayPass(reply: ApiReply): boolean {
  if (reply.kind !== 'answered') return true
  const { status, code } = reply
  return status >= 500 || status === 429 || status < 300 || code === RETRY_PART || isTokenRefusal(reply)
}

/** All parts that are missing, as many at a time as the platform wants. The first failure is the one that counts; no new part begins after it. */
async function inTurns({ plan, finished }: UploadSession, bring: (part: UploadPart) => Promise<void>): Promise<void> {
  const left = plan.parts.filter(({ index }) => !finished.has(index))
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
  const ends = await Promise.allSettled(Array.from({ length: plan.concurrency }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
