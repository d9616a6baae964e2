/** Questions that turns have put to people: open until somebody who may answers, the time is up, or the turn is over. */
import type { AgentQuestion } from '../../agents/agent.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import type { Logger } from '../../lib/log.ts'
import { putNewest } from '../../lib/newest.ts'
import { hexId, type Random } from '../../lib/random.ts'
import { type AccountId, type ChatAddress, chatKey, type Inbound } from '../../platforms/platform.ts'
import { type Choice, readDecision } from './decision.ts'
import { asQuestion, createLeft, type LeftQuestion, leftAsJson, markOf, readLeft } from './left.ts'

/** Who answers, and with what. */
export interface Answering {
  readonly chat: ChatAddress
  readonly sender: { readonly id: string; readonly isOwner: boolean }
  /** What was typed, or the data of a button that was pressed. */
  readonly words: string
  /** The message it came in, where it is one: the turn's answer goes to it. */
  readonly message?: Inbound
}

/**
 * `none`: these words answer nothing. `stale`: they answer a question that is over. `not_yours`: another one was asked.
 */
export type Answered = 'answered' | 'stale' | 'not_yours' | 'none'

export interface Asked {
  readonly id: string
  /** What a button carries, by the place of its option. */
  dataOf(index: number): string
}

export interface Asking {
  /** What the turn answers. */
  readonly message: Inbound
  readonly question: AgentQuestion
  readonly mostMs: number
  /** Puts it to the chat. */
  show(asked: Asked): Promise<void>
}

export type Outcome =
  | { readonly kind: 'chosen'; readonly optionId: string; readonly by?: Inbound }
  | { readonly kind: 'timed_out' | 'withdrawn' }

export interface Questions {
  /** What a former process left open is open until its turn asks again; else it is known as stale from now on. */
  load(account: AccountId): Promise<void>
  /** Never rejects but with what `show` throws. Of one asker one question is open at a time, the next waits. */
  ask(asking: Asking, signal: AbortSignal): Promise<Outcome>
  answer(answering: Answering): Answered
  /** Something that is said there now may be an answer. */
  isAsked(chat: ChatAddress): boolean
}

interface Open {
  readonly id: string
  readonly question: AgentQuestion
  readonly askedId: string
  readonly messageId: string
  /** It is on its way to the chat: another process need not put it again. */
  untilMs: number | undefined
  resolve(outcome: Outcome): void
}

const KEY = 'open_questions'
const DATA = /^herald:q:([0-9a-f]{8}):(\d{1,3})$/
const ID_DIGITS = 8
/** So long an answer to a question that is over is taken for one. */
const STALE_MS = 30 * 60_000
const MOST_CHATS = 1000

export interface QuestionsDeps {
  readonly journal: Pick<Journal, 'get' | 'set'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Aborts when the conversation is stopped. */
  readonly stopping: AbortSignal
}

