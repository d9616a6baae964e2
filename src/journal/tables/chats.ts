import type { HistoryEntry } from '../../agents/agent.ts'
import type { Json } from '../../lib/json.ts'
import type { ChatAddress } from '../../platforms/platform.ts'
import type { Reader } from '../file/connection.ts'
import type { Tx } from '../file/group-commit.ts'
import { jsonObject, text, toHistoryEntry, whole } from './rows.ts'

type Facts = { readonly [name: string]: Json }

const FIND = 'SELECT n, facts FROM chat WHERE account = ? AND kind = ? AND id = ?'

export function chatFacts(reader: Reader, chat: ChatAddress): Facts {
  const row = reader.get(FIND, chat.account, chat.kind, chat.id)
  return row ? jsonObject(row, 'facts') : {}
}

/** Merges: a name that is known gets the new value, others stay. */
export function setChatFacts(tx: Tx, chat: ChatAddress, facts: Facts): void {
  const merged = JSON.stringify({ ...chatFacts(tx, chat), ...facts })
  tx.run(
    `INSERT INTO chat (account, kind, id, facts) VALUES (?, ?, ?, ?)
     ON CONFLICT (account, kind, id) DO UPDATE SET facts = excluded.facts`,
    chat.account,
    chat.kind,
    chat.id,
    merged,
  )
}

/** A restart knows by this where a chat lives. */
export function chatSpoke(tx: Tx, chat: ChatAddress, messageId: string): void {
  tx.run(
    `INSERT INTO chat (account, kind, id, facts, last_message_id, last_message_at_ms) VALUES (?, ?, ?, '{}', ?, ?)
     ON CONFLICT (account, kind, id) DO UPDATE
     SET last_message_id = excluded.last_message_id, last_message_at_ms = excluded.last_message_at_ms`,
    chat.account,
    chat.kind,
    chat.id,
    messageId,
    tx.nowMs,
  )
}

/** What one session keeps; an agent is given far less of it at a time. */
const MOST_ENTRIES = 400

export function addHistory(tx: Tx, chat: ChatAddress, member: string, entries: readonly HistoryEntry[]): void {
  if (entries.length === 0) return
  const found = tx.get(FIND, chat.account, chat.kind, chat.id)
  const owner = found
    ? whole(found, 'n')
    : tx.run("INSERT INTO chat (account, kind, id, facts) VALUES (?, ?, ?, '{}')", chat.account, chat.kind, chat.id)
        .lastId
  for (const entry of entries) {
    tx.run(
      'INSERT INTO history (chat, member, role, text, at_ms) VALUES (?, ?, ?, ?, ?)',
      owner,
      member,
      entry.role,
      entry.text,
      tx.nowMs,
    )
  }
  tx.run(
    `DELETE FROM history WHERE chat = ? AND member = ? AND n <= (
       SELECT n FROM history WHERE chat = ? AND member = ? ORDER BY n DESC LIMIT 1 OFFSET ${MOST_ENTRIES})`,
    owner,
    member,
    owner,
    member,
  )
}

const OF_SESSION = 'chat = (SELECT n FROM chat WHERE account = ? AND kind = ? AND id = ?) AND member = ?'

const sessionOf = ({ account, kind, id }: ChatAddress, member: string) => [account, kind, id, member] as const

/** When the last word was said, epoch milliseconds. */
export function lastSaidAtMs(reader: Reader, chat: ChatAddress, member: string): number | undefined {
  const last = reader.get(
    `SELECT at_ms FROM history WHERE ${OF_SESSION} ORDER BY n DESC LIMIT 1`,
    ...sessionOf(chat, member),
  )
  return last && whole(last, 'at_ms')
}

/** Returns how many entries that were. */
export function forgetHistory(tx: Tx, chat: ChatAddress, member: string): number {
  return tx.run(`DELETE FROM history WHERE ${OF_SESSION}`, ...sessionOf(chat, member)).changes
}

/** Takes out the last words of a person and all that followed them. Returns what that was. */
export function undoExchange(tx: Tx, chat: ChatAddress, member: string): readonly HistoryEntry[] {
  const session = sessionOf(chat, member)
  const last = tx.get(`SELECT n FROM history WHERE ${OF_SESSION} AND role = 'user' ORDER BY n DESC LIMIT 1`, ...session)
  if (!last) return []
  const from = whole(last, 'n')
  const taken = tx.all(`SELECT role, text FROM history WHERE ${OF_SESSION} AND n >= ? ORDER BY n`, ...session, from)
  tx.run(`DELETE FROM history WHERE ${OF_SESSION} AND n >= ?`, ...session, from)
  return taken.map(toHistoryEntry)
}

export function compactHistory(
  tx: Tx,
  chat: ChatAddress,
  member: string,
  oldest: readonly HistoryEntry[],
  summary: HistoryEntry,
): boolean {
  const rows = tx.all(
    `SELECT n, role, text FROM history WHERE ${OF_SESSION} ORDER BY n LIMIT ?`,
    ...sessionOf(chat, member),
    oldest.length,
  )
  const last = rows.at(-1)
  const same = oldest.every(({ role, text: said }, index) => {
    const row = rows[index]
    return row !== undefined && row['role'] === role && row['text'] === said
  })
  if (!last || !same) return false
  // In the place of the last of them, so that it is not older than what it is made of.
  const place = whole(last, 'n')
  tx.run(`DELETE FROM history WHERE ${OF_SESSION} AND n < ?`, ...sessionOf(chat, member), place)
  tx.run('UPDATE history SET role = ?, text = ? WHERE n = ?', summary.role, summary.text, place)
  return true
}

/** Entries are read in pages, newest first, so that a long history costs no more than what is asked of it. */
const PAGE = 50

const HISTORY_PAGE = `SELECT n, role, text FROM history WHERE ${OF_SESSION} AND n < ? ORDER BY n DESC LIMIT ?`

export function readHistory(
  reader: Reader,
  chat: ChatAddress,
  maxChars: number,
  member: string,
): readonly HistoryEntry[] {
  const newestFirst: HistoryEntry[] = []
  let leftChars = maxChars
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = reader.all(HISTORY_PAGE, ...sessionOf(chat, member), before, PAGE)
    for (const row of page) {
      leftChars -= text(row, 'text').length
      if (leftChars < 0) return newestFirst.reverse()
      newestFirst.push(toHistoryEntry(row))
      before = whole(row, 'n')
    }
    if (page.length < PAGE) return newestFirst.reverse()
  }
}
