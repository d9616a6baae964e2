/** The newest lines of the log, for whoever watches. */

export interface LogLine {
  /** Counts up from 1 with each line of this process. */
  readonly n: number
  /** A JSON object, secrets masked already. */
  readonly text: string
}

export interface LiveLog {
  /** Takes whole lines. */
  write(text: string): void
  /** The lines that are kept and come after `n`. */
  since(n: number): readonly LogLine[]
  /** Returns how to stop listening. */
  on(listener: (line: LogLine) => void): () => void
}

const MOST_LINES = 1000
const LONGEST_LINE = 8_000

export function createLiveLog(): LiveLog {
  const lines: LogLine[] = []
  const listeners = new Set<(line: LogLine) => void>()
  let count = 0
  return {
    write(text) {
      if (text.length > LONGEST_LINE) return
      count += 1
      const line = { n: count, text: text.trimEnd() }
      lines.push(line)
      if (lines.length > MOST_LINES) lines.splice(0, lines.length - MOST_LINES)
      for (const listener of listeners) listener(line)
    },
    since: n => lines.filter(line => line.n > n),
    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
