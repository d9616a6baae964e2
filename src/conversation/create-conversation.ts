/** The room between a message and its answer, put together: gate, lanes, turns. */
import type { Agent } from '../agents/agent.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import { describeError, StoppedError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import { type AccountId, chatKey, type Inbound } from '../platforms/platform.ts'
import { type AccessRules, judge } from './access.ts'
import { createCleanStops } from './clean-stops.ts'
import type { Context } from './context.ts'
import type { Conversation } from './conversation.ts'
import { endWith } from './ends.ts'
import { createLanes } from './lanes.ts'
import { CONVERSATION_LIMITS, type ConversationLimits } from './limits.ts'
import { createPersist } from './persist.ts'
import { endLeftovers, sortLeftovers } from './recover.ts'
import { createRefusals } from './refusals.ts'
import type { Language } from './texts.ts'
import { runTurn } from './turn.ts'

export interface ConversationDeps {
  readonly journal: Pick<Journal, 'beginTurn' | 'endTurn' | 'history' | 'get' | 'set'>
  readonly delivery: Pick<Delivery, 'plan' | 'enqueue'>
  readonly agent: Pick<Agent, 'run'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** What the notices of the conversation are written in. */
  readonly language: Language
  /** The rules in force now; asked anew for every message. */
  access(account: AccountId): AccessRules
  /** Brings what hangs on a message to this machine; without it the agent is told of it in words alone. */
  readonly receive?: Context['receive']
  readonly limits?: Partial<ConversationLimits>
}

/** A message that has no end yet and is somebody's business in this process. */
interface InHand {
  readonly message: Inbound
  /** An attempt of this process is on disk. */
  begun: boolean
}

export function createConversation(deps: ConversationDeps): Conversation {
  const { journal, delivery, agent, clock, random, log, language } = deps
  const limits: ConversationLimits = { ...CONVERSATION_LIMITS, ...deps.limits }
  const stopping = new AbortController()
  const context: Context = {
    journal,
    delivery,
    agent,
    clock,
    random,
    log,
    language,
    limits,
    persist: createPersist({ clock, random, log }),
    stopping: stopping.signal,
    access: account => deps.access(account),
    receive: deps.receive ?? (async message => message.attachments),
  }
  const lanes = createLanes(limits)
  const refusals = createRefusals(clock, log)
  const cleanStops = createCleanStops(journal)
  const inHand = new Map<string, InHand>()
  const refusing = new Set<Promise<void>>()
  let activeTurns = 0
  let stopped: Promise<void> | undefined

  const nameOf = ({ id, chat }: Inbound): string => `${chat.account} ${id}`
  const letGo = (message: Inbound): void => {
    inHand.delete(nameOf(message))
  }

  const work = async (hand: InHand): Promise<void> => {
    const ended = await runTurn(context, hand.message, {
      onBegun() {
        hand.begun = true
      },
      onAgent(delta) {
        activeTurns += delta
      },
    })
    if (ended || !stopping.signal.aborted) letGo(hand.message)
  }

  /** The message ends at once, in the order of nobody; the first one of an overflow says so to its sender. */
  const turnAway = (message: Inbound, tell: boolean): void => {
    log.warn('the queue of a chat is full', { chat: chatKey(message.chat), message: message.id })
    const detail = `more than ${limits.queuePerChat} waited`
    const end = endWith(context, message, 'dead: queue_full', detail, tell ? words => words.queueFull : undefined)
    const held: Promise<void> = end
      .then(
        () => letGo(message),
        (thrown: unknown) => {
          if (stopping.signal.aborted) return
          letGo(message)
          log.error('a message that found no room could not be ended', {
            message: message.id,
            reason: describeError(thrown),
          })
        },
      )
      .finally(() => refusing.delete(held))
    refusing.add(held)
  }

  const admit = (message: Inbound, recovered: boolean, alone: boolean): void => {
    const name = nameOf(message)
    if (stopping.signal.aborted || inHand.has(name)) return
    const hand: InHand = { message, begun: false }
    inHand.set(name, hand)
    const admission = lanes.add(chatKey(message.chat), { alone, run: () => work(hand) }, recovered)
    if (admission !== 'taken') turnAway(message, admission === 'overflow')
  }

  /** So that the turns cut off now are not held against their messages. Best effort: without it they count as crashes. */
  const saveCleanStop = async (): Promise<void> => {
    for (const [account, hands] of Map.groupBy(inHand.values(), hand => hand.message.chat.account)) {
      const cut = new Set(hands.filter(hand => hand.begun).map(hand => hand.message.id))
      await cleanStops
        .save(
          account,
          hands.map(hand => hand.message.id),
          cut,
        )
        .catch((thrown: unknown) =>
          log.warn('the cut turns could not be noted', { account, reason: describeError(thrown) }),
        )
    }
  }

  const stop = async (): Promise<void> => {
    lanes.stop()
    stopping.abort(new StoppedError())
    const quiet = (async () => {
      await lanes.quiet()
      await Promise.allSettled(refusing)
    })()
    const given = Promise.withResolvers<void>()
    const cancel = clock.after(limits.stopMs, () => {
      log.warn('turns did not stop in time', { turns: inHand.size })
      given.resolve()
    })
    const finish = async (): Promise<void> => {
      await quiet
      await saveCleanStop()
    }
    await Promise.race([finish(), given.promise])
    cancel()
  }

  return {
    triage(message) {
      const { triage, refusal } = judge(message, deps.access(message.chat.account))
      if (refusal) refusals.note(refusal)
      return triage
    },
    take: message => admit(message, false, false),
    async recover(account, rows) {
      await cleanStops.load(account)
      const open = rows.filter(({ message }) => !inHand.has(nameOf(message)))
      const leftovers = sortLeftovers(
        context,
        open,
        ({ attempts, message }) => attempts - cleanStops.of(account, message.id),
      )
      for (const { refusal } of leftovers.unwanted) if (refusal) refusals.note(refusal)
      // Whoever starts the account hears of a disk that refuses, and calls again.
      await endLeftovers({ ...context, persist: ask => ask() }, leftovers)
      for (const { message, alone } of leftovers.run) admit(message, true, alone)
    },
    get activeTurns() {
      return activeTurns
    },
    describeAccess: account => refusals.describe(account, deps.access(account)),
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}
