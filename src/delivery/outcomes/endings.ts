/** How a reply comes to rest: each of these writes one end, and what belongs to it, in one commit. */
import type { NewReply, OutboxRow, OutboxState, Quotable, ReplyPatch } from '../../journal/journal.ts'
import type { Json } from '../../lib/json.ts'
import { chatKey, type OutgoingMedia, type SendDetail, type SendOutcome } from '../../platforms/platform.ts'
import { type Context, createJob, type Job, pageOf, type Trail } from '../context.ts'
import { learnUnasked } from '../known/unasked.ts'
import { restAfter } from '../live/showable.ts'
import { shownName } from '../text/media-words.ts'
import { wordsFor } from '../text/texts.ts'
import { afterWindow, detailOf } from './verdict.ts'

/** The row is done, and these follow it before anything else of its chat; or it goes on after a pause. */
export type Progress =
  | { readonly done: true; readonly followUps: readonly Job[] }
  | { readonly done: false; readonly pauseMs: number; readonly wakeOnLink: boolean }

export const DONE: Progress = { done: true, followUps: [] }
export const AT_ONCE: Progress = { done: false, pauseMs: 0, wakeOnLink: false }

/** Writes what changed about a reply, with what only memory knew of it until now. */
export async function record(context: Context, job: Job, patch: ReplyPatch): Promise<void> {
  const { id, posts, form } = job.row
  job.row = await context.write(() => context.journal.updateReply(id, { posts, form, ...patch }), context.waits.aborted)
}

export async function accept(context: Context, job: Job, outcome: SendOutcome): Promise<Progress> {
  const platformId = outcome.kind === 'accepted' ? (outcome.platformId ?? null) : null
  const { chat, text, extras, reply } = job.row
  const ref = outcome.kind === 'accepted' ? outcome.quoteId : undefined
  const said = [extras?.media ? `[${extras.media.kind}: ${shownName(extras.media)}]` : '', text]
    .filter(Boolean)
    .join('\n')
  // Asked for in one tick: one commit.
  await Promise.all([
    record(context, job, { state: 'accepted', platformId, detail: detailOf(outcome) }),
    ref === undefined
      ? undefined
      : context.write(
          () =>
            context.journal.keepQuotable(chat.account, ref, { author: null, text: said, ...filesOf(extras?.media) }),
          context.waits.aborted,
        ),
  ])
  if (reply === null) await learnUnasked(context, chat)
  context.onAccepted(job.row)
  return DONE
}

function filesOf(media: OutgoingMedia | undefined): Pick<Quotable, 'attachments'> {
  if (media === undefined) return {}
  const { kind, name, source } = media
  return { attachments: [{ kind, name, ...source }] }
}

export async function leaveUnknown(context: Context, job: Job, detail: SendDetail = job.row.detail): Promise<Progress> {
  await record(context, job, { state: 'unknown', inDoubt: true, detail })
  context.quiet.disturb(job.row.chat)
  return say(context, job, 'warn', 'a reply may or may not have been shown')
}

/** For good. The chat reads a short notice where there is something to tell, once per answer. */
export async function refuse(
  context: Context,
  job: Job,
  detail: SendDetail,
  then: { readonly notice?: 'content' | 'form'; readonly gone?: true } = {},
  trail?: Trail,
): Promise<Progress> {
  const { journal } = context
  const { id, chat, posts, form } = job.row
  const notice = then.notice && trail ? await noticeFor(context, job, then.notice, detail, trail) : []
  const [row, added] = await context.write(
    () =>
      Promise.all([
        journal.updateReply(id, { state: 'refused', posts, form, detail }),
        notice.length > 0 ? journal.addReplies(notice) : [],
        then.gone ? journal.setChatFacts(chat, { gone: true }) : undefined,
      ]),
    context.waits.aborted,
  )
  job.row = row
  committed(context, added)
  if (then.gone) {
    context.quiet.disturb(chat)
    if (trail) trail.goneFor = job.answer
  }
  say(context, job, 'warn', 'a reply was refused')
  return { done: true, followUps: added.map(one => createJob(one, context.clock.nowMs())) }
}

async function noticeFor(
  context: Context,
  job: Job,
  why: 'content' | 'form',
  detail: SendDetail,
  trail: Trail,
): Promise<readonly NewReply[]> {
  const { chat, inboundId, purpose, text, reply } = job.row
  if (purpose === 'notice' || (job.answer !== null && trail.noticedFor === job.answer)) return []
  const page = reply ? await pageOf(context, chat, reply) : undefined
  if (page?.closed) return []
  trail.noticedFor = job.answer
  const words = wordsFor(context.language, text)
  const said = why === 'content' ? words.contentRefused : words.formRefused(detail.code ?? String(detail.status ?? '?'))
  // It takes the place of what was refused, under a key of its own.
  const place = reply && page ? { ...reply, seq: page.renewSeq() } : null
  return [{ chat, inboundId, purpose: 'notice', text: said, form: 'plain', state: 'pending', reply: place }]
}

