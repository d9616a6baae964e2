/** The ends of a turn that are no failure: answered, taken by a hook, stopped by a person. Each is one commit. */
import { AgentError, type HistoryEntry } from '../../agents/agent.ts'
import type { ShownStream } from '../../delivery/delivery.ts'
import { describeError } from '../../lib/errors.ts'
import type { Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { keeping } from '../history/keep.ts'
import { attributed } from '../history/prompt.ts'
import { adopting, wordsOf } from '../notices/ends.ts'
import { inWords, type Said } from './collect.ts'
import type { Heard } from './hooked.ts'
import { quoting } from './quoting.ts'
import { lastOf, TurnStopped, type TurnTask } from './task.ts'

export interface Answer {
  readonly to: Inbound
  readonly said: Said
  /** What the chat sees of it already. */
  readonly shown: ShownStream | undefined
  /** All that the agent was asked. */
  readonly asked: string
}

/** The agent has spoken. Resolves with what becomes history; throws where it owed a word and had none. */
export async function endAnswered(
  context: Context,
  { messages, session, again }: TurnTask,
  { to, said, shown, asked }: Answer,
): Promise<readonly HistoryEntry[]> {
  const { journal, delivery, persist, stopping, limits, talk } = context
  const { chat } = lastOf(messages)
  const planned = await persist(() => delivery.plan(to, said, 'answer', shown), stopping)
  const replies = quoting(planned, to, talk(chat.account).quoteInGroups)
  const silent = replies.length === 0
  // Only where nobody spoke to the bot is saying nothing a choice; anybody else would wait in vain.
  if (silent && messages.some(message => message.addressed))
    throw new AgentError('agent_empty', 'the agent ended its turn without a word')
  if (again?.answered) await persist(() => journal.undoExchange(chat, session.member), stopping)
  const keep = keeping(limits.historyChars)
  const entries = [keep('user', asked), ...(silent ? [] : [keep('assistant', inWords(said))])]
  const end = silent ? 'silent' : 'answered'
  const ids = messages.map(message => message.id)
  const write = () => journal.endTurn(chat.account, ids, end, null, replies, entries, session.member)
  delivery.enqueue(await persist(() => adopting(context, shown, write), stopping))
  return entries
}

/** A hook has answered, or wants nothing said; an agent that was asked before keeps what it knows. */
export async function endTaken(
  context: Context,
  { messages, session }: TurnTask,
  { by, reply }: Extract<Heard, { readonly kind: 'taken' }>,
): Promise<void> {
  const { journal, delivery, persist, stopping, limits } = context
  const said = reply === undefined ? '' : context.redact(reply)
  const replies = said === '' ? [] : await persist(() => delivery.plan(lastOf(messages), said, 'answer'), stopping)
  const keep = keeping(limits.historyChars)
  const asked = messages.map(message => message.text).join('\n')
  const entries = said === '' ? [] : [keep('user', attributed(messages[0], asked)), keep('assistant', said)]
  const detail = `the hook ${by} ${said === '' ? 'dropped it' : 'answered it'}`
  const end = replies.length === 0 ? 'silent' : 'answered'
  const ids = messages.map(message => message.id)
  const { account } = session.chat
  const write = () => journal.endTurn(account, ids, end, detail, replies, entries, session.member)
  delivery.enqueue(await persist(write, stopping))
}

/** The agent has heard what it was asked, so that stays, unless it is to be forgotten; nobody is told here. */
export async function endStopped(
  context: Context,
  { messages, session, stop }: TurnTask,
  asked: readonly string[],
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
