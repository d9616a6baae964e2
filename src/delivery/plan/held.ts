/** The chat has spoken: what waited for that goes out in the reply budget of what it said. */
import type { NewReply, OutboxRow } from '../../journal/journal.ts'
import { JournalUnwritableError } from '../../lib/errors.ts'
import { type ChatAddress, chatKey, type Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { type AnswerPart, heldAs, tidy } from '../text/answer-parts.ts'
import { type Words, wordsFor } from '../text/texts.ts'
import type { Page } from './book.ts'
import { type PartsPlan, planParts } from './plan-parts.ts'
import { planHeld, type ReplyBudget, type TextLimits } from './planner.ts'

/** The fact that keeps the offer of a message in doubt from being made twice: the newest row that was offered. */
const OFFERED = 'offered_up_to'
const EXCERPT_CODE_POINTS = 40

interface Waiting {
  readonly held: readonly OutboxRow[]
  /** Without a key and without a verdict: the chat is asked whether it came. */
  readonly doubtful: readonly OutboxRow[]
  readonly wasGone: boolean
}

/** Resolves with the rows that are on disk and have to go out now. */
export async function releaseHeld(
  context: Context,
  message: Inbound,
  open: () => Promise<Page>,
): Promise<readonly OutboxRow[]> {
  const { chat } = message
  if (context.quiet.has(chat)) return []
  context.quiet.add(chat)
  try {
    const waiting = await whatWaits(context, chat)
    if (waiting.wasGone) await context.journal.setChatFacts(chat, { gone: false })
    if (waiting.held.length === 0 && waiting.doubtful.length === 0) return []
    await context.markdown.load(chat.account)
    return await release(context, message, waiting, await open())
  } catch (thrown) {
    context.quiet.disturb(chat)
    if (!(thrown instanceof JournalUnwritableError)) throw thrown
    context.log.warn('held replies wait on: the journal cannot be written', { chat: chatKey(chat) })
    return []
  }
}

async function whatWaits({ journal, capabilities }: Context, chat: ChatAddress): Promise<Waiting> {
  const [held, unknown, facts] = await Promise.all([
    journal.repliesOf(chat, 'held'),
    journal.repliesOf(chat, 'unknown'),
    journal.chatFacts(chat),
  ])
  const offered = Number(facts[OFFERED] ?? 0)
  const keyed = capabilities(chat.account).keyedReplies(chat.kind)
  const doubtful = unknown.filter(row => row.id > offered && row.purpose === 'answer' && !(row.reply && keyed))
  return { held, doubtful, wasGone: facts['gone'] === true }
}

/** From here to the commit nothing is waited for: the places are given out and the rows asked for in one tick. */
async function release(
  context: Context,
  message: Inbound,
  { held, doubtful }: Waiting,
  page: Page,
): Promise<readonly OutboxRow[]> {
  const { journal, clock, language, quiet } = context
  const { chat, reply: target } = message
  const newest = doubtful.at(-1)
  const offers = newest && page.placesLeft > 1 ? 1 : 0
  const capabilities = context.capabilities(chat.account)
  const firstSeq = page.nextSeq
  const budget = {
    placesLeft: page.placesLeft - offers,
    nextSeq: firstSeq + offers,
    untilMs: page.untilMs,
    nowMs: clock.nowMs(),
  }
  const limits = {
    textLimit: capabilities.textLimit,
    markdown: capabilities.markdown && !context.markdown.isRefused(chat.account),
  }
  const plan = planRows(held, budget, limits, wordsFor(language, held[0]?.text ?? ''))
  // What was nothing but notices is one still: nobody misses it, so nobody is asked later whether it came.
  const purpose = held.every(row => row.purpose === 'notice') ? 'notice' : 'answer'
  const as = (text: string, seq: number | null, rest: Partial<NewReply> = {}): NewReply => ({
    chat,
    inboundId: held[0]?.inboundId ?? message.id,
    purpose,
    text,
    form: 'plain',
    state: seq === null ? 'held' : 'pending',
    reply: seq === null ? null : { ...target, seq, untilMs: page.untilMs },
    ...rest,
  })
  const offer = newest ? wordsFor(language, newest.text).mayBeMissing(excerpt(newest.text)) : ''
  const offerRows = offers > 0 ? [as(offer, firstSeq, { inboundId: message.id, purpose: 'notice' })] : []
  const posts = plan.posts.map(({ text, form, seq, media, purpose: planned }) => {
    const extras = media === undefined ? {} : { extras: { media } }
    return as(text, seq, { form, ...(planned === 'notice' ? { purpose: planned } : {}), ...extras })
  })
  const left = plan.held.length > 0
  if (left || (newest && offers === 0)) quiet.disturb(chat)
  // Where not one of them finds a place, all stay as they are.
  const moved = posts.length > 0 || !left ? held : []
  if (moved.length + offerRows.length === 0) return []

  const rest = plan.held.map(part => {
    const { text, ...extras } = heldAs(part)
    return as(text, null, extras)
  })
  const places = posts.length + offerRows.length
  page.take(places)
  try {
    const [added] = await Promise.all([
      addFor(context, moved, offerRows, moved.length > 0 ? [...posts, ...rest] : []),
      newest && offers > 0 ? journal.setChatFacts(chat, { [OFFERED]: newest.id }) : undefined,
    ])
    return added
  } catch (thrown) {
    page.giveBack(places)
    throw thrown
  }
}

function planRows(
  held: readonly OutboxRow[],
  budget: Omit<ReplyBudget, 'proactive'>,
  limits: TextLimits,
  words: Words,
): PartsPlan {
  if (held.every(row => row.extras?.media === undefined)) {
    const texts = held.map(row => row.text)
    const { posts, heldText } = planHeld(texts, budget, limits, words)
    return { posts, held: heldText === undefined ? [] : [{ kind: 'text', text: heldText }] }
  }
  const parts = held.map(({ text, extras }): AnswerPart => {
    if (extras?.media === undefined) return { kind: 'text', text }
    return { kind: 'media', media: extras.media, ...(text === '' ? {} : { caption: text }) }
  })
  // One place stays for the answer to what the chat has said.
  const own = { ...budget, placesLeft: budget.placesLeft - 1, proactive: false }
  return planParts(tidy(parts), 'answer', own, limits, words.moreIsKept, 'item')
}

/** One commit, for they are asked for in one tick. */
async function addFor(
  { journal }: Context,
  held: readonly OutboxRow[],
  offers: readonly NewReply[],
  replies: readonly NewReply[],
): Promise<readonly OutboxRow[]> {
  const ids = held.map(row => row.id)
  const [offered, added] = await Promise.all([
    offers.length > 0 ? journal.addReplies(offers) : [],
    ids.length > 0 ? journal.replaceReplies(ids, replies) : [],
  ])
  return [...offered, ...added]
}

function excerpt(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? ''
  const start = [...line].slice(0, EXCERPT_CODE_POINTS).join('')
  return start.length < text.trim().length ? `${start}…` : start
}
