/** One turn: counted, asked, written down, handed to delivery. It ends in the journal, or stays in it for the next start. */
import type { HistoryEntry } from '../../agents/agent.ts'
import { describeError } from '../../lib/errors.ts'
import { joinSignals } from '../../lib/signals.ts'
import { chatKey } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { tooOld } from '../history/history.ts'
import { withoutLastExchange } from '../history/keep.ts'
import { renewWhenDue } from '../history/renew.ts'
import { sessionKey } from '../history/sessions.ts'
import { giveUp } from '../notices/ends.ts'
import { askAgent } from './agent-turn.ts'
import { speakBesides } from './besides.ts'
import type { Said } from './collect.ts'
import { endAnswered, endStopped, endTaken } from './endings.ts'
import { allow, type Heard, hear } from './hooked.ts'
import type { LiveAnswer } from './live.ts'
import { questionIn } from './question.ts'
import { lastOf, type TurnHooks, type TurnTask } from './task.ts'

/** Never rejects; false when the messages are left in the journal without an end. */
export async function runTurn(context: Context, task: TurnTask, hooks: TurnHooks): Promise<boolean> {
  const { stopping, log } = context
  const { messages, session, stop } = task
  try {
    const repeated = await countAttempt(context, task, hooks)
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
      if (stop.aborted) await endStopped(context, task, seen.asked, shown)
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

/** True when one of the messages was attempted before. */
async function countAttempt(
  { journal, persist, stopping }: Context,
  { messages, session }: TurnTask,
  { isBegun }: Pick<TurnHooks, 'isBegun'>,
): Promise<boolean> {
  const uncounted = messages.filter(message => !isBegun(message))
  const begun = uncounted.map(({ id }) => persist(() => journal.beginTurn(session.chat.account, id), stopping))
  return (await Promise.all(begun)).some(attempts => attempts > 1)
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
  hooks: TurnHooks,
  seen: Seen,
): Promise<void> {
  const { limits, lastQuestions } = context
  const { messages, session, stop, again } = task
  await renewWhenDue(context, session)
  const heard: Heard = again ? { kind: 'heard', messages } : await hear(context, messages, stop)
  if (heard.kind === 'taken') return await endTaken(context, task, heard)
  const question = again ?? (await questionIn(context, heard.messages, messages[0], stop))
  seen.asked = [question.prompt]
  const key = sessionKey(session)
  lastQuestions.note(key, { ...question, answered: again?.answered === true })
  const before = await saidBefore(context, task)

  const besides = speakBesides(context, lastOf(messages))
  seen.live = besides.live
  const onTakenUp = (prompts: readonly string[]): void => {
    seen.asked = [...seen.asked, ...prompts]
  }
  const raw = await askAgent(context, { ...task, question, before, besides, onTakenUp }, hooks)

  // Once the agent has spoken nobody stops the turn any more: what was said is delivered.
  const shown = await besides.live.close()
  const spoken = redacted(context, raw)
  const allowed = shown ? { said: spoken } : await allow(context, lastOf(messages), spoken, stop)
  if ('droppedBy' in allowed) return await endTaken(context, task, { kind: 'taken', by: allowed.droppedBy })
  const said = redacted(context, allowed.said)
  const asked = seen.asked.join('\n')
  const to = shown?.message ?? besides.spokeLast()
  const entries = await endAnswered(context, task, { to, said, shown, asked })
  const whole = seen.asked.length === 1 ? question : { ...question, text: asked, prompt: asked }
  lastQuestions.note(key, { ...whole, answered: true })
  if (tooOld([...before, ...entries], limits.historyTokens).length > 0) hooks.onOutgrown()
}

/** Without the answer that is to be replaced. */
async function saidBefore(
  { journal, persist, stopping, limits }: Context,
  { messages, session, again }: TurnTask,
): Promise<readonly HistoryEntry[]> {
  const { chat } = lastOf(messages)
  // More than the agent is given, so that this one look also tells whether there is more.
  const known = await persist(() => journal.history(chat, 2 * limits.historyChars, session.member), stopping)
  return again?.answered ? withoutLastExchange(known) : known
}

function redacted({ redact }: Context, said: Said): Said {
  if (typeof said === 'string') return redact(said)
  return said.map(part => (part.kind === 'text' ? { ...part, text: redact(part.text) } : part))
}
