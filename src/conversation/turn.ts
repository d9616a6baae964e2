/** One turn: counted, asked, written down, handed to delivery. It ends in the journal, or stays in it for the next start. */
import { AgentError } from '../agents/agent.ts'
import { describeError } from '../lib/errors.ts'
import { hexId } from '../lib/random.ts'
import { chatKey, type Inbound } from '../platforms/platform.ts'
import { collectAnswer } from './collect.ts'
import type { Context } from './context.ts'
import { endWith } from './ends.ts'
import { questionOf } from './question.ts'

const INCIDENT_DIGITS = 8
/** What one text may take of the history that an agent is given: one long answer must not push out all the rest. */
const LARGEST_SHARE = 0.25
const GAP = '\n[…]\n'

export interface TurnHooks {
  /** The attempt is on disk. */
  onBegun(): void
  /** The agent begins (1), or has ended (-1). */
  onAgent(delta: 1 | -1): void
}

/** Never rejects; false when the message is left in the journal without an end. */
export async function runTurn(context: Context, message: Inbound, hooks: TurnHooks): Promise<boolean> {
  const { journal, persist, stopping, log } = context
  const { account } = message.chat
  try {
    await persist(() => journal.beginTurn(account, message.id), stopping)
    hooks.onBegun()
    try {
      await answer(context, message, hooks.onAgent)
    } catch (thrown) {
      if (stopping.aborted) return false
      await giveUp(context, message, thrown)
    }
    return true
  } catch (thrown) {
    if (stopping.aborted) return false
    // The next start takes it up, three times at the most.
    log.error('a turn could not be written down', {
      chat: chatKey(message.chat),
      message: message.id,
      reason: describeError(thrown),
    })
    return false
  }
}

async function answer(context: Context, message: Inbound, onAgent: TurnHooks['onAgent']): Promise<void> {
  const { journal, delivery, persist, stopping, limits } = context
  const { chat, sender } = message
  // Most messages are words alone, and do not wait for a tick.
  const attachments = message.attachments.length > 0 ? await context.receive(message, stopping) : []
  const said = questionOf(message.text, attachments)
  const history = await persist(() => journal.history(chat, limits.historyChars), stopping)
  const turn = { id: `${chat.account}/${message.id}`, chat, sender, text: said, attachments, history }
  onAgent(1)
  const text = await collectAnswer(context, turn, stopping).finally(() => onAgent(-1))

  const replies = await persist(() => delivery.plan(message, text, 'answer'), stopping)
  const silent = replies.length === 0
  // Only where nobody spoke to the bot is saying nothing a choice; anybody else would wait in vain.
  if (silent && message.addressed) throw new AgentError('agent_empty', 'the agent ended its turn without a word')
  const keep = (one: string): string => excerpt(one, limits.historyChars * LARGEST_SHARE)
  const entries = [
    { role: 'user' as const, text: keep(said) },
    ...(silent ? [] : [{ role: 'assistant' as const, text: keep(text) }]),
  ]
  const rows = await persist(
    () => journal.endTurn(chat.account, [message.id], silent ? 'silent' : 'answered', null, replies, entries),
    stopping,
  )
  delivery.enqueue(rows)
}

/** The beginning and the end of what is too long. */
function excerpt(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text
  const half = Math.floor((mostChars - GAP.length) / 2)
  return `${text.slice(0, half).toWellFormed()}${GAP}${text.slice(-half).toWellFormed()}`
}

async function giveUp(context: Context, message: Inbound, thrown: unknown): Promise<void> {
  const { random, log } = context
  const incident = hexId(random, INCIDENT_DIGITS)
  const code = thrown instanceof AgentError ? thrown.code : 'bug'
  log.error('a turn failed', {
    incident,
    code,
    chat: chatKey(message.chat),
    message: message.id,
    reason: describeError(thrown),
    ...(thrown instanceof AgentError && thrown.hint !== undefined ? { hint: thrown.hint } : {}),
  })
  await endWith(context, message, 'dead: agent', `${code}, incident ${incident}`, words =>
    words.agentFailed(code, incident),
  )
}
