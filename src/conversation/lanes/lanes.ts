/** One lane for each chat: its jobs run one after the other, chats run side by side, and no chat gets more than its turn. */

export interface Job {
  /** A suspect: of these one runs at a time, so that the one that kills the process is found out. */
  readonly alone: boolean
  /** Comes before all that waits in its lane, but behind the commands that do: they come in their order, and may change what a turn left over. */
  readonly next?: 'command' | 'left_over'
  /** Quickly done: it waits for no place. */
  readonly small?: boolean
  /** Never rejects. */
  run(): Promise<void>
}

/** `overflow`: no room, for the first time since the lane had caught up; `full`: no room, again. */
export type Admission = 'taken' | 'overflow' | 'full'

export interface Lanes {
  /** Begins in this tick where the lane and a place are free. `always` makes room. */
  add(lane: string, job: Job, always?: boolean): Admission
  /** Would a job of that lane begin at once? Nobody else hears yes before `release`. */
  reserve(lane: string): boolean
  release(lane: string): void
  /** How many jobs of a lane have not begun. */
  waiting(lane: string): number
  /** Nothing is begun any more. */
  stop(): void
  /** Resolves when no job runs. */
  quiet(): Promise<void>
}

interface Lane {
  readonly name: string
  readonly waiting: Job[]
  busy: boolean
  /** A job was turned away, and the lane has not caught up since. */
  overflowing: boolean
}

function placeOf({ next }: Job, waiting: readonly Job[]): number {
  const place = next === undefined ? -1 : waiting.findIndex(other => other.next !== 'command')
  return place < 0 ? waiting.length : place
}

export function createLanes(limits: { readonly queuePerChat: number; readonly runningTurns: number }): Lanes {
  const lanes = new Map<string, Lane>()
  /** Lanes with something to begin, in the order in which they may: each time they run they go to the end. */
  const ready = new Set<Lane>()
  const running = new Set<Promise<void>>()
  const reserved = new Set<string>()
  let aloneRuns = false
  /** Small jobs that have not begun. */
  let small = 0
  let stopped = false

  const finished = (lane: Lane, job: Job): void => {
    if (job.alone) aloneRuns = false
    lane.busy = false
    if (lane.waiting.length > 0) ready.add(lane)
    else lanes.delete(lane.name)
    if (lane.waiting.length <= limits.queuePerChat / 2) lane.overflowing = false
    begin()
  }

  const start = (lane: Lane, job: Job): void => {
    lane.waiting.shift()
    ready.delete(lane)
    lane.busy = true
    if (job.alone) aloneRuns = true
    if (job.small) small -= 1
    const life: Promise<void> = job.run().finally(() => {
      running.delete(life)
      finished(lane, job)
    })
    running.add(life)
  }

  const begin = (): void => {
    for (const lane of ready) {
      const full = running.size >= limits.runningTurns
      if (stopped || (full && small === 0)) return
      const [job] = lane.waiting
      if (job && (job.small || !full) && !(job.alone && aloneRuns)) start(lane, job)
    }
  }

  const refuse = (lane: Lane): Admission => {
    if (lane.overflowing) return 'full'
    lane.overflowing = true
    return 'overflow'
  }

  return {
    add(name, job, always = false) {
      const lane = lanes.get(name) ?? { name, waiting: [], busy: false, overflowing: false }
      lanes.set(name, lane)
      if (!always && lane.waiting.length >= limits.queuePerChat) return refuse(lane)
      lane.waiting.splice(placeOf(job, lane.waiting), 0, job)
      if (job.small) small += 1
      if (!lane.busy) ready.add(lane)
      begin()
      return 'taken'
    },
    reserve(name) {
      const full = running.size + reserved.size >= limits.runningTurns
      if (stopped || full || lanes.has(name) || reserved.has(name)) return false
      reserved.add(name)
      return true
    },
    release(name) {
      reserved.delete(name)
    },
    waiting: name => lanes.get(name)?.waiting.length ?? 0,
    stop() {
      stopped = true
    },
    async quiet() {
      await Promise.allSettled(running)
    },
  }
}
