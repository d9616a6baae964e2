/** After quiet time: what became of every message, held against what people saw. */
import type { Journal, OutboxRow, TraceRecord } from '../../../src/journal/journal.ts'
import type { Bot } from '../../../src/sandbox/model/access/bots.ts'
import type { ShownMessage } from '../../../src/sandbox/model/talk/chats.ts'
import { paragraphsOf } from '../people/agent.ts'
import { tagsIn } from '../people/tags.ts'
import type { Ledger, Spoken } from './ledger.ts'
import type { StreamEar } from './platform-ear.ts'
import type { Violations } from './violations.ts'

const ENDS = new Set(['answered', 'silent', 'denied', 'dead: stale', 'dead: poison', 'dead: queue_full', 'dead: agent'])
/** Who speaks to the bot is not met with silence: that ends as a failure too. */
const FAILING = new Set(['failing', 'broken', 'cut_story', 'endless', 'silent'])
/** Messages of a chat that came so close together may have become one turn. */
const ONE_TURN_MS = 15 * 60_000
/** Two of the longest heartbeat intervals, and a moment. */
const TWO_BEATS_MS = 2 * 120_000 + 5_000
/** At the beginning of a line: the offer of a message that may be missing quotes one in the middle. */
const PARAGRAPH = /(?<=^|\n)¶(\d+)\/(\d+):/g
const OPEN = new Set(['pending', 'sending'])

export interface CheckedMessages {
  /** How they ended, by name. */
  readonly ends: Readonly<Record<string, number>>
}

export interface Records {
  readonly store: Journal
  readonly bot: Bot
  readonly ledger: Ledger
  /** The messages as they came to disk. */
  readonly order: ReadonlyMap<string, number>
  /** Messages whose answers went through a human check. */
  readonly audited: ReadonlySet<number>
  readonly ear: Pick<StreamEar, 'endedAtLast'>
}

/** A message of the bot's, and where it stands in its chat. */
interface Placed {
  readonly place: number
  readonly message: ShownMessage
}

export async function checkMessages(
  spoken: readonly Spoken[],
  { store, bot, ledger, order, audited, ear }: Records,
  violations: Violations,
): Promise<CheckedMessages> {
  const shown = shownByTag(bot)
  checkRepeats(bot, audited, violations)
  const ends: Record<string, number> = {}
  const inTime: { readonly spoken: Spoken; readonly place: number; readonly kept: number }[] = []
  for (const one of spoken) {
    const record = await store.trace(one.id)
    const answers = shown.get(one.tag) ?? []
    if (answers.length > 1) violations.add('answered twice', `<#${one.tag}> was answered ${answers.length} times`)
    if (!record?.inbox) {
      ends['not received'] = (ends['not received'] ?? 0) + 1
      continue
    }
    const near = spoken.filter(
      other => other.chat.openid === one.chat.openid && Math.abs(other.atMs - one.atMs) < ONE_TURN_MS,
    )
    const end = checkEnd(one, record, near, violations)
    if (end === 'answered' && one.mood === 'long' && near.length === 1)
      await checkWhole(one, record, { store, ledger }, violations)
    ends[end] = (ends[end] ?? 0) + 1
    if (audited.has(one.tag)) continue
    const became = await store.followReplies(record.outbox.map(({ id }) => id))
    checkShown(one, { ...record, outbox: became }, answers.length, ear, violations)
    const [answer] = answers
    const kept = order.get(one.id)
    if (answer && kept !== undefined && wasPlain(one, became) && (await wasOwn(one, answer.message, store)))
      inTime.push({ spoken: one, place: answer.place, kept })
  }
  checkOrder(inTime, violations)
  return { ends }
}

/** The link is live, and quiet time has passed: all that its session has sent is on disk. */
export async function checkSessions(
  bot: Bot,
  ledger: Ledger,
  store: Journal,
  nowMs: number,
  violations: Violations,
): Promise<void> {
  for (const session of bot.sessions.values()) {
    const log = ledger.session(session.id)
    if (session.link === undefined || !log || log.disordered) continue
    const unsaid = log.sent.length - log.checked
    if (unsaid > 0 && nowMs - log.liveAtMs > TWO_BEATS_MS)
      violations.add('not acknowledged', `${unsaid} messages of ${log.id}: no heartbeat says that they were received`)
    for (const { s, spoken } of log.sent)
      if (!(await store.trace(spoken.id))?.inbox)
        violations.add(
          'lost',
          `<#${spoken.tag}> ${spoken.id} (s ${s}) was sent on the live session, and is not on disk`,
        )
  }
}

function checkEnd(
  one: Spoken,
  { inbox, outbox }: TraceRecord,
  near: readonly Spoken[],
  violations: Violations,
): string {
  const said = `<#${one.tag}> ${one.id}`
  if (inbox?.state !== 'ended' || inbox.end === null || !ENDS.has(inbox.end)) {
    violations.add('unanswered', `${said} is still ${inbox?.state}, ${inbox?.attempts} attempts; ${rowsOf(outbox)}`)
    return 'none'
  }
  const open = outbox.filter(row => OPEN.has(row.state))
  if (open.length > 0) violations.add('unanswered', `${said} has ended, and a reply of it has not: ${rowsOf(open)}`)
  if (inbox.end === 'dead: agent' && !near.some(other => FAILING.has(other.mood)))
    violations.add('bug', `${said} ended as dead: agent (${inbox.detail}), and the agent was well`)
  // The answer to a turn of several messages stands with one of them.
  if (inbox.end === 'answered' && outbox.length === 0 && near.length === 1)
    violations.add('unanswered', `${said} is answered by nothing`)
  if (inbox.end === 'dead: agent' && outbox.length === 0 && near.length === 1)
    violations.add('notice lost', `${said} ended as dead: agent (${inbox.detail}), and its chat was told nothing`)
  return inbox.end
}

