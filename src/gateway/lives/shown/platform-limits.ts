import type { Logger } from '../../../lib/log.ts'
import type { Observation } from '../../../platforms/platform.ts'

/** What a platform does not let an account do, by a short name, in words. */
export interface PlatformLimits {
  /** Warns when there is something new to it. */
  note(limited: Extract<Observation, { kind: 'limited' }>): void
  all(): Readonly<Record<string, string>>
}

export function createPlatformLimits(log: Logger, redact: (text: string) => string): PlatformLimits {
  const limits = new Map<string, string>()
  return {
    note({ what, message }) {
      const words = message === null ? undefined : redact(message)
      if (limits.get(what) === words) return
      if (words === undefined) limits.delete(what)
      else limits.set(what, words)
      log[words === undefined ? 'info' : 'warn']('what the platform lets this account do', {
        what,
        limit: words ?? 'none',
      })
    },
    all: () => Object.fromEntries(limits),
  }
}
