import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cancel, Clock } from '../../lib/clock.ts'
import { type LogEntry, readKinds } from '../model/record.ts'
import type { Operator } from '../operator.ts'

/** The server-sent events of everything that happens. */
export interface EventStreams {
  /** Streams from `since` (or the last event that the browser saw) on; without either, from now on. */
  open(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void
  stop(): void
}

const KEEP_ALIVE_MS = 15_000
/** A reader that is this far behind is cut off; it comes back and continues where it was. */
const LONGEST_BACKLOG_BYTES = 8 * 1024 * 1024

export function createEventStreams(operator: Operator, clock: Clock): EventStreams {
  const open = new Set<() => void>()

  return {
    open(request, response, query) {
      const kinds = readKinds(query.get('kinds'))
      const since = Number(request.headers['last-event-id'] ?? query.get('since') ?? Number.NaN)
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      response.write('retry: 1000\n\n')

      const write = (entry: LogEntry): void => {
        if (response.writableLength > LONGEST_BACKLOG_BYTES) response.destroy()
        else response.write(`id: ${entry.n}\nevent: ${entry.kind}\ndata: ${JSON.stringify(entry)}\n\n`)
      }
      if (Number.isFinite(since))
        for (const entry of operator.log.entries({ since, ...(kinds ? { kinds } : {}) })) write(entry)

      let cancelBeat: Cancel = () => {}
      const beat = (): void => {
        response.write(': alive\n\n')
        cancelBeat = clock.after(KEEP_ALIVE_MS, beat)
      }
      cancelBeat = clock.after(KEEP_ALIVE_MS, beat)
      const silence = operator.on(write, kinds)
      const close = (): void => {
        open.delete(close)
        silence()
        cancelBeat()
        response.end()
      }
      open.add(close)
      response.on('close', close)
    },
    stop() {
      for (const close of [...open]) close()
    },
  }
}
