/** Who is answered next in which session: messages become turns here, wait, are joined, and are stopped. */
import { sleep } from '../../lib/clock.ts'
import { chatKey, type Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { LastQuestion } from '../history/last-questions.ts'
import { type Session, sessionKey, sessionOf } from '../history/sessions.ts'
import type { BusyMode } from '../rules.ts'
import { TurnStopped } from '../turns/task.ts'
import { runTurn } from '../turns/turn.ts'
import type { InHand } from './in-hand.ts'
import type { Admission, Lanes } from './lanes.ts'

export interface Floor {
  /** Would a turn of this message begin at once? Nobody else of its session hears yes before `release`. */
  reserve(message: Inbound): boolean
  release(message: Inbound): void
  /** The message waits for its turn, or becomes part of one. `alone`: the next crash would make it poison. */
  admit(message: Inbound, how: { readonly recovered: boolean; readonly alone: boolean }): Admission
  /** Ends the turn that runs in a session; false when none does, or when it only has its answer left to deliver. */
  stop(session: Session, reason: TurnStopped): boolean
  /** Comes next in its session, before all that waits; a small one also when every place is taken. The job never rejects. */
  next(session: Session, job: () => Promise<void>, small: boolean): void
  /** A question of that session once more, as the turn of this message. For a job of `next`. */
  askAgain(session: Session, message: Inbound, question: LastQuestion): Promise<void>
  /** What is going on in a session: whether a turn runs, and how many messages wait. */
  standing(session: Session): { readonly running: boolean; readonly waiting: number }
  readonly activeTurns: number
}

/** Messages that become one turn. */
interface Group {
  readonly messages: [Inbound, ...Inbound[]]
  readonly session: Session
  readonly stop: AbortController
  /** It takes more messages of the same person: until it begins, and has been quiet for so long. */
  open: boolean
  readonly quietMs: number
  /** What its person wrote while it ran, for its agent; what that does not take up is the next turn. */
  readonly offered: Inbound[]
  lastAtMs: number
  state: 'waiting' | 'running' | 'spoken'
}

/** However long somebody goes on writing, after so many quiet times an answer begins. */
const LONGEST_BURST = 5

export function createFloor(
  context: Context,
  lanes: Lanes,
  inHand: InHand,
  busyModeOf: (message: Inbound) => BusyMode,
  /** The history of a session is longer than what an agent is given; what follows from it happens beside the next turn. */
  onOutgrown: (session: Session, message: Inbound) => void = () => {},
): Floor {
  const { clock, log, stopping, limits } = context
  const running = new Map<string, Group>()
  /** The group that came last in each session, as long as it has not begun. */
  const newest = new Map<string, Group>()
  /** Messages that wait, by session. */
  const waiting = new Map<string, number>()
  let activeTurns = 0

  const groupOf = (message: Inbound, session: Session, { open = false, quietMs = 0 } = {}): Group => ({
    messages: [message],
    session,
    stop: new AbortController(),
    open,
    quietMs,
    offered: [],
    lastAtMs: clock.monotonicMs(),
    state: 'waiting',
  })

  const count = (key: string, delta: number): void => {
    const now = (waiting.get(key) ?? 0) + delta
    if (now > 0) waiting.set(key, now)
    else waiting.delete(key)
  }

  /** Until the burst is over. */
  const gathered = async (group: Group): Promise<void> => {
    const { quietMs } = group
    if (quietMs === 0) return
    const untilMs = clock.monotonicMs() + LONGEST_BURST * quietMs
    const signal = AbortSignal.any([stopping, group.stop.signal])
    while (group.open && !signal.aborted) {
      const leftMs = Math.min(group.lastAtMs + quietMs, untilMs) - clock.monotonicMs()
      if (leftMs <= 0) break
      await sleep(clock, leftMs, signal).catch(() => {})
    }
  }

  const run = async (group: Group, again?: LastQuestion): Promise<void> => {
    const { messages, session, stop } = group
    const left: Inbound[] = []
    const task = { messages, session, stop: stop.signal, ...(again === undefined ? {} : { again }) }
    const ended = await runTurn(context, task, {
      isBegun: message => inHand.isBegun(message),
      onBegun() {
        for (const message of messages) inHand.begun(message)
      },
      onAgent(delta) {
        activeTurns += delta
        if (delta < 0) group.state = 'spoken'
      },
      onOutgrown: () => onOutgrown(session, messages[0]),
      meanwhile: {
        take: () => group.offered.shift(),
        join(message) {
          messages.push(message)
          count(sessionKey(session), -1)
        },
        leave: message => left.push(message),
      },
    })
    group.offered.unshift(...left)
    if (ended || !stopping.aborted) for (const message of messages) inHand.letGo(message)
  }

  /** What was written for the turn that is over, and not taken up by it, comes next: each a turn of its own, in its order. */
  const passOn = ({ session, offered }: Group): void => {
    if (stopping.aborted) return
    const key = sessionKey(session)
    for (const message of offered.toReversed()) {
      const group = groupOf(message, session)
      lanes.add(key, { alone: false, next: 'left_over', run: () => work(key, group) }, true)
    }
  }

  const work = async (key: string, group: Group): Promise<void> => {
    running.set(key, group)
    group.state = 'running'
    try {
      await gathered(group)
      group.open = false
      if (newest.get(key) === group) newest.delete(key)
      count(key, -group.messages.length)
      if (!stopping.aborted) await run(group)
    } finally {
      if (running.get(key) === group) running.delete(key)
      passOn(group)
    }
  }

  const stop: Floor['stop'] = (session, reason) => {
    const group = running.get(sessionKey(session))
    if (group?.state !== 'running' || group.stop.signal.aborted) return false
    log.info('a turn is stopped', { chat: chatKey(session.chat), reason: reason.message })
    group.stop.abort(reason)
    return true
  }

  /** True when the message is there for the turn of its sender that runs; it takes words, nothing that has to be fetched first. */
  const offeredTo = (group: Group | undefined, message: Inbound): boolean => {
    if (group?.state !== 'running' || group.stop.signal.aborted) return false
    const plain = message.attachments.length === 0 && message.quotes === undefined && message.text !== ''
    const own = group.messages[0].sender.id === message.sender.id
    if (!own || !plain || group.messages.length + group.offered.length > limits.queuePerChat) return false
    group.offered.push(message)
    count(sessionKey(group.session), 1)
    return true
  }

  /** True when the message has joined what its sender wrote just before. */
  const joined = (key: string, message: Inbound): boolean => {
    const group = newest.get(key)
    const fits = group?.open && group.messages[0].sender.id === message.sender.id
    if (!group || !fits || group.messages.length >= limits.queuePerChat) return false
    group.messages.push(message)
    group.lastAtMs = clock.monotonicMs()
    count(key, 1)
    return true
  }

  const keyOf = (message: Inbound): string =>
    sessionKey(sessionOf(message, context.talk(message.chat.account).sessions))

  return {
    // What may be a burst is waited for first.
    reserve: message => busyModeOf(message) !== 'merge' && lanes.reserve(keyOf(message)),
    release: message => lanes.release(keyOf(message)),
    admit(message, { recovered, alone }) {
      const talk = context.talk(message.chat.account)
      const session = sessionOf(message, talk.sessions)
      const key = sessionKey(session)
      const mode = recovered ? 'queue' : busyModeOf(message)
      // What still waits for the end of a turn that was interrupted is interrupted in turn: it becomes part of the next one.
      const joins = mode === 'merge' || mode === 'interrupt'
      if (joins && joined(key, message)) return 'taken'
      const current = running.get(key)
      if (mode === 'steer' && offeredTo(current, message)) return 'taken'
      const group = groupOf(message, session, { open: joins, quietMs: mode === 'merge' ? talk.mergeQuietMs : 0 })
      if (mode === 'interrupt' && current?.messages[0].sender.id === message.sender.id)
        stop(session, new TurnStopped(`interrupted by ${message.id}`, false))
      count(key, 1)
      newest.set(key, group)
      const admission = lanes.add(key, { alone, run: () => work(key, group) }, recovered)
      if (admission !== 'taken') {
        count(key, -1)
        newest.delete(key)
      }
      return admission
    },
    stop,
    next(session, job, small) {
      lanes.add(sessionKey(session), { alone: false, next: 'command', small, run: job }, true)
    },
    async askAgain(session, message, question) {
      const key = sessionKey(session)
      const group = groupOf(message, session)
      group.state = 'running'
      running.set(key, group)
      await run(group, question).finally(() => {
        if (running.get(key) === group) running.delete(key)
        passOn(group)
      })
    },
    standing(session) {
      const key = sessionKey(session)
      return { running: running.has(key), waiting: waiting.get(key) ?? 0 }
    },
    get activeTurns() {
      return activeTurns
    },
  }
}
