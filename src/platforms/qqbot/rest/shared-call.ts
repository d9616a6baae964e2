/**
 * One call for all who want its result at the same time. Whoever stops waiting leaves the others their call; when nobody
 * waits any more it is called off.
 */
export interface SharedCall<T> {
  join(signal: AbortSignal | undefined): Promise<T>
}

interface UnderWay<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}

export function createSharedCall<T>(call: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
  let present: UnderWay<T> | undefined

  const begin = (): UnderWay<T> => {
    const controller = new AbortController()
    const underWay: UnderWay<T> = { controller, waiting: 0, result: call(controller.signal) }
    const over = (): void => {
      if (present === underWay) present = undefined
    }
    // Also heard when everybody has left.
    underWay.result.then(over, over)
    return underWay
  }

  return {
    join: signal =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        present ??= begin()
        const joined = present
        joined.waiting += 1
        const leave = (): void => {
          signal?.removeEventListener('abort', onAbort)
          joined.waiting -= 1
        }
        const onAbort = (): void => {
          leave()
          reject(signal?.reason)
          if (joined.waiting > 0) return
          if (present === joined) present = undefined
          joined.controller.abort(signal?.reason)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        joined.result.then(
          value => {
            leave()
            resolve(value)
          },
          thrown => {
            leave()
            reject(thrown)
          },
        )
      }),
  }
}
