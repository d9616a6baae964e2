/**
 * What is true now, and each change of it, as server-sent events. Whoever comes (back) is told everything first, so that a
 * connection that broke loses nothing; lines of the log go on after the last one that was seen.
 */
import type { ServerResponse } from 'node:http'
import type { Cancel, Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { LiveLog, LogLine } from './live-log.ts'

export interface StreamDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly lines: LiveLog
  /** Which process this is: the numbers of its lines are its own. */
  boot(): string
  /** Each topic as JSON text, computed now. */
  readonly topics: Readonly<Record<string, () => Promise<string>>>
}

export interface Streams {
  /** Begins one. `sinceLine`: the number of the last line of the log that was seen. False when there are too many already. */
  open(response: ServerResponse, sinceLine: number): boolean
  /** Something changed: those who watch are told soon. */
  changed(): void
  stop(): void
}

const LOOK_MS = 1000
const LOOK_SOON_MS = 50
/** With nothing to say, that much: whoever hears nothing for longer has lost the gateway. */
const ALIVE_MS = 5_000
const MOST_STREAMS = 16
/** A reader that is this far behind is cut off; it comes back and is told everything anew. */
const LONGEST_BACKLOG_BYTES = 4 * 1024 * 1024

interface Reader {
  readonly response: ServerResponse
  /** What each topic said last. */
  readonly told: Map<string, string>
  saidAtMs: number
}

export function createStreams({ clock, log, lines, boot, topics }: StreamDeps): Streams {
  const readers = new Set<Reader>()
  let cancelLook: Cancel = () => {}
  let looking = false
  let asked = false

  const say = (reader: Reader, text: string): void => {
    const { response } = reader
    reader.saidAtMs = clock.monotonicMs()
    if (response.writableLength > LONGEST_BACKLOG_BYTES) response.destroy()
    else response.write(text)
  }
  const sayLine = (reader: Reader, { n, text }: LogLine): void => say(reader, `id: ${n}\nevent: log\ndata: ${text}\n\n`)

  const tell = async (): Promise<void> => {
    for (const [topic, read] of Object.entries(topics)) {
      const text = await read().catch((thrown: unknown) => {
        log.warn('the dashboard cannot be told something', { topic, reason: describeError(thrown) })
        return undefined
      })
      if (text === undefined) continue
      for (const reader of readers) {
        if (reader.told.get(topic) === text) continue
        reader.told.set(topic, text)
        say(reader, `event: ${topic}\ndata: ${text}\n\n`)
      }
    }
    const nowMs = clock.monotonicMs()
    for (const reader of readers) if (nowMs - reader.saidAtMs >= ALIVE_MS) say(reader, 'event: alive\ndata: {}\n\n')
  }
  /** One at a time; what is asked for meanwhile is looked at afterwards. */
  const look = (): void => {
    cancelLook()
    if (readers.size === 0) return
    if (looking) {
      asked = true
      return
    }
    looking = true
    asked = false
    void tell().finally(() => {
      looking = false
      cancelLook()
      // All may have left meanwhile, and then nobody would take the timer back.
      if (readers.size > 0) cancelLook = clock.after(asked ? LOOK_SOON_MS : LOOK_MS, look)
    })
  }
  const silence = lines.on(line => {
    for (const reader of readers) sayLine(reader, line)
  })

  return {
    open(response, sinceLine) {
      if (readers.size >= MOST_STREAMS) return false
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no',
      })
      const reader: Reader = { response, told: new Map(), saidAtMs: clock.monotonicMs() }
      readers.add(reader)
      response.on('close', () => readers.delete(reader))
      say(reader, `event: hello\ndata: ${JSON.stringify({ boot: boot() })}\n\n`)
      for (const line of lines.since(sinceLine)) sayLine(reader, line)
      look()
      return true
    },
    changed() {
      if (readers.size === 0 || looking) {
        asked = true
        return
      }
      cancelLook()
      cancelLook = clock.after(LOOK_SOON_MS, look)
    },
    stop() {
      silence()
      cancelLook()
      for (const { response } of readers) response.end()
      readers.clear()
    },
  }
}
