import type { Logger } from '../../../lib/log.ts'
import type { Observation } from '../../../platforms/platform.ts'

/** An outsider picks the names, so their number and length are bounded; the rest is counted together. */
const MOST_NAMES = 200
const LONGEST_NAME = 100
const LONGEST_SAMPLE = 500
/** Status is written often, and read by more people than the log. */
const MOST_SHOWN = 20
const LONGEST_SHOWN = 200
const LONGEST_VALUE = 12
const REST = 'other'
/** Of JSON: a value, or with the colon after it the name of a member. */
const STRING = /"((?:[^"\\]|\\.)*)("\s*:|"|$)/g

/** What this version does not know, counted by `<what>:<name>`. */
export interface UnknownNames {
  /** Counts, and warns at the first sight of each name. */
  note(unknown: Extract<Observation, { kind: 'unknown' }>): void
  counts(): Readonly<Record<string, number>>
  /** What the first of a name looked like: its members whole, of people's words and ids no more than their beginnings. */
  samples(): Readonly<Record<string, string>>
}

export function createUnknownNames(log: Logger, redact: (text: string) => string): UnknownNames {
  const counts = new Map<string, number>()
  const samples = new Map<string, string>()
  const keyFor = (name: string): string => (counts.has(name) || counts.size < MOST_NAMES ? name : REST)
  return {
    note({ what, name, sample }) {
      const key = keyFor(redact(`${what}:${name}`.slice(0, LONGEST_NAME)))
      const before = counts.get(key) ?? 0
      counts.set(key, before + 1)
      if (before > 0) return
      const clean = sample === undefined ? undefined : redact(sample).slice(0, LONGEST_SAMPLE)
      if (clean !== undefined && samples.size < MOST_SHOWN) samples.set(key, outlineOf(clean))
      log.warn('something that this version does not know', { unknown: key, ...(clean && { sample: clean }) })
    },
    counts: () => Object.fromEntries(counts),
    samples: () => Object.fromEntries(samples),
  }
}

/** A text of JSON, perhaps cut off, or any other. */
function outlineOf(sample: string): string {
  const outline = sample.startsWith('{') ? sample.replaceAll(STRING, shortened) : sample
  return outline.slice(0, LONGEST_SHOWN).toWellFormed()
}

function shortened(whole: string, value: string, end: string): string {
  return end.endsWith(':') || value.length <= LONGEST_VALUE ? whole : `"${value.slice(0, LONGEST_VALUE)}…${end}`
}
