import type { Readable } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { createLineReader } from './line-reader.ts'

const LONGEST_LINE = 500
const LINES_OF_A_PERIOD = 20
const PERIOD_MS = 10_000

/** What a program says on its stderr goes to the log, as much of it as a person can read. Returns how to ask for the last line. */
export function logLines(stderr: Readable, { clock, log }: { clock: Clock; log: Logger }): () => string {
  const reader = createLineReader()
  let last = ''
  let sinceMs = clock.monotonicMs()
  let lines = 0
  let dropped = 0

  const note = (line: string): void => {
    last = line
    const nowMs = clock.monotonicMs()
    if (nowMs - sinceMs >= PERIOD_MS) {
      if (dropped > 0) log.info('more output than is logged', { lines: dropped })
      sinceMs = nowMs
      lines = 0
      dropped = 0
    }
    lines += 1
    if (lines > LINES_OF_A_PERIOD) dropped += 1
    else log.info('its output', { line })
  }
  const readable = (line: string): string =>
    line
      .replaceAll(/\p{Cc}+/gu, ' ')
      .slice(0, LONGEST_LINE)
      .trim()
      .toWellFormed()

  let skips = false
  stderr.setEncoding('utf8').on('data', (piece: string) => {
    for (const line of reader.push(piece)) {
      const text = readable(line)
      if (!skips && text !== '') note(text)
      skips = false
    }
    // A line without an end is said once and never kept whole.
    if (reader.rest.length > LONGEST_LINE) {
      const rest = readable(reader.rest)
      if (!skips) note(rest)
      skips = true
      reader.push('\n')
    }
  })
  return () => last
}