/** It goes first when the chat next speaks; so does what follows it in the same answer. */
export async function hold(
  context: Context,
  job: Job,
  trail: Trail,
  detail: SendDetail = job.row.detail,
  facts?: { readonly [name: string]: Json },
): Promise<Progress> {
  const { journal } = context
  const { id, chat, posts, form, purpose, extras } = job.row
  if (extras?.stream?.seen !== undefined) return leaveBegun(context, job, trail, extras.stream.seen, false, facts)
  const ofHeldAnswer = job.answer !== null && trail.heldFor === job.answer
  // A notice about an answer that is held itself has nothing left to say.
  const state: OutboxState = purpose === 'notice' && ofHeldAnswer ? 'superseded' : 'held'
  const [row] = await context.write(
    () =>
      Promise.all([
        journal.updateReply(id, { state, reply: null, posts, form, detail }),
        facts ? journal.setChatFacts(chat, facts) : undefined,
      ]),
    context.waits.aborted,
  )
  job.row = row
  context.quiet.disturb(chat)
  if (purpose === 'answer') trail.heldFor = job.answer
  return say(context, job, 'info', 'a reply is held until its chat speaks again')
}

/** What grew and finds no window for its end stays as it is seen; the words that nobody has seen go on by themselves. */
async function leaveBegun(
  context: Context,
  job: Job,
  trail: Trail,
  seen: number,
  unasked: boolean,
  facts?: { readonly [name: string]: Json },
): Promise<Progress> {
  const { journal } = context
  const { id, chat, inboundId, purpose, form, text } = job.row
  const rest = restAfter(text.slice(0, seen), text)
  const state: OutboxState = unasked ? 'pending' : 'held'
  const replies = rest === '' ? [] : [{ chat, inboundId, purpose, text: rest, form, state, reply: null }]
  const [added] = await context.write(
    () => Promise.all([journal.replaceReplies([id], replies), facts ? journal.setChatFacts(chat, facts) : undefined]),
    context.waits.aborted,
  )
  say(context, job, 'info', 'an answer that grew stays as it is seen, and its rest follows by itself')
  if (unasked) return { done: true, followUps: added.map(row => createJob(row, context.clock.nowMs())) }
  context.quiet.disturb(chat)
  if (purpose === 'answer') trail.heldFor = job.answer
  return DONE
}

/** The reply window or its places are used up. */
export async function windowOver(
  context: Context,
  job: Job,
  trail: Trail,
  detail: SendDetail = job.row.detail,
): Promise<Progress> {
  const { chat, reply, extras } = job.row
  // A broken server may have kept it, and after the window no key would tell a second copy from the first.
  const inDoubt = job.row.inDoubt || job.suspect
  if (inDoubt) return leaveUnknown(context, job, detail)
  const facts = reply ? await context.write(() => context.journal.chatFacts(chat), context.waits.aborted) : {}
  const next = afterWindow(inDoubt, reply !== null, facts['proactive'] === 'granted')
  if (next !== 'proactive') return hold(context, job, trail, detail)
  const seen = extras?.stream?.seen
  if (seen !== undefined) return leaveBegun(context, job, trail, seen, true)
  await record(context, job, { state: 'pending', reply: null, detail })
  job.lateTry = false
  return AT_ONCE
}

/** A first frame without a name: the answer that began with it comes as a whole. */
export async function endOpening(context: Context, job: Job): Promise<Progress> {
  const { inDoubt, detail } = job.row
  if (inDoubt) return leaveUnknown(context, job)
  await record(context, job, { state: 'superseded', reply: null, detail })
  return DONE
}

export async function expire(context: Context, job: Job): Promise<Progress> {
  await record(context, job, { state: 'expired' })
  return say(context, job, 'warn', 'a message waited too long for its link')
}

/** Their seqs are on disk now. */
export function committed(context: Context, rows: readonly OutboxRow[]): void {
  for (const { chat, reply } of rows) if (reply) context.book.committed(chat.account, reply)
}

function say(context: Context, job: Job, level: 'info' | 'warn', message: string): Progress {
  const { id, chat, state, posts, detail, inboundId } = job.row
  context.log[level](message, { reply: id, chat: chatKey(chat), message: inboundId, state, posts, ...detail })
  return DONE
}
