/**
 * The disk under the journal. The store itself is the real one; in front of it stands what a process has asked for and what
 * is not yet durable: that part takes time, can be refused as a whole, and is gone when the process is.
 */
import type { Acceptance, Journal } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/sqlite.ts'
import type { Clock } from '../../../src/lib/clock.ts'
import { JournalUnwritableError, StoppedError } from '../../../src/lib/errors.ts'
import type { Dice } from '../dice.ts'
import type { Incarnation } from './incarnation.ts'
import { createMountedJournal } from './mounted-journal.ts'

export interface Disk {
  /** How long a commit takes. */
  slowMs: number
  /** Writes are refused; `unreadable`: so are reads. */
  refusal: 'none' | 'full' | 'unreadable'
  /** The next commits are refused, then the disk is well again. */
  refuseNext: number
  mount(process: Incarnation): Journal
  /** What is durable, for whoever checks. */
  readonly store: Journal
  mend(): void
  dispose(): Promise<void>
}

export interface DiskDeps {
  readonly clock: Clock
  readonly dice: Dice
  /** A file, opened anew by each process; or `:memory:`, which outlives them here. */
  readonly path: string
  wallMs(): number
  onCommit(writes: number): void
  onRefusal(writes: number): void
  onAccepted(messageId: string, acceptance: Acceptance): void
}

interface Entry {
  readonly process: Incarnation
  /** Asks the store; the commit follows in the same tick. */
  run(): void
  reject(thrown: unknown): void
}

/** How soon the commit of a stopped process looks again whether it goes on. */
const STOPPED_POLL_MS = 100

export function createDisk(deps: DiskDeps): Disk {
  const { clock, dice, path } = deps
  let committing = false
  let commitNow: (() => void) | undefined
  const open = (): Journal =>
    openJournal({
      path,
      clock: { ...clock, nowMs: deps.wallMs },
      schedule(commit) {
        if (committing) commitNow = commit
        else clock.after(0, commit)
      },
    })
  let store = open()
  let queue: Entry[] = []
  let scheduled = false

  const flush = (): void => {
    scheduled = false
    const batch = queue.filter(entry => entry.process.alive)
    queue = []
    if (batch.some(entry => entry.process.stopped)) {
      queue = batch
      wake(STOPPED_POLL_MS)
      return
    }
    if (batch.length === 0) return
    if (disk.refusal !== 'none' || disk.refuseNext > 0) {
      disk.refuseNext = Math.max(0, disk.refuseNext - 1)
      deps.onRefusal(batch.length)
      const refusal = unwritable()
      for (const entry of batch) entry.process.deliver(() => entry.reject(refusal))
      return
    }
    // It may die at this very moment: before the commit, or after it and without having heard of it.
    if (batch.some(entry => !entry.process.calls()) && dice.chance(0.5)) return
    deps.onCommit(batch.length)
    committing = true
    for (const entry of batch) entry.run()
    committing = false
    commitNow?.()
    commitNow = undefined
  }
  const wake = (delayMs: number): void => {
    if (scheduled) return
    scheduled = true
    clock.after(delayMs, flush)
  }
  const ask = (entry: Entry): void => {
    queue.push(entry)
    wake(disk.slowMs > 0 ? dice.between(0, disk.slowMs) : dice.next() * 2)
  }

  const disk: Disk = {
    slowMs: 0,
    refusal: 'none',
    refuseNext: 0,
    get store() {
      return store
    },
    mount(process) {
      if (path !== ':memory:' && process.number > 1) {
        store.close().catch(() => {})
        store = open()
      }
      let closed = false
      return createMountedJournal(store, {
        write(work) {
          if (closed) return Promise.reject(new StoppedError('the journal is closed'))
          if (!process.calls()) return new Promise(() => {})
          return new Promise((resolve, reject) => {
            const run = (): void => {
              work().then(
                value => process.deliver(() => resolve(value)),
                thrown => process.deliver(() => reject(thrown)),
              )
            }
            ask({ process, run, reject })
          })
        },
        read(look) {
          if (closed) return Promise.reject(new StoppedError('the journal is closed'))
          if (!process.calls()) return new Promise(() => {})
          if (disk.refusal === 'unreadable') return Promise.reject(unwritable())
          return look()
        },
        accepted: deps.onAccepted,
        close() {
          flush()
          closed = true
        },
      })
    },
    mend() {
      disk.slowMs = 0
      disk.refusal = 'none'
      disk.refuseNext = 0
    },
    dispose: () => store.close(),
  }
  return disk
}

function unwritable(): JournalUnwritableError {
  return new JournalUnwritableError('the disk refuses (told by the simulation)')
}
