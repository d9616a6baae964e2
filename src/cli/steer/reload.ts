import { isRecord } from '../../lib/json.ts'
import { printable } from '../../observe/clean.ts'
import { ask, notRunning } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'

const WRONG_SETTINGS = 78
/** What has to end gets five seconds to do so. */
const ANSWER_MS = 15_000

/** What a list of changes is called, in the order in which they are told. */
const WORDS: Readonly<Record<string, string>> = {
  begun: 'begun',
  restarted: 'linked anew',
  ended: 'ended',
  swapped: 'changed for what comes next',
  later: 'waits for the next start',
}

/** Has the running gateway read its settings again. Exit 78, and one line with the cure, when they are not put in force. */
export async function reload(cli: Cli, { json = false }: { readonly json?: boolean }): Promise<number> {
  const answer = await ask(cli, 'POST', '/reload', undefined, ANSWER_MS)
  if (answer === undefined) throw notRunning(cli)
  if (!isRecord(answer)) throw new CommandError(CODE.unknown, 'the gateway answered with something else')
  const refused = answer['ok'] !== true
  if (json) cli.print(JSON.stringify(answer, null, 2))
  else if (refused) throw new CommandError(WRONG_SETTINGS, `${String(answer['error'])}; nothing is changed`)
  else cli.print(describe(answer['changes']))
  return refused ? WRONG_SETTINGS : CODE.ok
}

function describe(changes: unknown): string {
  const lists = isRecord(changes) ? changes : {}
  const lines = Object.entries(WORDS).flatMap(([kind, words]) => {
    const names = lists[kind]
    return Array.isArray(names) && names.length > 0 ? [`${words}: ${printable(names.join(', '))}`] : []
  })
  return lines.length === 0 ? 'The settings are as they were.' : lines.join('\n')
}
