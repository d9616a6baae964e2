/**
 * Moves what the write-ahead log has gathered into the database while nobody waits for the journal. Left to SQLite alone this
 * happens in the middle of somebody's commit, and takes many times as long as the commit.
 */
import type { Clock } from '../../lib/clock.ts'

/** With fewer commits it is not worth a sync. */
const MANY_COMMITS = 100
/** So long without a commit counts as a pause. */
const PAUSE_MS = 1000

export interface Checkpoints {
  /** A commit has been made. */
  committed(): void
  stop(): void
}

export function createCheckpoints(clock: Clock, checkpoint: () => void): Checkpoints {
  let commits = 0
  let lastAtMs = 0
  let cancel: (() => void) | undefined

  const look = (): void => {
    const leftMs = lastAtMs + PAUSE_MS - clock.monotonicMs()
    if (leftMs > 0) {
      cancel = clock.after(leftMs, look)
      return
    }
    cancel = undefined
    commits = 0
    checkpoint()
  }

  return {
    committed() {
      commits += 1
      lastAtMs = clock.monotonicMs()
      if (commits >= MANY_COMMITS) cancel ??= clock.after(PAUSE_MS, look)
    },
    stop() {
      cancel?.()
      cancel = undefined
    },
  }
}
