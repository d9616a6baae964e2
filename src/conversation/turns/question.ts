/** What an agent is asked: the words of the messages, with what was quoted and what came with them. */
import type { Attachment, Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { LastQuestion } from '../history/last-questions.ts'
import { attributed } from '../history/prompt.ts'
import { questionOf } from '../history/question.ts'
import { quotedBy } from '../history/quoted.ts'
import { hear } from './hooked.ts'

/** Most messages are words alone, and do not wait for a tick. */
export async function questionIn(
  context: Context,
  messages: readonly Inbound[],
  first: Inbound,
  stop: AbortSignal,
): Promise<Omit<LastQuestion, 'answered'>> {
  const parts: string[] = []
  const all: Attachment[] = []
  for (const message of messages) {
    const quoted = message.quotes === undefined ? undefined : await quotedBy(message, context.journal, context.log)
    const given = [...message.attachments, ...(quoted?.attachments ?? [])]
    const attachments = given.length > 0 ? await context.receive({ ...message, attachments: given }, stop) : []
    all.push(...attachments)
    parts.push([questionOf(message.text, attachments), quoted?.text ?? ''].filter(part => part !== '').join('\n\n'))
  }
  const text = parts.filter(part => part !== '').join('\n')
  return { text, prompt: attributed(first, text), attachments: all }
}

/** What the same person wrote since; each is joined to the turn, or left to the next one. */
export interface Meanwhile {
  take(): Inbound | undefined
  join(message: Inbound): void
  leave(message: Inbound): void
}

/** As the agent reads it; undefined where a hook wants it otherwise, which is for a turn of its own. */
export async function takeUp(
  context: Context,
  message: Inbound,
  { join, leave }: Meanwhile,
  stop: AbortSignal,
): Promise<string | undefined> {
  let prompt: string | undefined
  try {
    const heard = await hear(context, [message], stop)
    if (heard.kind === 'heard') prompt = (await questionIn(context, heard.messages, message, stop)).prompt
  } finally {
    if (prompt === undefined) leave(message)
    else join(message)
  }
  return prompt
}
