/**
 * What has happened within a span of time, by the clock on the wall as well as by the one that cannot be set. Whoever counts
 * over restarts has the wall's alone: by as much as that is set forward, what was counted is old too soon.
 */
export interface Span {
  add(nowMs: number): void
  /** The clock on the wall was set. */
  jumped(nowMs: number, byMs: number): void
  count(nowMs: number): number
}

interface Entry {
  readonly atMs: number
  readonly wallMs: number
}

export function createSpan(spanMs: number): Span {
  let entries: readonly Entry[] = []
  let skewMs = 0
  const settle = (nowMs: number): void => {
    const wallNowMs = nowMs + skewMs
    entries = entries
      // What seems to lie ahead since the clock was set back ages from here.
      .map(({ atMs, wallMs }) => ({ atMs, wallMs: Math.min(wallMs, wallNowMs) }))
      .filter(({ atMs, wallMs }) => nowMs - atMs < spanMs && wallNowMs - wallMs < spanMs)
  }
  return {
    add(nowMs) {
      entries = [...entries, { atMs: nowMs, wallMs: nowMs + skewMs }]
    },
    jumped(nowMs, byMs) {
      settle(nowMs)
      skewMs += byMs
      settle(nowMs)
    },
    count(nowMs) {
      settle(nowMs)
      return entries.length
    },
  }
}
