/** Keeps the newest `limit` entries of a map; a map remembers the order of insertion, so the oldest is the first. */
export function remember<K, V>(map: Map<K, V>, key: K, value: V, limit: number): void {
  map.set(key, value)
  if (map.size <= limit) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}

/** Counts what happened within the last `windowMs`. Times must not go back. */
export interface RateWindow {
  count(nowMs: number): number
  add(nowMs: number): void
}

export function createRateWindow(windowMs: number): RateWindow {
  let times: number[] = []
  let first = 0
  const trim = (nowMs: number): void => {
    while (first < times.length && (times[first] ?? 0) <= nowMs - windowMs) first += 1
    if (first > 512 && first * 2 > times.length) {
      times = times.slice(first)
      first = 0
    }
  }
  return {
    count(nowMs) {
      trim(nowMs)
      return times.length - first
    },
    add(nowMs) {
      trim(nowMs)
      times.push(nowMs)
    },
  }
}
