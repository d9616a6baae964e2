const MASK = '[redacted]'
/** Shorter values are too common in ordinary text to be masked by value. */
const SHORTEST_SECRET = 6

/** Replaces every known secret in a text. Secrets are registered by value, so no path can forget to name one. */
export interface Redactor {
  /**
   * From now on this value never appears in what `redact` returns; also in its JSON- and URL-encoded spelling. One that passes is
   * forgotten again when the next of its row comes after its time, so that a process of many months does not look for all of them.
   */
  add(secret: string | undefined, passing?: Passing): void
  redact(text: string): string
}

/** A secret that others of the same row replace, such as the access tokens of one bot. */
export interface Passing {
  readonly row: string
  /** Monotonic. */
  readonly nowMs: number
  /** So long it is a secret, replaced or not. */
  readonly keepMs: number
}

export function createRedactor(): Redactor {
  const lasting = new Set<string>()
  /** Until when each secret of a row is kept at least (monotonic milliseconds). */
  const rows = new Map<string, Map<string, number>>()
  /** A secret that contains another must be masked first, or the rest of it would stay. */
  let longestFirst: readonly string[] = []
  const note = (secret: string, { row, nowMs, keepMs }: Passing): void => {
    const untilMs = rows.get(row) ?? new Map<string, number>()
    for (const [each, itsMs] of untilMs) if (itsMs <= nowMs) untilMs.delete(each)
    untilMs.set(secret, nowMs + keepMs)
    rows.set(row, untilMs)
  }
  return {
    add(secret, passing) {
      if (secret === undefined || secret.length < SHORTEST_SECRET) return
      if (passing === undefined) lasting.add(secret)
      else note(secret, passing)
      const all = [...lasting, ...[...rows.values()].flatMap(row => [...row.keys()])]
      longestFirst = [...new Set(all.flatMap(spellings))].sort((a, b) => b.length - a.length)
    },
    redact(text) {
      let clean = text
      for (const secret of longestFirst) if (clean.includes(secret)) clean = clean.replaceAll(secret, MASK)
      return clean
    },
  }
}

function spellings(secret: string): readonly string[] {
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
}
