/** The message that is quoted, where the platform gave its name alone. */
import type { Journal } from '../../journal/journal.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Attachment, Inbound } from '../../platforms/platform.ts'
import { asData } from './prompt.ts'

const LINE_BREAK = /\r\n|[\r\n\u2028\u2029]/
const NOT_KNOWN = '(the platform did not pass its content on)'

interface Quoted {
  /** A marked block that follows the person's own words; each line bears a mark, for it is not theirs. */
  readonly text: string
  readonly attachments: readonly Attachment[]
}

const UNKNOWN: Quoted = { text: block('[quoted message]', NOT_KNOWN), attachments: [] }

/** Never rejects. */
export async function quotedBy(message: Inbound, journal: Pick<Journal, 'quotable'>, log: Logger): Promise<Quoted> {
  if (message.quotes === undefined) return { text: '', attachments: [] }
  try {
    const said = await journal.quotable(message.chat.account, message.quotes)
    if (!said) return UNKNOWN
    const whose = said.author === null ? 'your own message' : `message of ${asData(said.author)}`
    const attachments = (said.attachments ?? []).map(attachment => ({ ...attachment, quoted: true as const }))
    return { text: block(`[quoted: ${whose}]`, said.text), attachments }
  } catch (thrown) {
    log.warn('a quoted message could not be looked up', { message: message.id, reason: describeError(thrown) })
    return UNKNOWN
  }
}

function block(heading: string, text: string): string {
  return [heading, ...text.split(LINE_BREAK).map(line => `> ${line}`)].join('\n')
}
