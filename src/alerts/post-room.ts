/** Brings notices to people: each channel has its own line, is tried again, and holds up no other. */
import { type Clock, sleep } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { TaskGroup } from '../lib/tasks/spawn.ts'
import type { Channel, Notice } from './channel.ts'

/** Waits between tries of one notice; after the last one it is given up. */
const RETRY_MS = [5_000, 30_000, 120_000, 600_000]
/** What waits behind a dead channel; the oldest go first. */
const LONGEST_LINE = 50
const FULL = `${LONGEST_LINE} newer ones wait`

export interface PostRoom {
  post(notice: Notice): void
  /** Notices that are not delivered yet. */
  readonly waiting: number
  /** What is wrong with which channel; undefined while the last notice of each arrived. */
  readonly trouble: string | undefined
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

export interface PostRoomDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly tasks: Pick<TaskGroup, 'spawn'>
  redact(text: string): string
}

export function createPostRoom(channels: readonly Channel[], deps: PostRoomDeps): PostRoom {
  const lines = channels.map(channel => createLine(channel, deps))
  return {
    post(notice) {
      for (const line of lines) line.push(notice)
    },
    get waiting() {
      return lines.reduce((sum, line) => sum + line.waiting, 0)
    },
    get trouble() {
      const troubles = lines.flatMap(line => line.trouble ?? [])
      return troubles.length === 0 ? undefined : troubles.join('; ')
    },
    async idle() {
      await Promise.all(lines.map(line => line.idle()))
    },
  }
}

interface Line {
  push(notice: Notice): void
  readonly waiting: number
  readonly trouble: string | undefined
  idle(): Promise<void>
}

function createLine(channel: Channel, { clock, log, tasks, redact }: PostRoomDeps): Line {
  const queue: Notice[] = []
  let trouble: string | undefined
  let busy = false
  let wake = (): void => {}
  let onIdle: (() => void)[] = []
  const settleIdle = (): void => {
    const waiters = onIdle
    onIdle = []
    for (const waiter of waiters) waiter()
  }

  const deliver = async (notice: Notice, signal: AbortSignal): Promise<void> => {
    for (let tries = 0; ; tries++) {
      try {
        await channel.deliver(notice, signal)
        trouble = undefined
        return
      } catch (thrown) {
        signal.throwIfAborted()
        trouble = `${channel.name}: ${redact(describeError(thrown))}`
        const waitMs = RETRY_MS[tries]
        log.warn(waitMs === undefined ? 'an alert was not delivered' : 'an alert is tried again', {
          channel: channel.name,
          reason: redact(describeError(thrown)),
          alert: notice.alert.key,
        })
        if (waitMs === undefined) return
        await sleep(clock, waitMs, signal)
      }
    }
  }

  tasks.spawn(`alerts by ${channel.name}`, async signal => {
    const onAbort = (): void => wake()
    signal.addEventListener('abort', onAbort)
    while (!signal.aborted) {
      const notice = queue.shift()
      if (notice) {
        busy = true
        await deliver(notice, signal)
        busy = false
        continue
      }
      settleIdle()
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  })

  return {
    push(notice) {
      queue.push(notice)
      const lost = queue.length > LONGEST_LINE ? queue.shift() : undefined
      if (lost) log.warn('an alert was not delivered', { channel: channel.name, reason: FULL, alert: lost.alert.key })
      wake()
    },
    get waiting() {
      return queue.length + (busy ? 1 : 0)
    },
    get trouble() {
      return trouble
    },
    idle: () =>
      queue.length === 0 && !busy
        ? Promise.resolve()
        : new Promise(resolve => {
            onIdle.push(resolve)
          }),
  }
}
