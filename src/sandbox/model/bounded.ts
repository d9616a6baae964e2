/** A map that forgets what is old: at least the newest `limit` entries are kept, and at most twice as many. */
export interface RecentMap<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
  values(): V[]
}

/** Two generations, of which the older is dropped whole: dropping one by one makes a large map slow. */
export function createRecentMap<K, V>(limit: number): RecentMap<K, V> {
  let young = new Map<K, V>()
  let old = new Map<K, V>()
  return {
    get: key => young.get(key) ?? old.get(key),
    set(key, value) {
      if (young.size >= limit) {
        old = young
        young = new Map()
      }
      young.set(key, value)
    },
    values: () => [...old.values(), ...young.values()],
  }
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
