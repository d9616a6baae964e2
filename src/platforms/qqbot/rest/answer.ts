/** What an HTTP answer of the platform says, whoever asked and whatever it claims to be. Pure. */
import { isRecord, parseJson } from '../../../lib/json.ts'
import type { HttpResponse } from '../../../lib/net/network.ts'
import { retryAfterMs } from '../../../lib/net/retry-after.ts'

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
  const asked = retryAfterMs(headers['retry-after'], wallNowMs)
  return {
    status,
    json,
    // Known pairs differ, and the platform asks to be judged by the newer member.
    code: codeIn(json?.['err_code']) ?? codeIn(json?.['code']),
    message: textIn(json?.['message']),
    traceId: textIn(headers['x-tps-trace-id']) ?? textIn(json?.['trace_id']),
    retryAfterMs: asked === undefined ? undefined : Math.min(asked, LONGEST_RETRY_AFTER_MS),
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
