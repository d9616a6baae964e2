/** A failure that says what happened (`message`), which one it is (`code`, snake_case) and what to do (`hint`). */
export class HeraldError extends Error {
  override readonly name: string = 'HeraldError'
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** The settings are wrong, and no restart mends them: exit 78. `message` is one line with the path and the cure. */
export class ConfigError extends HeraldError {
  override readonly name = 'ConfigError'
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('config_invalid', message, options)
  }
}

/** The journal could not write now (disk full, read-only, locked). It may be able to later. */
export class JournalUnwritableError extends HeraldError {
  override readonly name = 'JournalUnwritableError'
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('journal_unwritable', message, options)
  }
}

/** What the owner of an operation aborts it with when it asked for the end itself. Never a failure. */
export class StoppedError extends HeraldError {
  override readonly name = 'StoppedError'
  constructor(message = 'stopped on request') {
    super('stopped', message)
  }
}

/** One line that names an unknown thrown value, whatever it was; for logs and endings. */
export function describeError(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown === 'string' ? thrown : `a thrown ${typeof thrown}`
  const said = (thrown.message || thrown.name).replaceAll(/\s*\n\s*/g, ' ')
  if (thrown.cause === undefined) return said
  const cause = describeError(thrown.cause)
  // Many errors quote their cause; nobody wants to read it twice.
  return said.includes(cause) ? said : `${said} (${cause})`
}

/** The same with the cure. Some say their cure themselves; once is enough. */
export function describeWithCure(thrown: unknown): string {
  const said = describeError(thrown)
  const hint = thrown instanceof HeraldError ? thrown.hint : undefined
  return hint === undefined || said.includes(hint) ? said : `${said}; ${hint}`
}
