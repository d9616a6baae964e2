export interface JoinedSignal {
  readonly signal: AbortSignal
  /** It is needed no longer, and follows nobody any more. */
  release(): void
}

/**
 * Aborts as soon as one of the two does, with its reason. Like `AbortSignal.any`, which finds out by itself when nobody needs it
 * any more, and pays for that with more than most requests and turns cost otherwise.
 */
export function joinSignals(one: AbortSignal, other: AbortSignal): JoinedSignal {
  const controller = new AbortController()
  const both = [one, other]
  const release = (): void => {
    for (const signal of both) signal.removeEventListener('abort', follow)
  }
  const follow = (): void => {
    const aborted = both.find(signal => signal.aborted)
    if (aborted === undefined) return
    release()
    controller.abort(aborted.reason)
  }
  for (const signal of both) signal.addEventListener('abort', follow)
  follow()
  return { signal: controller.signal, release }
}

/** Resolves when the signal aborts; at once where it has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The promise, or the reason of the signal as soon as that aborts. What the promise does afterwards is nobody's failure. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)
  promise.catch(() => {})
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
