/** The endings that the gateway itself gives to a life, and how a thrown value becomes one. */
import { ConfigError, describeError, HeraldError, StoppedError } from '../../lib/errors.ts'
import type { Ending } from '../../platforms/platform.ts'

/** Another process holds the account's lock; its pid is in the message. Comes out of `open`. */
export const OWNED_ELSEWHERE = 'owned_elsewhere'
export const JOURNAL_UNWRITABLE = 'journal_unwritable'

const BUG_HINT = 'this is a bug: please report it with the log lines around this time'

export function bugEnding(message: string): Ending {
  return { code: 'bug', message, hint: BUG_HINT, retryable: true }
}

export function stalledEnding(lateMs: number): Ending {
  const seconds = Math.round(lateMs / 1000)
  return { code: 'life_stalled', message: `nothing heard for ${seconds} s past its own word`, retryable: true }
}

/** A typed error says itself what happened; anything else is a bug. Only wrong settings cannot pass by themselves. */
export function endingOfThrown(thrown: unknown): Ending {
  if (!(thrown instanceof HeraldError) || thrown instanceof StoppedError) return bugEnding(describeError(thrown))
  return {
    code: thrown.code,
    message: describeError(thrown),
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
    retryable: !(thrown instanceof ConfigError),
  }
}

/** What `run` returned, believed only as far as it is an ending: a life that just returns has failed. */
export function endingOfReturn(returned: unknown): Ending {
  if (typeof returned !== 'object' || returned === null) return bugEnding('its run returned without a reason')
  const code = 'code' in returned ? returned.code : undefined
  const message = 'message' in returned ? returned.message : undefined
  const retryable = 'retryable' in returned ? returned.retryable : undefined
  if (typeof code !== 'string' || typeof message !== 'string' || typeof retryable !== 'boolean')
    return bugEnding('its run returned something that is not an ending')
  const hint = 'hint' in returned && typeof returned.hint === 'string' ? { hint: returned.hint } : {}
  return { code, message, ...hint, retryable }
}
