const MASK = '[redacted]'
/** Shorter values are too common in ordinary text to be masked by value. */
const SHORTEST_SECRET = 6

/** Replaces every known secret in a text. Secrets are registered by value, so no path can forget to name one. */
export interface Redactor {
  /** From now on this value never appears in what `redact` returns; also in its JSON- and URL-encoded spelling. */
  add(secret: string | undefined): void
  redact(text: string): string
}

export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  /** A secret that contains another must be masked first, or the rest of it would stay. */
  let longestFirst: readonly string[] = []
  return {
    add(secret) {
      if (secret === undefined || secret.length < SHORTEST_SECRET) return
      secrets.add(secret)
      secrets.add(encodeURIComponent(secret))
      secrets.add(JSON.stringify(secret).slice(1, -1))
      longestFirst = [...secrets].sort((a, b) => b.length - a.length)
    },
    redact(text) {
      let clean = text
      for (const secret of longestFirst) if (clean.includes(secret)) clean = clean.replaceAll(secret, MASK)
      return clean
    },
  }
}
