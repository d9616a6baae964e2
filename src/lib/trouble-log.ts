import type { LogFields, Logger } from './log.ts'

/** Of something that is tried again and again: the log hears once that it fails, and once that it works again. */
export interface TroubleLog {
  readonly failing: boolean
  /** How the latest try went: why it failed, or undefined. */
  note(reason: string | undefined): void
}

export function createTroubleLog(
  log: Pick<Logger, 'info' | 'warn'>,
  words: { readonly fails: string; readonly works: string },
  fields: LogFields,
): TroubleLog {
  let failing = false
  return {
    get failing() {
      return failing
    },
    note(reason) {
      if (reason !== undefined && !failing) log.warn(words.fails, { ...fields, reason })
      if (reason === undefined && failing) log.info(words.works, fields)
      failing = reason !== undefined
    },
  }
}
