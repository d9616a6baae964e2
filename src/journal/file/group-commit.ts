import { StoppedError } from '../../lib/errors.ts'
import type { Connection, Reader } from './connection.ts'
import { refusesAll, toUnwritable } from './sqlite-errors.ts'

/** What one write may do. It may be run a second time after a rollback, so it must do nothing else. */
export interface Tx extends Reader {
  run: Connection['run']
  /** Wall time of this commit, epoch milliseconds. */
  readonly nowMs: number
  /** Adds to the count of messages or replies without an end; in force once the commit stands. */
  count(account: string, what: 'incoming' | 'outgoing', delta: number): void
}

export interface CountChange {
  readonly account: string
  readonly what: 'incoming' | 'outgoing'
  readonly delta: number
}

export interface GroupCommit {
  /** Resolves with what `work` returned once it is on disk; rejects with what it threw, or `JournalUnwritableError`. */
  write<T>(work: (tx: Tx) => T): Promise<T>
  /** Commits what was asked for until now, and refuses what comes later. */
  close(): void
}

interface Deps {
  readonly path: string
  connect(): Connection
  /** The connection is in a state that it could not be rolled back from: open a new one. */
  discard(): void
  nowMs(): number
  /** Runs the commit a little later; what asks for a write until then joins it. */
  schedule(commit: () => void): void
  /** A commit stands. */
  onCommitted(changes: readonly CountChange[]): void
}

/** Does the work of one write, and returns how to tell whoever waits for it. */
interface Entry {
  run(tx: Tx): () => void
  reject(thrown: unknown): void
}

/** Above this the rest goes into the next commit, so that the event loop gets to breathe. */
const MOST_WRITES_OF_ONE_COMMIT = 1000

export function createGroupCommit(deps: Deps): GroupCommit {
  const queue: Entry[] = []
  let scheduled = false
  let closed = false

  /** Each write stands or falls alone when `apart`; otherwise the first failure ends the try with `undefined`. */
  const attempt = (connection: Connection, batch: readonly Entry[], apart: boolean): (() => void)[] | undefined => {
    const counts: CountChange[] = []
    const tx: Tx = {
      get: connection.get,
      all: connection.all,
      run: connection.run,
      nowMs: deps.nowMs(),
      count: (account, what, delta) => counts.push({ account, what, delta }),
    }
    const settled: (() => void)[] = []
    connection.run('BEGIN IMMEDIATE')
    try {
      for (const entry of batch) {
        const counted = counts.length
        if (apart) connection.run('SAVEPOINT one')
        try {
          settled.push(entry.run(tx))
        } catch (thrown) {
          if (refusesAll(thrown)) throw thrown
          if (!apart) {
            connection.run('ROLLBACK')
            return undefined
          }
          connection.run('ROLLBACK TO one')
          counts.length = counted
          settled.push(() => entry.reject(thrown))
        }
        if (apart) connection.run('RELEASE one')
      }
      connection.run('COMMIT')
    } catch (thrown) {
      rollBack(connection)
      throw thrown
    }
    deps.onCommitted(counts)
    return settled
  }

  const rollBack = (connection: Connection): void => {
    // After some errors SQLite has rolled back by itself.
    if (!connection.inTransaction) return
    try {
      connection.run('ROLLBACK')
    } catch {
      deps.discard()
    }
  }

  const commit = (batch: readonly Entry[]): (() => void)[] => {
    try {
      const connection = deps.connect()
      return attempt(connection, batch, false) ?? attempt(connection, batch, true) ?? []
    } catch (thrown) {
      const refusal = toUnwritable(thrown, deps.path)
      // What was asked for after a refused write must not be kept without it: a cursor would move past a lost message.
      return [...batch, ...queue.splice(0)].map(entry => () => entry.reject(refusal))
    }
  }

  const flush = (): void => {
    scheduled = false
    const batch = queue.splice(0, MOST_WRITES_OF_ONE_COMMIT)
    if (queue.length > 0) schedule()
    if (batch.length === 0) return
    for (const settle of commit(batch)) settle()
  }

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    deps.schedule(flush)
  }

  return {
    write(work) {
      if (closed) return Promise.reject(new StoppedError('the journal is closed'))
      return new Promise((resolve, reject) => {
        queue.push({
          run(tx) {
            const value = work(tx)
            return () => resolve(value)
          },
          reject,
        })
        schedule()
      })
    },
    close() {
      closed = true
      while (queue.length > 0) flush()
    },
  }
}
