import { describeError } from '../errors.ts'

/** The system's word for a network failure (`ECONNREFUSED`), or an empty text. */
export function errnoOf(cause: Error): string {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

/** In words. A refusal on all addresses of a name comes without any of its own. */
export function describeNetworkCause(cause: Error): string {
  return cause.message === '' ? errnoOf(cause) || cause.name : describeError(cause)
}
