/** Keeps one program or connection: begun before it is needed, begun again when it ends, ever more slowly when it keeps ending. */
import { type Cancel, type Clock, sleep } from '../../lib/clock.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { untilAborted } from '../../lib/signals.ts'
import { AgentError } from '../agent.ts'
import { nextStart } from './pace.ts'

/** What can be kept. */
export interface Kept {
  /** Aborts when nothing more can be said. */
  readonly closed: AbortSignal
  /** How it ended; waits until it has. */
  readonly end: Promise<AgentError>
  /** Resolves when nothing is left of it. */
  stop(): Promise<void>
}

export interface Keeper<Link extends Kept> {
  /** The one that lives, or the next one. Throws `AgentError` when there is none soon. */
  link(signal: AbortSignal): Promise<Link>
  /** It gets no more turns, and ends when those that it works on are over; the next turn begins with another one. */
  condemn(link: Link): void
  /** A turn works on the link until what is returned is called. */
  use(link: Link): () => void
  /** Why there is none; undefined while there is one, or none was wanted yet. */
  readonly trouble: string | undefined
  close(): Promise<void>
}

export interface KeeperDeps<Link extends Kept> {
  /** What it is, for the log: `agent`. */
  readonly what: string
  readonly name: string
  readonly clock: Clock
  readonly log: Logger
  readonly startMs: number
  open(signal: AbortSignal): Promise<Link>
}

/** A turn waits so long for a process that is to be started again. */
const PATIENCE_MS = 10_000

export function createKeeper<Link extends Kept>(deps: KeeperDeps<Link>): Keeper<Link> {
  const { what, name, clock, log, startMs, open } = deps
  const closing = new AbortController()
  const links = new Set<Link>()
  const turns = new Map<Link, number>()
  let current: Link | undefined
  let starting: Promise<Link> | undefined
  let endsAtMs: readonly number[] = []
  let notBeforeMs = 0
  let trouble: string | undefined
  let cancelStart: Cancel = () => {}

  const ended = (reason: string): void => {
    const next = nextStart(endsAtMs, clock.monotonicMs())
    endsAtMs = next.endsAtMs
    notBeforeMs = clock.monotonicMs() + next.delayMs
    trouble = reason
    log.warn(`the ${what} is gone; it is started again`, { reason, delayMs: next.delayMs, ends: endsAtMs.length })
    cancelStart()
    cancelStart = clock.after(next.delayMs, () => {
      start().catch(() => {})
    })
  }

  const left = async (link: Link): Promise<void> => {
    const wanted = current === link && !closing.signal.aborted
    if (current === link) current = undefined
    const { message } = await link.end
    links.delete(link)
    if (wanted) ended(message)
  }

  const watch = (link: Link): void => {
    links.add(link)
    link.closed.addEventListener('abort', () => void left(link), { once: true })
  }

  const begin = async (): Promise<Link> => {
    const bound = new AbortController()
    const cancel = clock.after(startMs, () =>
      bound.abort(new AgentError('agent_unreachable', `${name} did not take up the connection within ${startMs} ms`)),
    )
    try {
      const link = await open(AbortSignal.any([bound.signal, closing.signal]))
      if (link.closed.aborted) throw await link.end
      watch(link)
      current = link
      trouble = undefined
      return link
    } catch (thrown) {
      if (!closing.signal.aborted) ended(describeError(thrown))
      throw thrown
    } finally {
      cancel()
    }
  }

  const start = (): Promise<Link> => {
    if (current) return Promise.resolve(current)
    cancelStart()
    starting ??= begin().finally(() => {
      starting = undefined
    })
    return starting
  }

  const isIdle = (link: Link): boolean => current !== link && (turns.get(link) ?? 0) === 0
  const retire = (link: Link): void => {
    if (!isIdle(link)) return
    // Somebody may have been given it just now, and not said yet that they use it.
    clock.after(0, () => {
      if (!isIdle(link)) return
      turns.delete(link)
      void link.stop()
    })
  }

  cancelStart = clock.after(0, () => {
    start().catch(() => {})
  })

  return {
    async link(signal) {
      signal.throwIfAborted()
      if (current) return current
      if (closing.signal.aborted) throw closing.signal.reason
      const waitMs = notBeforeMs - clock.monotonicMs()
      if (!starting && waitMs > PATIENCE_MS) {
        const seconds = Math.ceil(waitMs / 1000)
        throw new AgentError('agent_unreachable', `${name} keeps ending (${trouble}); started again in ${seconds} s`)
      }
      if (!starting && waitMs > 0) await sleep(clock, waitMs, signal)
      return untilAborted(start(), signal)
    },
    condemn(link) {
      if (current === link) current = undefined
      retire(link)
    },
    use(link) {
      turns.set(link, (turns.get(link) ?? 0) + 1)
      let used = true
      return () => {
        if (!used) return
        used = false
        turns.set(link, (turns.get(link) ?? 1) - 1)
        retire(link)
      }
    },
    get trouble() {
      return current ? undefined : trouble
    },
    async close() {
      closing.abort(new StoppedError('the agent is closed'))
      cancelStart()
      await starting?.catch(() => {})
      await Promise.all([...links].map(link => link.stop()))
    },
  }
}
