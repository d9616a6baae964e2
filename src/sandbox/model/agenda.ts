/** What the model has to do later. It holds no timer: whoever drives it asks when the next entry is due. */
export interface Agenda {
  /** Plans `task`; the answer takes it off again. */
  at(dueMs: number, task: () => void): () => void
  readonly nextDueMs: number | undefined
  /** Does all that is due by `nowMs`, in order of time; what is planned meanwhile for the same time included. */
  run(nowMs: number): void
  clear(): void
}

interface Entry {
  readonly dueMs: number
  readonly task: () => void
}

/** `changed` is called when the earliest time has moved, so that one timer can follow it. */
export function createAgenda(changed: () => void): Agenda {
  const entries: Entry[] = []

  const insert = (entry: Entry): void => {
    let low = 0
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((entries[middle]?.dueMs ?? Infinity) <= entry.dueMs) low = middle + 1
      else high = middle
    }
    entries.splice(low, 0, entry)
    if (low === 0) changed()
  }

  return {
    at(dueMs, task) {
      const entry = { dueMs, task }
      insert(entry)
      return () => {
        const at = entries.indexOf(entry)
        if (at < 0) return
        entries.splice(at, 1)
        if (at === 0) changed()
      }
    },
    get nextDueMs() {
      return entries[0]?.dueMs
    },
    run(nowMs) {
      for (let first = entries[0]; first && first.dueMs <= nowMs; first = entries[0]) {
        entries.shift()
        first.task()
      }
      changed()
    },
    clear() {
      entries.length = 0
      changed()
    },
  }
}
