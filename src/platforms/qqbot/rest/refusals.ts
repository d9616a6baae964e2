/** Refusals that are none of the call's, but of the bot's or this machine's: each with a name and, where there is one, a cure. Pure. */
import type { Failure } from '../link/session-types.ts'
import { describeAnswer } from './answer.ts'
import { type ApiReply, isTokenRefusal } from './api.ts'
import { addressRefusal } from './own-address.ts'

type Answered = Extract<ApiReply, { readonly kind: 'answered' }>

const UNKNOWN_APP = new Set([11251, 11261, 11275])
const BANNED = new Set([11254, 11265])
const TOO_MANY = new Set([100001, 100017, 1100100, 20028])

/** Undefined for any other answer. */
export function refusalOf(reply: Answered): Failure | undefined {
  const { code } = reply
  const told = describeAnswer(reply)
  const address = addressRefusal(reply)
  if (address) return address
  if (code !== undefined && BANNED.has(code))
    return {
      verdict: 'final',
      code: 'qq_bot_banned',
      message: `the bot is banned (${told})`,
      hint: 'see the notices on q.qq.com; Herald keeps probing slowly',
    }
  if (code !== undefined && UNKNOWN_APP.has(code))
    return {
      verdict: 'final',
      code: 'qq_credentials_rejected',
      message: `the platform does not know the app id (${told})`,
      hint: 'compare the app id with q.qq.com, then correct the settings',
    }
  if (isTokenRefusal(reply))
    return { verdict: 'token', code: 'qq_token_rejected', message: `the platform refused the token (${told})` }
  return undefined
}

/** `what`: the calls that there were too many of, under this code. */
export function paceOf(reply: Answered, code: string, what: string): Failure | undefined {
  const isTooMany = reply.status === 429 || (reply.code !== undefined && TOO_MANY.has(reply.code))
  if (!isTooMany) return undefined
  return {
    verdict: 'busy',
    code,
    message: `too many calls ${what} (${describeAnswer(reply)})`,
    ...(reply.retryAfterMs === undefined ? {} : { waitMs: reply.retryAfterMs }),
  }
}
