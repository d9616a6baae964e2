/** The message that is quoted, where the platform gave its name alone. */
import type { Journal } from '../../journal/journal.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Inbound } from '../../platforms/platform.ts'
import { asData } from './prompt.ts'

const LINE_BREAK = /\r\n|[\r\n\u2028\u2029]/
const NOT_KNOWN = '(the platform did not pass its content on)'

/** A marked block that follows the person's own words; each line bears a mark, for it is not theirs. Never rejects. */
export async function quotedBy(message: Inbound, journal: Pick<Journal, 'quotable'>, log: Logger): Promise<string> {
  if (message.quotes === undefined) return ''
  try {
    const said = await journal.quotable(message.chat.account, message.quotes)
    if (!said) return block('[quoted message]', NOT_KNOWN)
    const whose = said.author === null ? 'your own message' : `message of ${asData(said.author)}`
    return block(`[quoted: ${whose}]`, said.text)
  } catch (thrown) {
    log.warn('a quoted message could not be looked up', { message: message.id, reason: describeError(thrown) })
    return block('[quoted message]', NOT_KNOWN)
  }
}

function block(heading: string, text: string): string {
  return [heading, ...text.split(LINE_BREAK).map(line => `> ${line}`)].join('\n')
}
