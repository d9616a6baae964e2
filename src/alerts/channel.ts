/** One way to a person. */
import type { Alert } from './damper.ts'

export interface Notice {
  readonly alert: Alert
  /** Redacted, in the language of whoever runs the gateway. */
  readonly text: string
  /** Which Herald it is that speaks. */
  readonly host: string
  readonly version: string
}

export interface Channel {
  /** For the log and for status: never with a secret in it. */
  readonly name: string
  /** Resolves when the other side has taken it; rejects with the reason, also when `signal` aborts. */
  deliver(notice: Notice, signal: AbortSignal): Promise<void>
}
