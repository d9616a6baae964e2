import type { DeadEntry } from '../../journal/journal.ts'
import { isRecord } from '../../lib/json.ts'
import { printable } from '../../observe/clean.ts'
import { type AccountId, chatKey } from '../../platforms/platform.ts'
import { ask } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { accountsIn, noJournal, withJournal } from '../offline-journal.ts'
import { duration, painter, quoted } from '../words.ts'

export interface DeadFlags {
  readonly all?: boolean
  readonly json?: boolean
}

const MOST_NAMED = 10

/** Shows what ended badly; asks the journal itself while no gateway runs. */
export async function listDead(cli: Cli, { json = false }: DeadFlags): Promise<number> {
  const answer = await ask(cli, 'GET', '/dead')
  const entries = answer === undefined ? await withJournal(cli, journal => journal.dead()) : entriesOf(answer)
  if (!entries) throw noJournal(cli)
  if (json) cli.print(JSON.stringify(entries, null, 2))
  else cli.print(entries.length === 0 ? 'Nothing ended badly.' : entries.map(entry => describe(entry, cli)).join('\n'))
  return CODE.ok
}

/** Takes entries back to work or strikes them out. Exit 1 when one of them is not in the list. */
export async function moveDead(
  cli: Cli,
  verb: 'retry' | 'drop',
  ids: readonly string[],
  { all = false, json = false }: DeadFlags,
): Promise<number> {
  if (all === ids.length > 0)
    throw new CommandError(CODE.usage, `name the ids to ${verb} (\`herald dead list\`), or --all`)
  const running = await ask(cli, 'GET', '/status')
  const accounts = running === undefined ? await accountsIn(cli) : undefined
  const moved =
    running === undefined
      ? await moveOffline(cli, verb, all ? undefined : ids, accounts)
      : await moveOnline(cli, verb, ids, all)
  const missed = ids.filter(id => !moved.includes(id))
  if (json) cli.print(JSON.stringify({ moved, missed }))
  else {
    const which = accounts === undefined ? 'up those of accounts in its settings' : 'them up'
    const when = running === undefined ? `; the gateway takes ${which} when it starts` : ''
    const done = verb === 'retry' ? 'back to work' : 'struck out'
    const later = verb === 'retry' ? when : ''
    cli.print(moved.length === 0 ? `Nothing ${done}.` : `${moved.length} ${done}${later}: ${someOf(moved)}`)
  }
  if (missed.length === 0) return CODE.ok
  throw new CommandError(
    CODE.no,
    `not in the dead list, its content has been cleared, or its account is not in the settings any more: ${missed.join(', ')}; see \`herald dead list\``,
  )
}

/** Who moved hundreds does not want to read them; `--json` has them all. */
function someOf(ids: readonly string[]): string {
  const left = ids.length - MOST_NAMED
  return left <= 0 ? ids.join(', ') : `${ids.slice(0, MOST_NAMED).join(', ')} and ${left} more`
}

async function moveOnline(cli: Cli, verb: string, ids: readonly string[], all: boolean): Promise<readonly string[]> {
  const moved: string[] = []
  for (const body of all ? [{ all }] : ids.map(id => ({ id }))) {
    const answer = await ask(cli, 'POST', `/dead/${verb}`, body).catch((thrown: unknown) => {
      // What is not in the list is named at the end, after the others had their turn.
      if (thrown instanceof CommandError && thrown.exitCode === CODE.no) return { moved: [] }
      throw thrown
    })
    if (isRecord(answer) && Array.isArray(answer['moved'])) moved.push(...answer['moved'].map(String))
  }
  return moved
}

/** `ids`: without them, all. Nobody takes up what belongs to an account that is gone: it stays where it is seen. */
async function moveOffline(
  cli: Cli,
  verb: 'retry' | 'drop',
  ids: readonly string[] | undefined,
  accounts: readonly AccountId[] | undefined,
): Promise<readonly string[]> {
  const moved = await withJournal(cli, async journal => {
    const hasOwner = async (id: string): Promise<boolean> => {
      if (verb === 'drop' || accounts === undefined) return true
      const { inbox, outbox } = (await journal.trace(id)) ?? { inbox: null, outbox: [] }
      const chat = inbox?.message.chat ?? outbox[0]?.chat
      return chat !== undefined && accounts.includes(chat.account)
    }
    const wanted = ids ?? (await journal.dead()).map(entry => entry.id)
    const done: string[] = []
    for (const id of wanted) if ((await hasOwner(id)) && (await journal.moveDead(id, verb))) done.push(id)
    return done
  })
  if (!moved) throw noJournal(cli)
  return moved
}

function describe(entry: DeadEntry, { clock, colour }: Cli): string {
  const paint = painter(colour)
  const age = `${duration(clock.nowMs() - entry.atMs)} ago`
  const detail = entry.detail === '' ? '' : ` (${quoted(entry.detail, 200).slice(1, -1)})`
  const said = entry.text === '' ? '(content cleared)' : quoted(entry.text, 80)
  const [id, end, chat] = [entry.id, entry.end, chatKey(entry.chat)].map(printable)
  return `${paint('bold', id ?? '')}  ${paint('red', end ?? '')}${detail}, ${age}, ${chat}\n    ${said}`
}

function entriesOf(answer: unknown): readonly DeadEntry[] {
  const entries: unknown = isRecord(answer) ? answer['entries'] : undefined
  return Array.isArray(entries) ? entries.filter(isDeadEntry) : []
}

function isDeadEntry(value: unknown): value is DeadEntry {
  if (!isRecord(value) || !isRecord(value['chat'])) return false
  return (
    ['id', 'end', 'detail', 'text'].every(key => typeof value[key] === 'string') && typeof value['atMs'] === 'number'
  )
}
