/** What an HTTP answer of the platform says, whoever asked and whatever it claims to be. Pure. */
import { isRecord, parseJson } from '../../../lib/json.ts'
import type { HttpResponse } from '../../../lib/net/network.ts'

/** A longer pause than this is not taken at its word. */
const LONGEST_RETRY_AFTER_MS = 3_600_000

export interface Answer {
  readonly status: number
  /** The body when it is a JSON object. */
  readonly json: Record<string, unknown> | undefined
  /** `err_code`, or else `code`, where it is not 0. */
  readonly code: number | undefined
  readonly message: string | undefined
  readonly traceId: string | undefined
  readonly retryAfterMs: number | undefined
}

export function readAnswer({ status, headers, body }: HttpResponse, wallNowMs: number): Answer {
  const parsed = parseJson(body)
  const json = isRecord(parsed) ? parsed : undefined
  return {
    status,
    json,
    // Known pairs differ, and the platform asks to be judged by the newer member.
    code: codeIn(json?.['err_code']) ?? codeIn(json?.['code']),
    message: textIn(json?.['message']),
    traceId: textIn(headers['x-tps-trace-id']) ?? textIn(json?.['trace_id']),
    retryAfterMs: retryAfterMs(headers['retry-after'], wallNowMs),
  }
}

/** In words: what the platform said, or what kind of thing it answered with. */
export function describeAnswer({ status, json, code, message }: Answer): string {
  if (json === undefined) return `HTTP ${status} without a JSON object`
  const said = message === undefined ? '' : `: ${message}`
  return code === undefined ? `HTTP ${status}${said}` : `HTTP ${status}, code ${code}${said}`
}

function codeIn(value: unknown): number | undefined {
  const code = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof code === 'number' && Number.isSafeInteger(code) && code !== 0 ? code : undefined
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `Retry-After` in seconds or as a date. */
function retryAfterMs(header: string | undefined, wallNowMs: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - wallNowMs : seconds * 1000
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS)
}
