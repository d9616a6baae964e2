import { describeError, HeraldError } from '../../../lib/errors.ts'
import type { Failure } from './session-types.ts'

/** A call to the platform failed on the way to a link; `failure` says what that means for the session. */
export class CallError extends HeraldError {
  override readonly name: string = 'CallError'
  readonly failure: Failure
  constructor(failure: Failure, cause?: unknown) {
    super(failure.code, failure.message, {
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      ...(cause === undefined ? {} : { cause }),
    })
    this.failure = failure
  }
}

/** Anything else that was thrown is no reason of the platform's, and time may heal it. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CallError) return thrown.failure
  const code = thrown instanceof HeraldError ? thrown.code : 'qq_call_failed'
  return { verdict: 'passing', code, message: describeError(thrown) }
}
