import type { PlatformOptions } from '../options.ts'

/** A refusal by the platform: the code that clients judge by, its message, and the HTTP status it comes with. */
export interface Refusal {
  readonly code: number
  readonly message: string
  /** Where it differs from `code`. */
  readonly errCode?: number
  /** Absent: the status of ordinary business refusals. */
  readonly status?: number
}

const MESSAGES = {
  11241: 'token is missing',
  11242: 'token check failed',
  11243: 'token is wrong',
  11244: 'token not exist or expire',
  11245: 'fixed token is disabled',
  12002: 'request body is invalid',
  11253: 'api not granted',
  11255: 'invalid request',
  11265: 'bot is banned',
  11293: 'native markdown is not enabled',
  22006: 'message type and content do not match',
  22009: 'message limit exceeded',
  50006: 'message is empty',
  50035: 'form data is invalid',
  100001: 'Too many requests',
  100016: 'invalid appid or secret',
  100007: 'appid invalid',
  10004: '机器人不存在',
  100017: 'request rate limited',
  304003: 'url is not allowed',
  304014: 'no permission for markdown template',
  304023: 'push message is waiting for audit now',
  304024: 'reply message is waiting for audit now',
  304025: 'message hit by safety',
  304080: 'file_info is invalid',
  850019: 'media format is not supported',
  850026: 'media cannot be fetched',
  850031: 'media is too large',
  40093001: 'part is to be finished again',
  40093002: 'daily upload volume is used up',
  304103: 'msg_id expired',
  340069: 'msg_type is invalid',
  40006: 'stream index is out of order',
  40007: 'stream content does not continue what was delivered',
  50002: 'stream frames come too fast',
  40034004: 'rich media transfer failed',
  40034005: 'msg_id is expired',
  40034006: 'content violates the rules',
  40034011: 'markdown is invalid',
  40034012: 'markdown is not allowed',
  40034024: 'msg_id is invalid',
  40034025: 'event_id is invalid',
  40034026: 'event_id is expired',
  40034027: 'event cannot be replied to',
  40034028: 'link is not allowed',
  40034029: 'keyboard has too many rows or columns',
  40034100: 'proactive messages are rate limited',
  40034101: 'bot is not in the group',
  40034102: 'proactive message failed, no permission',
  40034105: 'proactive messages are not enabled here',
  40034127: 'no permission for markdown',
  40034128: 'passive reply time or count exceeded',
  40054002: 'bot is muted',
  40054003: 'not a member of the group',
  40054004: 'not a friend',
  40054005: '消息被去重，请检查请求msgseq',
  40054007: 'message is too long',
  40054010: 'url is not allowed',
  40054013: 'user refuses messages',
  40054016: 'bot is offline',
  40061002: 'message to recall is unknown',
  40062003: 'no permission to recall',
  40064004: 'too late to recall',
  630001: 'interaction parameter is invalid',
} as const

export type KnownCode = keyof typeof MESSAGES

const STATUSES: Partial<Record<KnownCode, number>> = {
  11241: 401,
  11245: 500,
  11255: 500,
  304023: 202,
  304024: 202,
  40006: 404,
  40007: 404,
  50002: 429,
  100017: 429,
}

export function refuse(code: KnownCode, over: Partial<Refusal> = {}): Refusal {
  const status = STATUSES[code]
  return { code, message: MESSAGES[code], ...(status === undefined ? {} : { status }), ...over }
}

/** The message of a code that a fault names, also of one that is not in the table. */
export function messageOfCode(code: number): string {
  return (MESSAGES as Readonly<Record<number, string>>)[code] ?? `refused with ${code}`
}

export function errorBody(refusal: Refusal, traceId: string, options: Pick<PlatformOptions, 'errorMembers'>): object {
  const { errorMembers } = options
  return {
    message: refusal.message,
    ...(errorMembers === 'err_code' ? {} : { code: refusal.code }),
    ...(errorMembers === 'code' ? {} : { err_code: refusal.errCode ?? refusal.code }),
    trace_id: traceId,
  }
}
