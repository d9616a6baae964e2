import { traceMessage } from '../../delivery/own/trace-message.ts'
import type { InboxRow, OutboxRow, TraceRecord } from '../../journal/journal.ts'
import { isRecord } from '../../lib/json.ts'
import { printable } from '../../observe/clean.ts'
import { chatKey, isOwnPrompt, type SendDetail } from '../../platforms/platform.ts'
import { ask } from '../ask.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { accountsIn, noJournal, withJournal } from '../offline-journal.ts'
import { moment, quoted } from '../words.ts'

/** Of any platform, by far. */
const LONGEST_ID = 500

/** What became of one message, named by its own id, the id of a reply, the number of its incident, or the key that it was sent under. */
export async function trace(cli: Cli, id: string, { json = false }: { readonly json?: boolean }): Promise<number> {
  if (id.length > LONGEST_ID)
    throw new CommandError(
      CODE.usage,
      'no id is as long as that; the log and `herald dead list` show those of messages',
    )
  const answer = await ask(cli, 'GET', `/trace?id=${encodeURIComponent(id)}`)
  const record = answer === undefined ? await traceOffline(cli, id) : answer
  if (json) cli.print(JSON.stringify(record, null, 2))
  else if (isTraceRecord(record)) cli.print(renderTrace(record))
  else throw new CommandError(CODE.unknown, 'the gateway answered with something else; is it of another version?')
  return CODE.ok
}

async function traceOffline(cli: Cli, id: string): Promise<TraceRecord> {
  const found = await withJournal(cli, async journal => ({
    record: await traceMessage(journal, (await accountsIn(cli)) ?? [], id),
  }))
  if (!found) throw noJournal(cli)
  if (found.record) return found.record
  throw new CommandError(CODE.no, `no message ${id} is known; keys are kept for 7 days`)
}

/** A time line, from the frame to the platform's last answer. */
function renderTrace({ inbox, outbox }: TraceRecord): string {
  const events = [...(inbox ? inboundEvents(inbox) : []), ...outbox.flatMap(outboundEvents)]
  const lines = events.sort((a, b) => a.atMs - b.atMs).map(({ atMs, what }) => `${moment(atMs)}  ${what}`)
  // Ids, codes and texts of others stand in every one of them.
  return [
    ...(inbox ? heading(inbox) : ['A message of its own accord, or one whose question is no longer kept.']),
    '',
    ...lines,
    '',
    ending(inbox, outbox),
  ]
    .map(printable)
    .join('\n')
}

interface TimelineEvent {
  readonly atMs: number
  readonly what: string
}

function heading({ message }: InboxRow): string[] {
  const { sender } = message
  const name = sender.name === undefined ? '' : ` (${quoted(sender.name, 40).slice(1, -1)})`
  return [
    `message  ${message.id}`,
    `chat     ${chatKey(message.chat)}`,
    `from     ${sender.id}${name}${sender.isBot ? ', a bot' : ''}`,
    `text     ${message.text === '' ? '(none, or cleared)' : quoted(message.text, 200)}`,
  ]
}

function inboundEvents(row: InboxRow): TimelineEvent[] {
  const [came, bound] = isOwnPrompt(row.message)
    ? ['asked by a schedule', 'a restart takes it up']
    : ['received', 'it may be answered']
  const until = Number.isFinite(row.replyUntilMs) ? `; ${bound} until ${moment(row.replyUntilMs)}` : ''
  return [{ atMs: row.receivedAtMs, what: `${came} and on disk${until}` }]
}

function outboundEvents(row: OutboxRow): TimelineEvent[] {
  const name = `${row.purpose} out:${row.id}`
  const key = row.reply === null ? 'of its own accord' : `msg_seq ${row.reply.seq}`
  const written: TimelineEvent = {
    atMs: row.createdAtMs,
    what: `${name} written down: ${row.form}, ${key}, ${quoted(row.text, 80)}`,
  }
  if (row.settledAtMs === null) return [written]
  return [written, { atMs: row.settledAtMs, what: `${name} ${outcome(row)}` }]
}

function outcome(row: OutboxRow): string {
  const id = row.platformId === null ? '' : ` as ${row.platformId}`
  const posts = row.posts === 1 ? '1 post' : `${row.posts} posts`
  const doubt = row.inDoubt ? ', a try of it got no verdict' : ''
  return `${row.state}${id} (${[posts + doubt, ...details(row.detail)].join(', ')})`
}

function details({ status, code, traceId, message }: SendDetail): string[] {
  return [
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    ...(code === undefined ? [] : [`code ${code}`]),
    ...(message === undefined ? [] : [quoted(message, 120)]),
    ...(traceId === undefined ? [] : [`trace id ${traceId}`]),
  ]
}

function ending(inbox: InboxRow | null, outbox: readonly OutboxRow[]): string {
  const open = outbox.filter(row => row.settledAtMs === null)
  const waiting = open.map(
    row => `out:${row.id} is ${row.state} after ${row.posts} ${row.posts === 1 ? 'post' : 'posts'}`,
  )
  if (!inbox) return waiting.length === 0 ? 'Nothing is open.' : `Open: ${waiting.join('; ')}`
  const turns = inbox.attempts === 1 ? '1 turn begun' : `${inbox.attempts} turns begun`
  const detail = inbox.detail === null ? '' : `, ${quoted(inbox.detail, 200).slice(1, -1)}`
  const state = inbox.end === null || inbox.state !== 'ended' ? `still ${inbox.state}` : `ended: ${inbox.end}`
  return `${[`${state} (${turns}${detail})`, ...waiting].join('; ')}`
}

function isTraceRecord(value: unknown): value is TraceRecord {
  if (!isRecord(value) || !Array.isArray(value['outbox'])) return false
  const { inbox } = value
  return inbox === null || (isRecord(inbox) && isRecord(inbox['message']) && isRecord(inbox['message']['sender']))
}
