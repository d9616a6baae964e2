/** A session begins anew: what was said is forgotten, here and by an agent that remembers by itself. */
import { describeError } from '../../lib/errors.ts'
import { chatKey } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { resetDue, type Session, sessionKey } from './sessions.ts'

/** Returns how many entries were forgotten. Throws what `persist` throws. */
export async function renew(context: Context, session: Session): Promise<number> {
  const { journal, persist, stopping, lastQuestions } = context
  const forgotten = await persist(() => journal.forgetHistory(session.chat, session.member), stopping)
  lastQuestions.forget(sessionKey(session))
  await renewAgent(context, session)
  return forgotten
}

/** The agent takes up the chat from the history it is given. */
export async function renewAgent({ agent, log }: Context, { chat }: Session): Promise<void> {
  try {
    await agent.forget?.(chat)
  } catch (thrown) {
    log.warn('the agent could not forget a chat', { chat: chatKey(chat), reason: describeError(thrown) })
  }
}

/** Where the settings say that a session has lasted long enough. */
export async function renewWhenDue(context: Context, session: Session): Promise<void> {
  const { journal, persist, stopping, clock, log } = context
  const { sessions } = context.talk(session.chat.account)
  if (sessions.idleResetMinutes === null && sessions.dailyResetAt === null) return
  const lastMs = await persist(() => journal.lastSaidAtMs(session.chat, session.member), stopping)
  const due = lastMs === undefined ? undefined : resetDue(sessions, lastMs, clock.nowMs())
  if (due === undefined) return
  await renew(context, session)
  log.info('a session began anew', { chat: chatKey(session.chat), reason: due })
}
