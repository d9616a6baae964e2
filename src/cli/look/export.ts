import type { HistoryEntry } from '../../agents/agent.ts'
import { isRecord } from '../../lib/json.ts'
import { printable } from '../../observe/clean.ts'
import { readChatKey } from '../../platforms/platform.ts'
import { ask } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { noJournal, withJournal } from '../offline-journal.ts'

export interface ExportFlags {
  readonly member?: string
  readonly json?: boolean
}

/** What was said in a chat, as far as the journal keeps it, oldest first. Exit 1 where nothing is. */
export async function exportChat(cli: Cli, key: string, { member = '', json = false }: ExportFlags): Promise<number> {
  const chat = readChatKey(key)
  if (!chat) throw new CommandError(CODE.usage, `${key} is no chat; write one such as qqbot:c2c:OPENID`)
  const query = new URLSearchParams({ chat: key, member })
  const answer = await ask(cli, 'GET', `/said?${query}`)
  const offline = async (): Promise<readonly HistoryEntry[]> => {
    const found = await withJournal(cli, journal => journal.history(chat, Number.MAX_SAFE_INTEGER, member))
    if (!found) throw noJournal(cli)
    return found
  }
  const entries = answer === undefined ? await offline() : entriesOf(answer)
  if (entries.length === 0) throw new CommandError(CODE.no, `nothing that was said in ${key} is kept`)
  cli.print(json ? JSON.stringify(entries, null, 2) : entries.flatMap(inLines).join('\n'))
  return CODE.ok
}

/** Later lines of one entry stand under its first. */
function inLines({ role, text }: HistoryEntry): readonly string[] {
  const who = role === 'user' ? 'person  ' : 'bot     '
  return text.split('\n').map((line, at) => `${at === 0 ? who : ' '.repeat(who.length)}${printable(line)}`)
}

function entriesOf(answer: unknown): readonly HistoryEntry[] {
  const entries: unknown = isRecord(answer) ? answer['entries'] : undefined
  if (!Array.isArray(entries)) throw new CommandError(CODE.unknown, 'the gateway gave no usable answer')
  return entries.filter(isEntry)
}

function isEntry(value: unknown): value is HistoryEntry {
  return (
    isRecord(value) && (value['role'] === 'user' || value['role'] === 'assistant') && typeof value['text'] === 'string'
  )
}
