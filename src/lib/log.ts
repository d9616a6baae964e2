/** Structured facts of a log line. Values are JSON; secrets are masked by the sink. */
export type LogFields = Readonly<Record<string, unknown>>

/** What a room may say to the log. The sink is chosen by the wiring (`observe/log.ts`). */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger
}

const nothing = (): void => {}

/** For tests and tools that have nobody to tell. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
}
