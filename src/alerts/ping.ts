/** The dead man's switch: a GET to a URL for as long as all is well. Whoever waits for it there raises the alarm when it stops. */
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { RequestHttp } from '../lib/net/network.ts'
import { createTroubleLog } from '../lib/trouble-log.ts'

export interface PingSettings {
  /** Often holds a key, so it is never shown. */
  readonly url: string
  readonly everyMs: number
}

export interface Ping {
  /** Called often; asks the other side when it is time to, and all is well. Never rejects but when `signal` aborts. */
  beat(well: boolean, signal: AbortSignal): Promise<void>
}

const TIMEOUT_MS = 10_000

export function createPing(
  { url, everyMs }: PingSettings,
  { clock, log, request }: { readonly clock: Clock; readonly log: Logger; readonly request: RequestHttp },
): Ping {
  const { host } = new URL(url)
  let lastMs: number | undefined
  // The other side counts the missing ones by itself.
  const { note } = createTroubleLog(
    log,
    { fails: 'the ping that says all is well does not arrive', works: 'the ping that says all is well arrives again' },
    { host },
  )
  return {
    async beat(well, signal) {
      const nowMs = clock.monotonicMs()
      if (!well || (lastMs !== undefined && nowMs - lastMs < everyMs)) return
      lastMs = nowMs
      try {
        const { status } = await request({ method: 'GET', url, timeoutMs: TIMEOUT_MS }, signal)
        note(status >= 200 && status < 300 ? undefined : `HTTP ${status}`)
      } catch (thrown) {
        signal.throwIfAborted()
        note(describeError(thrown))
      }
    },
  }
}
