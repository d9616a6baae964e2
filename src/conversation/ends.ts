/** The ends of a message that no agent answered, and what its chat is told. */
import type { Journal, NewReply, TurnEnd } from '../journal/journal.ts'
import { describeError, JournalUnwritableError } from '../lib/errors.ts'
import { chatKey, type Inbound } from '../platforms/platform.ts'
import type { Context } from './context.ts'
import { looksChinese, spokenLanguage, type Words, wordsIn } from './texts.ts'

/** How much of what the chat said before is looked at to tell its language. */
const LANGUAGE_SAMPLE_CHARS = 2000

type Speaking = Pick<Context, 'language' | 'log'> & { readonly journal: Pick<Journal, 'history'> }

/** The language of a message, or, where it shows none, of what was said in its chat before. */
export async function languageOf(context: Speaking, message: Inbound): Promise<'zh' | 'en'> {
  const { journal, language, log } = context
  if (language !== 'auto' || looksChinese(message.text)) return spokenLanguage(language, [message.text])
  try {
    const said = await journal.history(message.chat, LANGUAGE_SAMPLE_CHARS)
    const before = said.findLast(entry => entry.role === 'user')
    return spokenLanguage(language, before ? [before.text] : [])
  } catch (thrown) {
    log.debug('the language of a chat could not be looked up', { reason: describeError(thrown) })
    return spokenLanguage(language, [])
  }
}

/** The words for the chat of a message. */
export async function wordsOf(context: Speaking, message: Inbound): Promise<Words> {
  return wordsIn(await languageOf(context, message))
}

/** Ends a message with a notice, or, where even the notice fails, without one. Throws what `persist` throws. */
export async function endWith(
  context: Context,
  message: Inbound,
  end: TurnEnd,
  detail: string,
  notice?: (words: Words) => string,
): Promise<void> {
  const { journal, delivery, persist, stopping } = context
  const replies = notice ? await planNotice(context, message, notice) : []
  const { account } = message.chat
  delivery.enqueue(await persist(() => journal.endTurn(account, [message.id], end, detail, replies), stopping))
}

async function planNotice(
  context: Context,
  message: Inbound,
  notice: (words: Words) => string,
): Promise<readonly NewReply[]> {
  const { delivery, persist, stopping, log } = context
  try {
    const text = notice(await wordsOf(context, message))
    return await persist(() => delivery.plan(message, text, 'notice'), stopping)
  } catch (thrown) {
    // The end itself could not be written either: whoever bears that out asks again.
    if (stopping.aborted || thrown instanceof JournalUnwritableError) throw thrown
    const chat = chatKey(message.chat)
    log.error('a notice could not be planned', { chat, message: message.id, reason: describeError(thrown) })
    return []
  }
}
