/** So many at a time; the others wait in the order in which they came. */
export interface Slots {
  /** Resolves, once there is a place, with how to give it back. Throws the reason of `signal` when that aborts first. */
  take(signal: AbortSignal): Promise<() => void>
  /** What `work` yields, once there is a place, which it holds to its end. Throws the reason of `signal` when that aborts first. */
  hold<T>(work: () => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T>
}

export function createSlots(places: number): Slots {
  const waiting: (() => void)[] = []
  let taken = 0
  const giveBack = (): void => {
    const next = waiting.shift()
    if (next) next()
    else taken -= 1
  }
  /** To be called once; a second time it does nothing. */
  const place = (): (() => void) => {
    let held = true
    return () => {
      if (held) giveBack()
      held = false
    }
  }
  const take = async (signal: AbortSignal): Promise<() => void> => {
    signal.throwIfAborted()
    if (taken < places) {
      taken += 1
      return place()
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = (): void => {
      const at = waiting.indexOf(resolve)
      if (at < 0) return
      waiting.splice(at, 1)
      reject(signal.reason)
    }
    waiting.push(resolve)
    signal.addEventListener('abort', onAbort, { once: true })
    await promise
    signal.removeEventListener('abort', onAbort)
    return place()
  }
  return {
    take,
    async *hold(work, signal) {
      const giveBack = await take(signal)
      try {
        yield* work()
      } finally {
        giveBack()
      }
    },
  }
}
