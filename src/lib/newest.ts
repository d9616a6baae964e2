/** Maps and sets that outsiders could make grow without end: the newest entries stay. For some thousands; of more, deleting one by one is slow. */

/** The entry is the newest from now on, also where it was there before; of more than `most` the oldest go. */
export function putNewest<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  dropOldest(map, most)
}

export function dropOldest<K>(entries: Map<K, unknown> | Set<K>, most: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= most) return
    entries.delete(key)
  }
}
