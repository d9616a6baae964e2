/** Answers that were seen growing: each was brought to an end or stands under a name, and was a beginning all the while. */
import type { Journal, OutboxRow } from '../../../src/journal/journal.ts'
import type { Bot } from '../../../src/sandbox/model/access/bots.ts'
import type { ShownMessage } from '../../../src/sandbox/model/talk/chats.ts'
import { beginningsIn, readStory } from '../people/story.ts'
import type { Ledger } from './ledger.ts'
import type { Audits, StreamEar } from './platform-ear.ts'
import type { Violations } from './violations.ts'

/** A mark, or a notice: a paragraph of its own. */
const NOTE = /^\n\n[(（][^\n]+[)）]$/

export interface StreamRecords {
  readonly store: Journal
  readonly bot: Bot
  readonly ledger: Ledger
  readonly ear: StreamEar
  readonly audited: Audits
}

/** Of the messages from that time on (the platform's). */
export async function checkStreams(
  { store, bot, ledger, ear, audited }: StreamRecords,
  sinceMs: number,
  violations: Violations,
): Promise<void> {
  const spokenById = new Map(ledger.all.map(one => [one.id, one]))
  const begun = new Set<number>()
  /** A story that was begun is gone on with; it may begin anew only after a mark, or where the platform would not go on. */
  const noteBeginning = (tag: number): void => {
    if (begun.has(tag)) violations.add('answered twice', `the story <#${tag}> was begun twice`)
    begun.add(tag)
  }
  for (const { shown } of bot.chats.values())
    for (const message of shown) {
      if (message.from !== 'bot' || message.atMs < sinceMs) continue
      if (message.form !== 'stream') {
        for (const tag of beginningsIn(message.text)) if (!audited.has(tag)) noteBeginning(tag)
        continue
      }
      const spoken = spokenById.get(message.answers ?? '')
      const read = spoken && readStory(spoken.tag, message.text)
      if (!read || !(read.rest === '' || NOTE.test(read.rest)))
        violations.add('not a beginning', `<#${spoken?.tag}>: ${JSON.stringify(message.text.slice(-200))}`)
      if (ear.refused.has(message.id)) continue
      if (message.growing !== true) {
        if (read?.rest === '') noteBeginning(spoken?.tag ?? 0)
        continue
      }
      const rows = (await store.trace(message.answers ?? ''))?.outbox ?? []
      const named = rows.filter(row => names(row, message))
      if (named.length === 0)
        violations.add('left growing', `<#${spoken?.tag}> ${message.id} has no end: ${told(rows)}`)
      // Its end found no window: only what nobody has seen may follow.
      if (read?.rest === '' && named.every(row => row.state === 'superseded')) noteBeginning(spoken?.tag ?? 0)
    }
}

/** Nobody knows the name of a first frame that had no verdict; a last one that could not be said waits, or is given up. */
function names(row: OutboxRow, { id, seq }: ShownMessage): boolean {
  const stream = row.extras?.stream
  if (stream === undefined) return false
  if (stream.id === undefined) return row.state === 'unknown' && row.reply?.seq === seq
  return stream.id === id && stream.open !== true && row.state !== 'accepted'
}

function told(rows: readonly OutboxRow[]): string {
  return rows.map(({ id, state, extras }) => `reply ${id} ${state} ${JSON.stringify(extras ?? {})}`).join(', ')
}
