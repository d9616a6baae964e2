/** The ends of a message that no agent answered, and what its chat is told. */
import { AgentError } from '../../agents/agent.ts'
import type { ShownStream } from '../../delivery/delivery.ts'
import type { NewReply, OutboxRow, TurnEnd } from '../../journal/journal.ts'
import { describeError, JournalUnwritableError } from '../../lib/errors.ts'
import { hexId } from '../../lib/random.ts'
import { type Button, chatKey, type Inbound, isOwnPrompt } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { withKeyboard } from './egress.ts'
import { type Words, wordsIn } from './texts.ts'

/** What a chat is told, and what it may be told in return by a press. */
export type Notice = string | { readonly text: string; readonly keyboard: readonly (readonly Button[])[] }

/** The words for the chat of a message. */
export async function wordsOf({ languages }: Pick<Context, 'languages'>, message: Inbound): Promise<Words> {
  return wordsIn(await languages.of(message))
}

/** Ends messages with a notice to the last one, or, where even the notice fails, without. Throws what `persist` throws. */
export async function endWith(
  context: Context,
  messages: readonly [Inbound, ...Inbound[]],
  end: TurnEnd,
  detail: string,
  notice?: (words: Words) => Notice,
  /** The notice ends it. */
  shown?: ShownStream,
): Promise<void> {
  const { journal, delivery, persist, stopping } = context
  const [first] = messages
  const last = messages.at(-1) ?? first
  // Nobody waits for what nobody sent: whoever set it finds it in the log and the dead list.
  const replies = notice && !isOwnPrompt(last) ? await planNotice(context, last, notice, shown) : []
  const { account } = first.chat
  const ids = messages.map(message => message.id)
  const write = (): Promise<readonly OutboxRow[]> => journal.endTurn(account, ids, end, detail, replies)
  delivery.enqueue(await persist(() => adopting(context, shown, write), stopping))
}

/** What is seen of an answer goes on in the replies that are written down with it: one commit. */
export async function adopting(
  { delivery }: Pick<Context, 'delivery'>,
  shown: ShownStream | undefined,
  write: () => Promise<readonly OutboxRow[]>,
): Promise<readonly OutboxRow[]> {
  if (!shown) return write()
  const [rows] = await Promise.all([write(), delivery.adopted(shown)])
  return rows
}

const INCIDENT_DIGITS = 8

/** Nothing came of it: the chat is told so with an incident id, the log what it was. Throws what `persist` throws. */
export async function giveUp(
  context: Context,
  messages: readonly [Inbound, ...Inbound[]],
  thrown: unknown,
  shown?: ShownStream,
): Promise<void> {
  const { random, log } = context
  const incident = hexId(random, INCIDENT_DIGITS)
  const code = thrown instanceof AgentError ? thrown.code : 'bug'
  const [first] = messages
  log.error('a turn failed', {
    incident,
    code,
    chat: chatKey(first.chat),
    message: first.id,
    reason: describeError(thrown),
    ...(thrown instanceof AgentError && thrown.hint !== undefined ? { hint: thrown.hint } : {}),
  })
  const detail = `${code}, incident ${incident}`
  await endWith(context, messages, 'dead: agent', detail, words => words.agentFailed(code, incident), shown)
}

async function planNotice(
  context: Context,
  message: Inbound,
  notice: (words: Words) => Notice,
  shown?: ShownStream,
): Promise<readonly NewReply[]> {
  const { delivery, persist, stopping, log } = context
  try {
    const told = notice(await wordsOf(context, message))
    const { text, keyboard } = typeof told === 'string' ? { text: told, keyboard: [] } : told
    const replies = await persist(() => delivery.plan(shown?.message ?? message, text, 'notice', shown), stopping)
    return keyboard.length === 0 ? replies : withKeyboard(replies, keyboard)
  } catch (thrown) {
    // The end itself could not be written either: whoever bears that out asks again.
    if (stopping.aborted || thrown instanceof JournalUnwritableError) throw thrown
    const chat = chatKey(message.chat)
    log.error('a notice could not be planned', { chat, message: message.id, reason: describeError(thrown) })
    return []
  }
}
