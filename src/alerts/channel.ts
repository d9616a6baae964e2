/** One way to a person. */
import type { Alert } from './damper.ts'
import type { AlertLanguage } from './languages.ts'

export interface Notice {
  readonly alert: Alert
  /** Of whoever runs the gateway. */
  readonly language: AlertLanguage
  /** What to show a person: redacted, its times in ISO 8601. */
  textIn(language: AlertLanguage): string
  /** Which Herald it is that speaks. */
  readonly host: string
  readonly version: string
}

/** What a program reads. */
export function asJson({ alert, language, textIn, host, version }: Notice): object {
  return {
    text: textIn(language),
    kind: alert.kind,
    key: alert.key,
    subject: alert.subject,
    detail: alert.detail[language],
    since: new Date(alert.sinceMs).toISOString(),
    at: new Date(alert.atMs).toISOString(),
    times_within_hour: alert.times,
    host,
    version,
  }
}

export interface Channel {
  /** For the log and for status: never with a secret in it. */
  readonly name: string
  /** Resolves when the other side has taken it; rejects with the reason, also when `signal` aborts. */
  deliver(notice: Notice, signal: AbortSignal): Promise<void>
}
