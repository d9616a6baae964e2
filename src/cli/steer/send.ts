import { LONGEST_SENT } from '../../delivery/own/sender.ts'
import { isRecord, type Json } from '../../lib/json.ts'
import { ask, notRunning } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'

/** A platform may take its time, and the gateway waits for it. */
const ANSWER_MS = 30_000

/** What each outcome means to whoever waits for it. */
const WORDS: Readonly<Record<string, string>> = {
  accepted: 'The platform has taken it.',
  pending: 'It is written down, and goes out as soon as the link is back, within a day.',
  held: 'The chat takes nothing that answers nothing; it goes out with the next message of the chat.',
  refused: 'The platform refused it.',
  unknown: 'Whether it was shown nobody knows; it is not sent again.',
  expired: 'It could not be sent in time.',
  dropped: 'It was dropped.',
}

/** What is known of writing to the chat unasked, and how much of the day is left. */
function rightToWrite(right: unknown, left: unknown): readonly string[] {
  const more = typeof left === 'number' ? left : undefined
  switch (right) {
    case 'granted':
      return [`The chat may be written to unasked${more === undefined ? '' : `, ${more} more times today`}.`]
    case 'refused':
      return ['The chat may not be written to unasked.']
    default:
      return more === undefined
        ? []
        : [`Whether the chat may be written to unasked is not known; at most ${more} more go out today.`]
  }
}

/** Says something of a bot's own accord, through the running gateway. */
export async function send(
  cli: Cli,
  chat: string,
  text: string,
  { key, json = false }: { readonly key?: string; readonly json?: boolean },
): Promise<number> {
  const length = [...text].length
  if (length > LONGEST_SENT) {
    const cure = 'send it in parts'
    throw new CommandError(
      CODE.usage,
      `the text has ${length} characters, and at most ${LONGEST_SENT} go at once; ${cure}`,
    )
  }
  const order: Json = { chat, text, ...(key === undefined ? {} : { key }) }
  const answer = await ask(cli, 'POST', '/send', order, ANSWER_MS)
  if (answer === undefined) throw notRunning(cli)
  const { outcome = '', code, message, proactive, left, repeated } = isRecord(answer) ? answer : {}
  if (json) cli.print(JSON.stringify(answer))
  else {
    const why = [code, message].filter(part => part !== undefined).join(': ')
    cli.print(
      [
        `${String(outcome)}${why === '' ? '' : ` (${why})`}. ${WORDS[String(outcome)] ?? ''}`,
        ...(repeated === true ? ['This key was used before: nothing was sent now.'] : []),
        ...rightToWrite(proactive, left),
      ].join('\n'),
    )
  }
  return outcome === 'accepted' ? CODE.ok : CODE.no
}
