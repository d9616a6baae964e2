/** What one side says in its own time, and the other takes in its own. For one reader. */
export interface Queue<T> {
  push(item: T): void
  /** All that was pushed is still read. */
  end(): void
  /** Nothing that was pushed is read any more. */
  fail(reason: unknown): void
  items(): AsyncGenerator<T, void>
}

export function createQueue<T>(): Queue<T> {
  const waiting: T[] = []
  let state: { readonly failed: boolean; readonly reason?: unknown } | undefined
  let wake = (): void => {}
  return {
    push(item) {
      if (state) return
      waiting.push(item)
      wake()
    },
    end() {
      state ??= { failed: false }
      wake()
    },
    fail(reason) {
      state ??= { failed: true, reason }
      wake()
    },
    async *items() {
      for (;;) {
        if (state?.failed) throw state.reason
        const item = waiting.shift()
        if (item !== undefined) yield item
        else if (state) return
        else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
    },
  }
}
