import type { Logger } from '../../../lib/log.ts'
import type { Observation } from '../../../platforms/platform.ts'

/** An outsider picks the names, so their number and length are bounded; the rest is counted together. */
const MOST_NAMES = 200
const LONGEST_NAME = 100
const LONGEST_SAMPLE = 500
const REST = 'other'

/** What this version does not know, counted by `<what>:<name>`. */
export interface UnknownNames {
  /** Counts, and warns at the first sight of each name. */
  note(unknown: Extract<Observation, { kind: 'unknown' }>): void
  counts(): Readonly<Record<string, number>>
}

export function createUnknownNames(log: Logger, redact: (text: string) => string): UnknownNames {
  const counts = new Map<string, number>()
  const keyFor = (name: string): string => (counts.has(name) || counts.size < MOST_NAMES ? name : REST)
  return {
    note({ what, name, sample }) {
      const key = keyFor(redact(`${what}:${name}`.slice(0, LONGEST_NAME)))
      const before = counts.get(key) ?? 0
      counts.set(key, before + 1)
      if (before > 0) return
      const shown = sample === undefined ? {} : { sample: redact(sample).slice(0, LONGEST_SAMPLE) }
      log.warn('something that this version does not know', { unknown: key, ...shown })
    },
    counts: () => Object.fromEntries(counts),
  }
}
