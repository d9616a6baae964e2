export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What a line may name in its `room` field, and what may have a level of its own. */
export const LOG_ROOMS = [
  'lives',
  'intake',
  'conversation',
  'agent',
  'delivery',
  'journal',
  'media',
  'alerts',
  'schedules',
  'webhook',
] as const
export type LogRoom = (typeof LOG_ROOMS)[number]

/** Structured facts of a log line. Values are JSON; secrets are masked by the sink. */
export type LogFields = Readonly<Record<string, unknown>>

/** What a room may say to the log. The sink is chosen by the wiring (`observe/log.ts`). */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields & { readonly room?: LogRoom }): Logger
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
