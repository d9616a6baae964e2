/** What the answers of the upload calls say, in every spelling that was seen. Pure. */
import type { SendDetail, SendOutcome } from '../../platform.ts'
import { idOf, record, records, words } from '../inbound/read-json.ts'
import { describeAnswer } from '../rest/answer.ts'
import { type ApiReply, isTokenRefusal } from '../rest/api.ts'
import { isKnown, outcomeOfCode } from './error-codes.ts'

/** A file that is with the platform. */
export interface FileTicket {
  readonly fileInfo: string
  /** 0 for as long as the platform likes. */
  readonly ttlSeconds: number
}

export interface UploadPart {
  /** As the platform counts it, from 0 or from 1. */
  readonly index: number
  readonly url: string
  readonly start: number
  readonly length: number
}

export interface UploadPlan {
  readonly uploadId: string
  readonly parts: readonly UploadPart[]
  readonly concurrency: number
  readonly retryForMs: number
  readonly retryDelayMs: number
}

const MOST_AT_ONCE = 4
const LONGEST_RETRY_S = 600

export function isGood(reply: ApiReply): boolean {
  return reply.kind === 'answered' && reply.status >= 200 && reply.status < 300 && reply.code === undefined
}

export function readTicket(reply: ApiReply): FileTicket | undefined {
  const json = goodJson(reply)
  const fileInfo = words(json['file_info'])
  return fileInfo === undefined ? undefined : { fileInfo, ttlSeconds: count(json['ttl']) ?? 0 }
}

function goodJson(reply: ApiReply): Readonly<Record<string, unknown>> {
  return reply.kind === 'answered' && isGood(reply) ? record(reply.json) : {}
}

/** Undefined for an answer that cannot be followed: an upload without a name, or parts that do not make up the file. */
export function readPlan(reply: ApiReply, sizeBytes: number): UploadPlan | undefined {
  const json = goodJson(reply)
  const uploadId = idOf(json['upload_id'])
  const nested = record(json['upload_config'])
  const setting = (name: string): number | undefined => count(nested[name]) ?? count(json[name])
  const usual = count(json['block_size'])
  const given = records(json['parts'])
    .flatMap(part => readPart(part, usual))
    .sort((a, b) => a.index - b.index)
  const parts: UploadPart[] = []
  let start = 0
  for (const { index, url, blockBytes } of given) {
    const length = Math.min(blockBytes, sizeBytes - start)
    if (length > 0) parts.push({ index, url, start, length })
    start += length
  }
  // Without any part the platform knows the file already.
  if (uploadId === undefined || (given.length > 0 && start !== sizeBytes)) return undefined
  return {
    uploadId,
    parts,
    concurrency: Math.min(Math.max(setting('concurrency') ?? 1, 1), MOST_AT_ONCE),
    retryForMs: Math.min(setting('retry_timeout') ?? 300, LONGEST_RETRY_S) * 1000,
    retryDelayMs: Math.max(setting('retry_delay') ?? 1, 0.1) * 1000,
  }
}

function readPart(part: Readonly<Record<string, unknown>>, usual: number | undefined) {
  const index = count(part['index'])
  const url = words(part['presigned_url'])
  const blockBytes = count(part['block_size']) ?? usual
  return index === undefined || url === undefined || !blockBytes ? [] : [{ index, url, blockBytes }]
}

/** Numbers come as numbers or as texts. */
function count(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
}

/**
 * What a failed upload means for the message that waits for it. Nothing was shown, whatever happened. The HTTP status is told in
 * words alone: a broken answer to an upload says nothing about the message.
 */
export function judgeUpload(reply: ApiReply): SendOutcome {
  if (reply.kind === 'not_sent') return { kind: 'not_sent', message: reply.message }
  if (reply.kind === 'unanswered') return { kind: 'busy', message: `upload: ${reply.message}` }
  const { code, status, traceId, retryAfterMs } = reply
  const detail: SendDetail = {
    message: `upload: ${describeAnswer(reply)}`,
    ...(code === undefined ? {} : { code: String(code) }),
    ...(traceId === undefined ? {} : { traceId }),
  }
  if (isTokenRefusal(reply)) return { kind: 'token_refused', ...detail }
  const busy: SendOutcome = { kind: 'busy', ...detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (code !== undefined && isKnown(code)) {
    const { kind } = outcomeOfCode(code, false)
    if (kind === 'busy') return busy
    return kind === 'chat_gone' ? { kind, ...detail } : mediaRefused(detail)
  }
  // A good answer without a file is one more kind of broken one.
  return status === 429 || status >= 500 || status < 300 || reply.json === undefined ? busy : mediaRefused(detail)
}

/** Fetching, the address, its format; the last row as guilds say it. */
const ADDRESS_CODES = new Set([
  ...[40034001, 40034002, 40034004, 850019, 850026, 850027, 304082, 304083],
  ...[304003, 40034028, 40054010],
  ...[304010, 304021],
])

/** Not its right, its quota or the chat: the bytes of the same file may be taken. */
export function mayBeTheAddress(reply: ApiReply): boolean {
  return reply.kind === 'answered' && reply.code !== undefined && ADDRESS_CODES.has(reply.code)
}

const TOO_LARGE = 413
/** The operation, the body, what is in it. */
const BODY_CODES = new Set([10000, 12002, 22006])

/** Bytes inside of the call are undocumented, whatever the SDKs do: in parts the same file may be taken. */
export function mayBeTheBody(reply: ApiReply): boolean {
  if (reply.kind !== 'answered') return false
  if (reply.status === TOO_LARGE || reply.code === undefined) return reply.status === TOO_LARGE
  if (isKnown(reply.code)) return BODY_CODES.has(reply.code)
  return judgeUpload(reply).kind === 'form_refused'
}

export function mediaRefused(detail: SendDetail): SendOutcome {
  return { kind: 'form_refused', part: 'media', ...detail }
}
