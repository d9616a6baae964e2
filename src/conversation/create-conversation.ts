/** The room between a message and its answer, put together: gate, limits, commands, lanes, turns. */
import { type Hooks, NO_HOOKS } from '../hooks/hook.ts'
import type { Clock } from '../lib/clock.ts'
import { describeError, StoppedError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import { createPersist } from '../lib/tasks/persist.ts'
import { type AccountId, chatKey, type Inbound, isOwnPrompt } from '../platforms/platform.ts'
import { createBounds, type Excess } from './access/bounds.ts'
import { type AccessRules, judge, roleOf } from './access/gate.ts'
import { createRefusals } from './access/refusals.ts'
import type { Admin } from './commands/admin.ts'
import { createCommands } from './commands/run.ts'
import type { Context, ConversationAgent, ConversationDelivery, ConversationJournal } from './context.ts'
import type { Conversation } from './conversation.ts'
import { createCompaction } from './history/compaction.ts'
import { createLastQuestions } from './history/last-questions.ts'
import { createUsage } from './history/usage.ts'
import { createCleanStops } from './lanes/clean-stops.ts'
import { createFloor } from './lanes/floor.ts'
import { createInHand } from './lanes/in-hand.ts'
import { createLanes } from './lanes/lanes.ts'
import { endLeftovers, sortLeftovers } from './lanes/recover.ts'
import { CONVERSATION_LIMITS, type ConversationLimits } from './limits.ts'
import { endWith } from './notices/ends.ts'
import { asArrived, greet } from './notices/greeting.ts'
import { createLanguages, type Language } from './notices/language.ts'
import type { Words } from './notices/texts.ts'
import { createPeople } from './pairing/people.ts'
import { createStrangers } from './pairing/strangers.ts'
import { createPreferences } from './preferences.ts'
import { createClicks } from './questions/clicks.ts'
import { createQuestions } from './questions/questions.ts'
import { TALK_RULES, type TalkRules } from './rules.ts'

export interface ConversationDeps {
  readonly journal: ConversationJournal
  readonly delivery: ConversationDelivery
  readonly agent: ConversationAgent
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** What the notices of the conversation are written in; read anew for each. */
  readonly language: Language
  /** The rules in force now; asked anew for every message. */
  access(account: AccountId): AccessRules
  /** How the account talks; asked anew for every message. */
  readonly talk?: (account: AccountId) => TalkRules
  /** What an owner may see and steer from a chat; without it those commands are not there. */
  readonly admin?: Admin
  /** Brings what hangs on a message to this machine; without it the agent is told of it in words alone. */
  readonly receive?: Context['receive']
  /** Other people's code that sees, changes or drops messages. */
  readonly hooks?: Hooks
  /** Masks secrets in what goes out. */
  readonly redact?: (text: string) => string
  readonly limits?: Partial<ConversationLimits>
  /** In place of the limit of that name: asked anew whenever a turn could begin. */
  readonly runningTurns?: () => number
}

interface Admission {
  readonly recovered: boolean
  /** The next crash would make it poison. */
  readonly alone: boolean
  /** Its attempt is on disk already. */
  readonly begun: boolean
}

/** So much a platform's clock may be behind ours, and round down, before a command counts as sent before the start. */
const CLOCKS_APART_MS = 5_000

export function createConversation(deps: ConversationDeps): Conversation {
  const { journal, delivery, agent, clock, random, log } = deps
  const given = { ...CONVERSATION_LIMITS, ...deps.limits }
  const limits: ConversationLimits = {
    ...given,
    get runningTurns() {
      return deps.runningTurns?.() ?? given.runningTurns
    },
  }
  const stopping = new AbortController()
  const people = createPeople(journal, clock)
  const preferences = createPreferences(journal)
  const bounds = createBounds(journal, clock, log)
  const startedAtMs = clock.nowMs()
  const persist = createPersist({ clock, random, log }, 'a turn')
  const setting = (): Language => deps.language
  const languages = createLanguages({ journal, persist, log, stopping: stopping.signal, setting })
  const context: Context = {
    journal,
    delivery,
    agent,
    clock,
    random,
    log,
    languages,
    limits,
    persist,
    lastQuestions: createLastQuestions(),
    usage: createUsage(),
    hooks: deps.hooks ?? NO_HOOKS,
    questions: createQuestions({ journal, clock, random, log, stopping: stopping.signal }),
    redact: deps.redact ?? (text => text),
    stopping: stopping.signal,
    access: account => deps.access(account),
    talk: account => deps.talk?.(account) ?? TALK_RULES,
    standingOf: ({ chat, sender, text }) => ({
      role: people.roleOf(chat.account, sender.id),
      // Asked for once in a while only, and dearer than the rest of the gate.
      get redeems() {
        return people.redeems(chat.account, text)
      },
    }),
    spend: (chat, tokens) => bounds.spend(chat, tokens, context.talk(chat.account)),
    choicesOf: chat => preferences.of(chat),
    receive: deps.receive ?? (async message => message.attachments),
  }
  const lanes = createLanes(limits)
  const refusals = createRefusals(clock, log)
  const strangers = createStrangers(context, people)
  const cleanStops = createCleanStops(journal)
  const inHand = createInHand()
  const busyModeOf = (message: Inbound) => preferences.of(message.chat).busy ?? context.talk(message.chat.account).busy
  const compaction = createCompaction(context)
  const floor = createFloor(context, lanes, inHand, busyModeOf, (session, message) =>
    watch('a history could not be summed up', message, compaction.consider(session)),
  )
  /** Work that no lane knows of. */
  const aside = new Set<Promise<void>>()
  let stopped: Promise<void> | undefined

  const watch = (what: string, message: Inbound, work: Promise<void>): void => {
    const held: Promise<void> = work
      .catch((thrown: unknown) => {
        if (stopping.signal.aborted) return
        log.error(what, { chat: chatKey(message.chat), message: message.id, reason: describeError(thrown) })
      })
      .finally(() => aside.delete(held))
    aside.add(held)
  }

  const clicks = createClicks(context, (message, work) => watch('a press could not be answered', message, work))

  /** For a message that is on disk: it is let go when its work is done, or has failed for good. */
  const beside = (message: Inbound, work: () => Promise<void>): void => {
    const whole = async (): Promise<void> => {
      try {
        await work()
      } catch (thrown) {
        if (!stopping.signal.aborted) inHand.letGo(message)
        throw thrown
      }
      inHand.letGo(message)
    }
    watch('a message could not be ended', message, whole())
  }

  const commands = createCommands(
    { context, floor, people, preferences, admin: deps.admin, busyModeOf },
    inHand,
    beside,
  )

  /** The message ends at once, in the order of nobody; the first one of an overflow says so to its sender. */
  const turnAway = (message: Inbound, tell: boolean): void => {
    log.warn('the queue of a chat is full', { chat: chatKey(message.chat), message: message.id })
    const detail = `more than ${limits.queuePerChat} waited`
    const notice = tell ? (words: { readonly queueFull: string }) => words.queueFull : undefined
    beside(message, () => endWith(context, [message], 'dead: queue_full', detail, notice))
  }

  const refuse = (message: Inbound, { detail, notice }: Excess): void => {
    if (notice)
      log.warn('a message is over a limit', { chat: chatKey(message.chat), user: message.sender.id, reason: detail })
    beside(message, () => endWith(context, [message], 'denied', detail, notice))
  }

  const isOwner = (message: Inbound): boolean =>
    roleOf(message.sender.id, deps.access(message.chat.account), context.standingOf(message)) === 'owner'
  const rulesFor = ({ chat }: Inbound) => context.talk(chat.account)

  /** True when the message was an answer to a question, which does not wait behind the turn that asks. */
  const answersQuestion = (message: Inbound): boolean => {
    const { chat, sender, text: words } = message
    const asking = {
      id: sender.id,
      get isOwner() {
        return isOwner(message)
      },
    }
    const answered = context.questions.answer({ chat, sender: asking, words, message })
    if (answered === 'none') return false
    const notices = {
      answered: undefined,
      stale: (words: Words) => words.staleAnswer,
      not_yours: (words: Words) => words.notYours,
    }
    const end = answered === 'answered' ? 'silent' : 'answered'
    beside(message, () => endWith(context, [message], end, `answer to a question: ${answered}`, notices[answered]))
    return true
  }

  /** Sent before this process began, and heard only now. */
  const isOld = ({ sentAtMs }: Inbound): boolean => sentAtMs !== undefined && sentAtMs + CLOCKS_APART_MS < startedAtMs

  /** What is to come of it is a turn, which nothing but other turns can be before. */
  const isQuestion = (message: Inbound): boolean => {
    if (commands.isMeant(message) || context.questions.isAsked(message.chat)) return false
    return isOwner(message) || bounds.hasRoom(message, rulesFor(message))
  }

  const enter = (message: Inbound, how: Admission): void => {
    const admission = floor.admit(message, how)
    if (admission !== 'taken') turnAway(message, admission === 'overflow')
  }

  const admit = (message: Inbound, how: Admission): void => {
    if (inHand.has(message)) return
    const stopped = stopping.signal.aborted
    // The attempt of one that comes too late was cut off by the stop.
    if (!stopped || how.begun) inHand.hold(message, how.begun)
    if (!stopped && isOwnPrompt(message)) {
      enter(message, { ...how, recovered: true })
      return
    }
    const { isBot } = message.sender
    if (stopped || (!isBot && answersQuestion(message))) return
    const bounded = !how.recovered && !isOwner(message)
    const tooMany = bounded ? bounds.count(message, rulesFor(message)) : undefined
    if (tooMany) {
      refuse(message, tooMany)
      return
    }
    // What an agent says that is a bot elsewhere is for our agent, whatever it looks like.
    if (!isBot && commands.take(message, how.recovered || isOld(message))) return
    const learned = isBot ? undefined : languages.learn(message)
    if (learned) watch('the language of a chat could not be kept', message, learned())
    const spent = bounded ? bounds.question(message, rulesFor(message)) : undefined
    if (spent) refuse(message, spent)
    else enter(message, how)
  }

  /** So that the turns cut off now are not held against their messages. Best effort: without it they count as crashes. */
  const saveCleanStop = async (): Promise<void> => {
    for (const [account, { ids, begun }] of inHand.byAccount()) {
      await cleanStops
        .save(account, ids, begun)
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
      await Promise.allSettled(aside)
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

  const judged = (message: Inbound) => judge(message, deps.access(message.chat.account), context.standingOf(message))

  return {
    triage(message) {
      const { triage, refusal } = judged(message)
      if (refusal) refusals.note(refusal)
      return triage
    },
    repliesCount: ({ chat }) => deps.access(chat.account).groupTrigger === 'reply',
    reserve: message => !stopping.signal.aborted && isQuestion(message) && floor.reserve(message),
    release: message => floor.release(message),
    take(message, begun = false) {
      if (begun) floor.release(message)
      admit(message, { recovered: false, alone: false, begun })
    },
    click: click => clicks.click(click),
    welcome(welcome) {
      if (stopping.signal.aborted) return
      watch('a first word could not be said', asArrived(welcome), greet(context, welcome))
    },
    refused(message) {
      if (stopping.signal.aborted || !judged(message).offersPairing) return
      watch('a stranger could not be told how to be let in', message, strangers.offer(message))
    },
    async recover(account, rows) {
      await cleanStops.load(account)
      await people.load(account)
      await preferences.load(account)
      await bounds.load(account)
      await context.questions.load(account)
      const open = rows.filter(({ message }) => !inHand.has(message))
      const leftovers = sortLeftovers(
        context,
        open,
        ({ attempts, message }) => attempts - cleanStops.of(account, message.id),
      )
      for (const { refusal } of leftovers.unwanted) if (refusal) refusals.note(refusal)
      // Whoever starts the account hears of a disk that refuses, and calls again.
      await endLeftovers({ ...context, persist: ask => ask() }, leftovers)
      for (const { message, alone } of leftovers.run) admit(message, { recovered: true, alone, begun: false })
    },
    get activeTurns() {
      return floor.activeTurns
    },
    people,
    languageOf: chat => languages.of({ chat, text: '' }),
    describeAccess(account, language) {
      return refusals.describe(account, deps.access(account), id => people.roleOf(account, id), language)
    },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}
