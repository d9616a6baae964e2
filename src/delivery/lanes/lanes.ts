/**
 * One lane for each chat: its replies go out one after the other, and no chat waits for another. Messages of the bot's own
 * accord have a second one, for they may wait a day for the link, and a reply behind them could not.
 */
import type { OutboxRow } from '../../journal/journal.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import { type ChatAddress, chatKey } from '../../platforms/platform.ts'
import { type Context, createJob, type Job, type Trail } from '../context.ts'
import { afterMishap } from './mishap.ts'
import { deliver } from './worker.ts'

interface Lane {
  readonly jobs: Job[]
  /** Jobs before this one are done; cut off from time to time. */
  next: number
  readonly trail: Trail
}

/** Rows that somebody waits for, with all that they turn into. */
export interface Batch {
  readonly rows: Set<number>
  /** One of them has an end, or has none because delivery stops. */
  settled(row: OutboxRow): void
}

export interface Lanes {
  /**
   * Begins in this tick where the lane is free. A row that is on its way already is passed over. `isRecovered`: somebody who
   * is gone may have posted it.
   */
  add(rows: readonly OutboxRow[], isRecovered?: (row: OutboxRow) => boolean, batch?: Batch): void
  /** Something is still to be said in the chat, in reply to somebody. */
  isBusy(chat: ChatAddress): boolean
  readonly inFlight: number
  /** Resolves when no lane is at work, with the jobs that have no end: the stop came first. */
  quiet(): Promise<readonly Job[]>
}

/** Done jobs that a lane keeps before it lets go of them. */
const MOST_DONE = 64

export function createLanes(context: Context, onSettled: (id: number) => void): Lanes {
  const { clock, log, waits } = context
  const lanes = new Map<string, Lane>()
  const working = new Set<Promise<void>>()
  const open = new Map<number, Job>()
  const batches = new Map<number, Batch>()
  let inFlight = 0
  const flight = {
    begin: () => {
      inFlight += 1
    },
    end: () => {
      inFlight -= 1
    },
  }

  const next = (lane: Lane): Job | undefined => {
    const job = lane.jobs[lane.next]
    if (job) lane.next += 1
    if (lane.next > MOST_DONE) {
      lane.jobs.splice(0, lane.next)
      lane.next = 0
    }
    return job
  }

  const join = (batch: Batch | undefined, row: OutboxRow): void => {
    if (!batch) return
    batch.rows.add(row.id)
    batches.set(row.id, batch)
  }
  const leave = ({ row }: Job): void => {
    const batch = batches.get(row.id)
    batches.delete(row.id)
    batch?.rows.delete(row.id)
    batch?.settled(row)
  }

  /** Nobody waits for them any more: the stop came first. */
  const leaveAll = (): void => {
    for (const job of open.values()) leave(job)
  }

  const bringOut = async (lane: Lane, job: Job): Promise<void> => {
    let followUps: readonly Job[] = []
    try {
      followUps = await deliver(context, job, lane.trail, flight).catch((thrown: unknown) =>
        afterMishap(context, job, thrown),
      )
    } catch (thrown) {
      // It stays open: `quiet` has it.
      if (thrown instanceof StoppedError) return
      log.error('a reply is left to the next start', { reply: job.row.id, reason: describeError(thrown) })
    }
    open.delete(job.row.id)
    const batch = batches.get(job.row.id)
    for (const one of followUps) {
      open.set(one.row.id, one)
      join(batch, one.row)
    }
    lane.jobs.splice(lane.next, 0, ...followUps)
    if (open.has(job.row.id)) return
    onSettled(job.row.id)
    leave(job)
  }

  const work = async (key: string, lane: Lane): Promise<void> => {
    for (let job = next(lane); job && !waits.stopping.aborted; job = next(lane)) await bringOut(lane, job)
    lanes.delete(key)
  }

  return {
    add(rows, isRecovered = () => false, batch) {
      const woken = new Map<string, Lane>()
      for (const row of rows) {
        if (row.reply) context.book.committed(row.chat.account, row.reply)
        if ((row.state !== 'pending' && row.state !== 'sending') || open.has(row.id)) continue
        const job = createJob(row, clock.nowMs(), { recovered: isRecovered(row) })
        open.set(row.id, job)
        join(batch, row)
        const key = `${row.inboundId === null ? 'own ' : ''}${chatKey(row.chat)}`
        const busy = lanes.get(key)
        const lane = busy ?? { jobs: [], next: 0, trail: { heldFor: null, goneFor: null, noticedFor: null } }
        lane.jobs.push(job)
        if (busy) continue
        lanes.set(key, lane)
        woken.set(key, lane)
      }
      if (waits.stopping.aborted) {
        leaveAll()
        return
      }
      for (const [key, lane] of woken) {
        const life: Promise<void> = work(key, lane).finally(() => working.delete(life))
        working.add(life)
      }
    },
    isBusy: chat => lanes.has(chatKey(chat)),
    get inFlight() {
      return inFlight
    },
    async quiet() {
      await Promise.allSettled(working)
      leaveAll()
      return [...open.values()]
    },
  }
}
