import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface ProcessFigures {
  readonly residentBytes: number
  readonly heapUsedBytes: number
  readonly externalBytes: number
  readonly cpuSeconds: number
  /** What keeps the event loop alive, by kind: timers, sockets, requests. */
  readonly activeResources: Readonly<Record<string, number>>
  /** How late the event loop was since the last reading: `0.5`, `0.99` and `max`. */
  readonly eventLoopDelaySeconds: Readonly<Record<'0.5' | '0.99' | 'max', number>>
}

/** The part of `process` that knows what it uses. */
export interface UsageSource {
  memoryUsage(): { readonly rss: number; readonly heapUsed: number; readonly external: number }
  cpuUsage(): { readonly user: number; readonly system: number }
  getActiveResourcesInfo(): readonly string[]
}

const RESOLUTION_MS = 20

/** Measures until `stop`. Does not keep the process alive. */
export function createProcessFigures(source: UsageSource): { read(): ProcessFigures; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // The histogram counts whole waits; only what lies beyond the resolution was delay.
  const lateSeconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
  return {
    read() {
      const { rss, heapUsed, external } = source.memoryUsage()
      const { user, system } = source.cpuUsage()
      const eventLoopDelaySeconds = {
        '0.5': lateSeconds(delay.percentile(50)),
        '0.99': lateSeconds(delay.percentile(99)),
        max: lateSeconds(delay.max),
      }
      delay.reset()
      return {
        residentBytes: rss,
        heapUsedBytes: heapUsed,
        externalBytes: external,
        cpuSeconds: (user + system) / 1e6,
        activeResources: counted(source.getActiveResourcesInfo()),
        eventLoopDelaySeconds,
      }
    },
    stop: () => void delay.disable(),
  }
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
