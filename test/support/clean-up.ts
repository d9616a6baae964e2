/** What `node:test` hands to a test, as far as clean-up goes. */
export interface CleanUp {
  after(fn: () => unknown): void
}

const undoings = new WeakMap<CleanUp, (() => unknown)[]>()

/**
 * Undoes something when the test is over, the last thing first: a program ends before its folder goes. (Node runs the
 * hooks of `after` in the order in which they were given.) All are tried; the first failure is the test's.
 */
export function cleanUp(t: CleanUp, undo: () => unknown): void {
  const known = undoings.get(t)
  if (known) {
    known.push(undo)
    return
  }
  const stack = [undo]
  undoings.set(t, stack)
  t.after(async () => {
    const failures: unknown[] = []
    for (let next = stack.pop(); next; next = stack.pop()) {
      try {
        await next()
      } catch (error) {
        failures.push(error)
      }
    }
    // What is opened after this, by something that was given up, is a matter of its own.
    undoings.delete(t)
    if (failures.length > 0) throw failures[0]
  })
}
