import { HeraldError } from '../../lib/errors.ts'

/**
 * The journal at a path cannot be used, and waiting will not mend it: exit 78. `message` is one line with the path and the
 * cure. A disk that is full or read-only at the moment is not of this kind (see `JournalUnwritableError`).
 */
export class JournalOpenError extends HeraldError {
  override readonly name = 'JournalOpenError'
  constructor(
    code: 'journal_corrupt' | 'journal_newer' | 'journal_foreign' | 'journal_locked' | 'journal_unopenable',
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, options)
  }
}