export function createQuestions(deps: QuestionsDeps): Questions {
  const { journal, clock, random, log } = deps
  /** Oldest first. */
  const open = new Map<string, Open[]>()
  /** Chats in which a question is over without an answer, and since when. */
  const over = new Map<string, number>()
  const queues = new Map<string, Promise<unknown>>()
  const left = createLeft(clock.nowMs)

  /** Best effort: without it a press after a restart is a message like any other. */
  const note = async (account: AccountId): Promise<void> => {
    const chats = [...new Set([...open.keys(), ...left.chats()])].filter(chat => chat.startsWith(`${account}:`))
    const noted = (chat: string): Json => leftAsJson([...left.of(chat), ...(open.get(chat) ?? []).flatMap(asLeft)])
    const value: Json = Object.fromEntries(chats.slice(-MOST_CHATS).map(chat => [chat, noted(chat)]))
    await journal
      .set(account, KEY, value)
      .catch((thrown: unknown) => log.warn('an open question could not be noted', { reason: describeError(thrown) }))
  }

  const expire = (chat: string): void => putNewest(over, chat, clock.nowMs(), MOST_CHATS)

  /** True once for each question that is over: a second number is just a number. */
  const takeStale = (chat: string): boolean => {
    const sinceMs = over.get(chat)
    over.delete(chat)
    return sinceMs !== undefined && clock.nowMs() - sinceMs < STALE_MS
  }

  const put = async ({ message, question, mostMs, show }: Asking, signal: AbortSignal): Promise<Outcome> => {
    if (signal.aborted) return { kind: 'withdrawn' }
    const chat = chatKey(message.chat)
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const before = left.take(chat, message.id, markOf(question))
    const decided = before?.decided && question.options[before.decided.index]
    if (before?.decided && decided) return chosen(decided.id, before.decided.by)
    const id = before?.id ?? hexId(random, ID_DIGITS)
    const entry: Open = {
      id,
      question,
      askedId: message.sender.id,
      messageId: message.id,
      untilMs: before && clock.nowMs() + mostMs,
      resolve,
    }
    open.set(chat, [...(open.get(chat) ?? []), entry])
    over.delete(chat)
    const onAbort = (): void => resolve({ kind: 'withdrawn' })
    signal.addEventListener('abort', onAbort, { once: true })
    let cancel = (): void => {}
    try {
      await note(message.chat.account)
      if (!before) {
        await show({ id, dataOf: index => `herald:q:${id}:${index}` })
        entry.untilMs = clock.nowMs() + mostMs
        await note(message.chat.account)
      }
      cancel = clock.after(mostMs, () => resolve({ kind: 'timed_out' }))
      const outcome = await promise
      if (outcome.kind !== 'chosen') expire(chat)
      return outcome
    } finally {
      cancel()
      signal.removeEventListener('abort', onAbort)
      const left = (open.get(chat) ?? []).filter(one => one !== entry)
      if (left.length > 0) open.set(chat, left)
      else open.delete(chat)
      // One that is open when the process ends is stale for the next.
      if (!deps.stopping.aborted) await note(message.chat.account)
    }
  }

  const choose = (entry: Open, { sender, message }: Answering, choice: Choice): Answered => {
    if (sender.id !== entry.askedId && !sender.isOwner) return 'not_yours'
    entry.resolve(chosen(choice.optionId, message))
    return 'answered'
  }

  /** Its turn has not asked again yet. */
  const chooseLeft = (question: LeftQuestion, { sender, message }: Answering, index: number): Answered => {
    if (sender.id !== question.askedId && !sender.isOwner) return 'not_yours'
    if (index >= question.grants.length) return 'stale'
    return left.decide(question, { index, ...(message === undefined ? {} : { by: message }) }) ? 'answered' : 'stale'
  }
  const answerLeft = (chat: string, answering: Answering): Answered | undefined => {
    const here = left.of(chat)
    const question = here.findLast(({ askedId }) => askedId === answering.sender.id) ?? here.at(-1)
    const choice = question && readDecision(answering.words)?.(asQuestion(question))
    return question && choice ? chooseLeft(question, answering, Number(choice.optionId)) : undefined
  }

  return {
    async load(account) {
      const stored = await journal.get(account, KEY)
      if (!isRecord(stored)) return
      for (const [chat, noted] of Object.entries(stored)) {
        if (open.has(chat)) continue
        over.set(chat, clock.nowMs())
        left.add(chat, readLeft(noted))
      }
    },
    ask(asking, signal) {
      const key = `${chatKey(asking.message.chat)} ${asking.message.sender.id}`
      const before = queues.get(key) ?? Promise.resolve()
      const outcome = before.then(() => put(asking, signal))
      const settled: Promise<unknown> = outcome
        .catch(() => {})
        .finally(() => {
          if (queues.get(key) === settled) queues.delete(key)
        })
      queues.set(key, settled)
      return outcome
    },
    isAsked: chat => open.has(chatKey(chat)) || over.has(chatKey(chat)) || left.of(chatKey(chat)).length > 0,
    answer(answering) {
      const chat = chatKey(answering.chat)
      const here = open.get(chat) ?? []
      const pressed = DATA.exec(answering.words)
      if (pressed) {
        const entry = here.find(({ id }) => id === pressed[1])
        const option = entry?.question.options[Number(pressed[2])]
        if (entry && option) return choose(entry, answering, { optionId: option.id })
        const before = left.of(chat).find(({ id }) => id === pressed[1])
        return before ? chooseLeft(before, answering, Number(pressed[2])) : 'stale'
      }
      const mine = here.findLast(({ askedId }) => askedId === answering.sender.id)
      const entry = mine ?? here.at(-1)
      if (!entry)
        return answerLeft(chat, answering) ?? (readDecision(answering.words) && takeStale(chat) ? 'stale' : 'none')
      const decision = readDecision(answering.words)
      const choice = decision?.(entry.question)
      return choice ? choose(entry, answering, choice) : 'none'
    },
  }
}

function chosen(optionId: string, by: Inbound | undefined): Extract<Outcome, { readonly kind: 'chosen' }> {
  return { kind: 'chosen', optionId, ...(by === undefined ? {} : { by }) }
}

function asLeft({ id, question, askedId, messageId, untilMs }: Open): readonly LeftQuestion[] {
  if (untilMs === undefined) return []
  const grants = question.options.map(({ grants: grant }) => grant ?? null)
  return [{ id, askedId, messageId, mark: markOf(question), grants, untilMs }]
}
