/** The bot has a list of addresses that it may be called from, and this machine's is not on it. Pure. */
import type { Failure } from '../link/session-types.ts'
import { type Answer, describeAnswer } from './answer.ts'

/** Under either number, which both may stand in one answer. */
const CODES = new Set([11298, 40023002])

/** Undefined for any other answer. */
export function addressRefusal(answer: Answer): Failure | undefined {
  if (answer.code === undefined || !CODES.has(answer.code)) return undefined
  return {
    verdict: 'passing',
    code: 'qq_address_refused',
    message: `the platform does not accept calls from this machine's address (${describeAnswer(answer)})`,
    hint: 'add the public IP address of this machine to the allowlist of the bot on q.qq.com',
  }
}
