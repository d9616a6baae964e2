/** What a script has opened is undone when it is over: after a failure, and before a signal ends it, as well. */
import { constants } from 'node:os'
import type { CleanUp } from '../test/support/clean-up.ts'

export interface Undoing extends CleanUp {
  /** The last thing first; all are tried. Answers with what could not be undone. */
  undo(): Promise<readonly unknown[]>
}

export interface Undoings {
  create(): Undoing
  undoAll(): Promise<void>
}

/** What is opened after its undoing, by something that was given up, is undone at once. */
export function createUndoings(): Undoings {
  const open = new Set<Undoing>()
  let closing = false

  const create = (): Undoing => {
    const stack: (() => unknown)[] = []
    let closed = closing
    const attempt = async (undo: () => unknown): Promise<readonly unknown[]> => {
      try {
        await undo()
        return []
      } catch (error) {
        return [error]
      }
    }
    const undoing: Undoing = {
      after(undo) {
        if (closed) void attempt(undo)
        else stack.push(undo)
      },
      async undo() {
        closed = true
        open.delete(undoing)
        const failures: unknown[] = []
        for (let next = stack.pop(); next; next = stack.pop()) failures.push(...(await attempt(next)))
        return failures
      },
    }
    open.add(undoing)
    return undoing
  }
  return {
    create,
    async undoAll() {
      closing = true
      await Promise.all([...open].map(undoing => undoing.undo()))
    },
  }
}

/** SIGINT, SIGTERM and SIGHUP end the script only when everything is undone. A second one ends it at once. */
export function undoOnSignals({ undoAll }: Undoings): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void undoAll().then(() => process.exit(128 + constants.signals[signal])))
}