/**
 * Of an answer that is longer than a message may be, each paragraph stands in a row of the outbox. Words that were held may
 * have gone out together with those of an earlier message of the chat, and stand with that one.
 */
async function checkWhole(
  { tag, id, chat }: Spoken,
  { outbox }: TraceRecord,
  { store, ledger }: Pick<Records, 'store' | 'ledger'>,
  violations: Violations,
): Promise<void> {
  const without = (marks: readonly string[], rows: readonly OutboxRow[]): readonly string[] =>
    marks.filter(mark => !rows.some(row => row.state !== 'superseded' && row.text.includes(mark)))
  let missing = without(paragraphsOf(tag), outbox)
  for (const other of ledger.all) {
    if (missing.length === 0) return
    if (other.chat.openid !== chat.openid) continue
    missing = without(missing, (await store.trace(other.id))?.outbox ?? [])
  }
  if (missing.length > 0)
    violations.add('words lost', `<#${tag}> ${id}: ${missing.length} paragraphs are nowhere; ${rowsOf(outbox)}`)
}

/** What the outbox says was shown was shown; and what it says was not, was not. */
function checkShown(
  one: Spoken,
  { inbox, outbox }: TraceRecord,
  times: number,
  { endedAtLast }: Records['ear'],
  violations: Violations,
): void {
  if (inbox?.end !== 'answered') return
  const rows = outbox.filter(row => row.purpose === 'answer' && row.state !== 'superseded')
  if (rows.length === 0) return
  const endedByItself = rows.some(({ inDoubt, extras }) => inDoubt && endedAtLast.has(extras?.stream?.id ?? ''))
  const certain = !endedByItself && rows.every(row => row.state === 'accepted')
  if (certain && times === 0)
    violations.add('not shown', `<#${one.tag}> was accepted and nobody saw it: ${rowsOf(rows)}`)
  const never = rows.every(row => row.state === 'held' || row.state === 'expired')
  if (never && times > 0) violations.add('answered twice', `<#${one.tag}> is ${rowsOf(rows)}, and people have seen it`)
}

/** Answered in its own time, also by the rows that took its text on: then the order in the chat is the order in which the messages came. */
function wasPlain(one: Spoken, became: readonly OutboxRow[]): boolean {
  return became.every(row => row.state === 'accepted' && row.reply?.id === one.id && !row.inDoubt)
}

/**
 * What was held goes out in the budget of a later message, with the words of others, and so may the answer that a press on a
 * button of its question brought: that one stands with the press. (Answers that became one turn stand with its last message.)
 */
async function wasOwn(one: Spoken, { id, answers }: ShownMessage, store: Journal): Promise<boolean> {
  const row = (await store.trace(id))?.outbox.find(({ platformId }) => platformId === id)
  // An answer to the post that named nothing.
  if (!row) return answers === one.id
  return row.reply?.via === 'event_id' || row.reply?.id === row.inboundId
}

function checkOrder(
  answers: readonly { readonly spoken: Spoken; readonly place: number; readonly kept: number }[],
  violations: Violations,
): void {
  for (const chat of Map.groupBy(answers, ({ spoken }) => `${spoken.chat.kind} ${spoken.chat.openid}`).values()) {
    const asKept = [...chat].sort((a, b) => a.kept - b.kept)
    for (const [at, one] of asKept.entries()) {
      const before = asKept[at - 1]
      if (before && before.place > one.place)
        violations.add(
          'out of order',
          `<#${one.spoken.tag}> was answered before <#${before.spoken.tag}> of the same chat`,
        )
    }
  }
}

/** The rest of a long answer goes out in its own messages, some of them of the bot's own accord: it too is shown once. */
function checkRepeats(bot: Bot, audited: ReadonlySet<number>, violations: Violations): void {
  for (const chat of bot.chats.values()) {
    const seen = new Set<string>()
    for (const message of chat.shown) {
      if (message.from !== 'bot') continue
      for (const [mark, , tag] of message.text.matchAll(PARAGRAPH)) {
        if (seen.has(mark) && !audited.has(Number(tag)))
          violations.add('answered twice', `paragraph ${mark} of the answer to <#${tag}> was shown twice`)
        seen.add(mark)
      }
    }
  }
}

/** By the number of the message that is answered. */
function shownByTag(bot: Bot): Map<number, Placed[]> {
  const found = new Map<number, Placed[]>()
  for (const chat of bot.chats.values()) {
    for (const [place, message] of chat.shown.entries()) {
      if (message.from !== 'bot') continue
      for (const tag of tagsOf(message)) found.set(tag, [...(found.get(tag) ?? []), { place, message }])
    }
  }
  return found
}

function tagsOf(message: ShownMessage): ReadonlySet<number> {
  return new Set(tagsIn(message.text))
}

function rowsOf(rows: readonly OutboxRow[]): string {
  return rows
    .map(
      row =>
        `reply ${row.id} ${row.state} (${row.posts} posts${row.inDoubt ? ', in doubt' : ''}, ${row.detail.code ?? '-'})`,
    )
    .join(', ')
}
