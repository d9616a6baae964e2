/** One turn: counted, asked, written down, handed to delivery. It ends in the journal, or stays in it for the next start. */
import { AgentError, type AgentTurn } from '../../agents/agent.ts'
import type { ShownStream } from '../../delivery/delivery.ts'
import { describeError, HeraldError } from '../../lib/errors.ts'
import { joinSignals } from '../../lib/signals.ts'
import { type ChatAddress, chatKey, type Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { tooOld, withinTokens } from '../history/history.ts'
import { keeping, withoutLastExchange } from '../history/keep.ts'
import type { LastQuestion } from '../history/last-questions.ts'
import { attributed } from '../history/prompt.ts'
import { renewWhenDue } from '../history/renew.ts'
import { type Session, sessionKey } from '../history/sessions.ts'
import { adopting, giveUp, wordsOf } from '../notices/ends.ts'
import { askPeople } from '../questions/asking.ts'
import { type CollectDeps, collectAnswer, inWords, type Said } from './collect.ts'
import { allow, type Heard, hear } from './hooked.ts'
import { createLiveAnswer, type LiveAnswer } from './live.ts'
import { createProgress } from './progress.ts'
import { type Meanwhile, questionIn, takeUp } from './question.ts'
import { quoting } from './quoting.ts'

/** A person wanted the turn ended. `message` says who or what, for `trace`. */
export class TurnStopped extends HeraldError {
  override readonly name = 'TurnStopped'
  /** The question goes out of the history too. */
  readonly forgets: boolean
  constructor(message: string, forgets: boolean) {
    super('turn_stopped', message)
    this.forgets = forgets
  }
}

export interface TurnTask {
  /**
   * One or more of one person in one session, oldest first; the reply is to the last one. What the agent takes up in the
   * middle of its work joins them, and ends with them.
   */
  readonly messages: readonly [Inbound, ...Inbound[]]
  readonly session: Session
  /** Aborts with a `TurnStopped`. */
  readonly stop: AbortSignal
  /** What is asked instead of what the messages say; an answer that it has already is replaced. */
  readonly again?: LastQuestion
}

export interface TurnHooks {
  /** An attempt was counted with the message itself: it is the first. */
  isBegun(message: Inbound): boolean
  /** The attempt is on disk. */
  onBegun(): void
  /** For an agent that asks in the middle of its work. */
  readonly meanwhile: Meanwhile
  /** The agent begins (1), or has ended (-1). */
  onAgent(delta: 1 | -1): void
  /** What was said in the session is more by now than an agent is given of it. */
  onOutgrown(): void
}

/** Never rejects; false when the messages are left in the journal without an end. */
export async function runTurn(context: Context, task: TurnTask, hooks: TurnHooks): Promise<boolean> {
  const { journal, persist, stopping, log } = context
  const { messages, session, stop } = task
  const { account } = session.chat
  try {
    const waiting = messages.filter(message => !hooks.isBegun(message))
    const begun = waiting.map(({ id }) => persist(() => journal.beginTurn(account, id), stopping))
    const repeated = (await Promise.all(begun)).some(attempts => attempts > 1)
    hooks.onBegun()
    const seen: Seen = { asked: [] }
    const either = joinSignals(stopping, stop)
    try {
      await answer(context, { ...task, stop: either.signal, repeated }, hooks, seen)
    } catch (thrown) {
      const shown = await seen.live?.close()
      if (stopping.aborted) {
        if (shown) await context.delivery.interrupt(shown)
        return false
      }
      if (stop.aborted) await endStopped(context, task, seen, shown)
      else await giveUp(context, messages, thrown, shown)
    } finally {
      either.release()
    }
    return true
  } catch (thrown) {
    if (stopping.aborted) return false
    // The next start takes it up, three times at the most.
    log.error('a turn could not be written down', {
      chat: chatKey(session.chat),
      message: messages[0].id,
      reason: describeError(thrown),
    })
    return false
  }
}

/** What is known of a turn when it fails. */
interface Seen {
  /** The words that the agent was asked, and those that it took up since. */
  asked: readonly string[]
  live?: LiveAnswer
}

async function answer(
  context: Context,
  task: TurnTask & { readonly repeated: boolean },
  { onAgent, onOutgrown, meanwhile }: TurnHooks,
  seen: Seen,
): Promise<void> {
  const { journal, delivery, persist, stopping, limits, lastQuestions } = context
  const { messages, session, stop } = task
  const [first] = messages
  const last = messages.at(-1) ?? first
  const { chat, sender } = last
  await renewWhenDue(context, session)
  const heard: Heard = task.again ? { kind: 'heard', messages } : await hear(context, messages, stop)
  if (heard.kind === 'taken') return await endTaken(context, task, heard)
  const question = task.again ?? (await questionIn(context, heard.messages, messages[0], stop))
  const { text, prompt, attachments } = question
  seen.asked = [prompt]
  const key = sessionKey(session)
  const replaces = task.again?.answered === true
  lastQuestions.note(key, { ...question, answered: replaces })
  // More than the agent is given, so that this one look also tells whether there is more.
  const known = await persist(() => journal.history(chat, 2 * limits.historyChars, session.member), stopping)
  const before = replaces ? withoutLastExchange(known) : known
  const history = withinTokens(before, limits.historyTokens, limits.historyChars)
  const asked = prompt === text ? { text } : { text, prompt }
  const { repeated } = task
  const besides = speakBesides(context, last)
  const id = `${chat.account}/${last.id}`
  const turn: AgentTurn = {
    id,
    chat,
    session: key,
    sender,
    ...asked,
    ...choicesFor(context, chat),
    attachments,
    history,
    repeated,
    ask: besides.ask,
    async meanwhile() {
      const all: string[] = []
      for (let next = meanwhile.take(); next; next = meanwhile.take()) {
        const words = await takeUp(context, next, meanwhile, stop)
        if (words === undefined) continue
        besides.follow(next)
        all.push(words)
      }
      seen.asked = [...seen.asked, ...all]
      return all
    },
  }
  onAgent(1)
  context.usage.add(key, { turns: 1, inputTokens: 0, outputTokens: 0 })
  const onUsage: CollectDeps['onUsage'] = used => {
    context.usage.add(key, { turns: 0, ...used })
    context.spend(chat, used.inputTokens + used.outputTokens)
  }
  const { live } = besides
  seen.live = live
  // What other people's code may still change is not shown before.
  const onWords: CollectDeps['onWords'] = words => {
    if (!context.hooks.at('answer_out')) live.words(words)
  }
  const raw = await collectAnswer({ ...context, onNote: besides.note, onWords, onUsage }, turn, stop).finally(() => {
    besides.stop()
    onAgent(-1)
  })
  // Once the agent has spoken nobody stops the turn any more: what was said is delivered.
  const shown = await live.close()
  const spoken = redacted(context, raw)
  const allowed = shown ? { said: spoken } : await allow(context, last, spoken, stop)
  if ('droppedBy' in allowed) return await endTaken(context, task, { kind: 'taken', by: allowed.droppedBy })
  const said = redacted(context, allowed.said)
  const to = shown?.message ?? besides.spokeLast()
  const planned = await persist(() => delivery.plan(to, said, 'answer', shown), stopping)
  const replies = quoting(planned, to, context.talk(chat.account).quoteInGroups)
  const silent = replies.length === 0
  // Only where nobody spoke to the bot is saying nothing a choice; anybody else would wait in vain.
  if (silent && messages.some(message => message.addressed))
    throw new AgentError('agent_empty', 'the agent ended its turn without a word')
  if (replaces) await persist(() => journal.undoExchange(chat, session.member), stopping)
  const keep = keeping(limits.historyChars)
  const heardOfAll = seen.asked.join('\n')
  const entries = [keep('user', heardOfAll), ...(silent ? [] : [keep('assistant', inWords(said))])]
  const end = silent ? 'silent' : 'answered'
  const ids = messages.map(message => message.id)
  const write = () => journal.endTurn(chat.account, ids, end, null, replies, entries, session.member)
  delivery.enqueue(await persist(() => adopting(context, shown, write), stopping))
  const whole = seen.asked.length === 1 ? question : { ...question, text: heardOfAll, prompt: heardOfAll }
  lastQuestions.note(key, { ...whole, answered: true })
  if (tooOld([...before, ...entries], limits.historyTokens).length > 0) onOutgrown()
}

/** A hook has answered, or wants nothing said; an agent that was asked before keeps what it knows. */
async function endTaken(
  context: Context,
  { messages, session }: TurnTask,
  { by, reply }: Extract<Heard, { readonly kind: 'taken' }>,
): Promise<void> {
  const { journal, delivery, persist, stopping, limits } = context
  const last = messages.at(-1) ?? messages[0]
  const said = reply === undefined ? '' : context.redact(reply)
  const replies = said === '' ? [] : await persist(() => delivery.plan(last, said, 'answer'), stopping)
  const keep = keeping(limits.historyChars)
  const asked = messages.map(message => message.text).join('\n')
  const entries = said === '' ? [] : [keep('user', attributed(messages[0], asked)), keep('assistant', said)]
  const detail = `the hook ${by} ${said === '' ? 'dropped it' : 'answered it'}`
  const end = replies.length === 0 ? 'silent' : 'answered'
  const ids = messages.map(message => message.id)
  delivery.enqueue(
    await persist(
      () => journal.endTurn(session.chat.account, ids, end, detail, replies, entries, session.member),
      stopping,
    ),
  )
}

/** What a turn says and asks before it has an answer. */
function speakBesides(context: Context, message: Inbound) {
  let last = message
  const live = createLiveAnswer(context, () => last)
  const progress = createProgress(context, message, () => live.isShown)
  const waits = (forPerson: boolean): void => {
    progress.waits(forPerson)
    live.waits(forPerson)
  }
  const ask: AgentTurn['ask'] = async (question, withdrawn) => {
    waits(true)
    const outcome = await askPeople(context, message, question, withdrawn)
      .then(chosen => {
        if (chosen.kind === 'chosen') last = chosen.by ?? last
        return chosen
      })
      .finally(() => waits(false))
    return outcome.kind === 'chosen' ? outcome.optionId : null
  }
  return {
    live,
    ask,
    note: (text: string): void => progress.note(text),
    stop: (): void => progress.stop(),
    /** The one who asked wrote again. */
    follow(next: Inbound): void {
      last = next
    },
    /** Whoever answered a question gets the answer of the turn: there it has a place, and time. */
    spokeLast: (): Inbound => last,
  }
}

function redacted({ redact }: Context, said: Said): Said {
  if (typeof said === 'string') return redact(said)
  return said.map(part => (part.kind === 'text' ? { ...part, text: redact(part.text) } : part))
}

/** What an owner chose for the chat. */
function choicesFor({ choicesOf }: Context, chat: ChatAddress): Pick<AgentTurn, 'agent' | 'model'> {
  const { agent, model } = choicesOf(chat)
  return { ...(agent === undefined ? {} : { agent }), ...(model === undefined ? {} : { model }) }
}

/** The agent has heard the question, so it stays, unless it is to be forgotten; nobody is told here. */
async function endStopped(
  context: Context,
  { messages, session, stop }: TurnTask,
  { asked }: Seen,
  shown: ShownStream | undefined,
): Promise<void> {
  const { journal, delivery, persist, stopping, limits } = context
  const reason = stop.reason
  const forgets = reason instanceof TurnStopped && reason.forgets
  const entries = forgets || asked.length === 0 ? [] : [keeping(limits.historyChars)('user', asked.join('\n'))]
  const ids = messages.map(message => message.id)
  const mark = shown ? (await wordsOf(context, shown.message)).stoppedHere : ''
  const replies = shown ? await persist(() => delivery.plan(shown.message, mark, 'notice', shown), stopping) : []
  const { account } = session.chat
  const write = () => journal.endTurn(account, ids, 'silent', describeError(reason), replies, entries, session.member)
  delivery.enqueue(await persist(() => adopting(context, shown, write), stopping))
}
