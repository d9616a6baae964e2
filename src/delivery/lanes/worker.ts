/** Brings one reply out, whatever it takes. The only place that sends anything a second time. */
import { backoffMs } from '../../lib/tasks/backoff.ts'
import type { SendOutcome } from '../../platforms/platform.ts'
import type { Context, Job, Trail } from '../context.ts'
import {
  accept,
  endOpening,
  expire,
  hold,
  leaveUnknown,
  type Progress,
  record,
  refuse,
  windowOver,
} from '../outcomes/endings.ts'
import { halve, moveSeq, reform, without, withoutMedia } from '../outcomes/rungs.ts'
import { detailOf, judge, mayHaveKept, type Pace, type Step } from '../outcomes/verdict.ts'
import { isKeyed, tryOnce } from './post.ts'

/** Over all rungs of the ladder. */
const MOST_POSTS = 8
/** Further tries for a file that the platform has no time for. */
const MOST_BUSY_WITH_MEDIA = 3
const NOT_SENT_SECONDS = [1, 2, 5, 10, 30]
/** Grows so that the posts that are allowed reach far into the window. */
const BUSY_SECONDS = [1, 2, 5, 15, 60, 300, 1200]
const DOUBT_SECONDS = [1]
/** Messages of its own accord are counted by the minute. */
const LIMITED_SECONDS = [20, 40, 80]
/** So long before its window closes a reply no longer waits for its link. */
const LAST_CALL_MS = 30_000
/** A try needs this long to arrive inside the window. */
const LAST_TRY_MS = 2_000

/** Counts the posts under way. */
export interface Flight {
  begin(): void
  end(): void
}

/**
 * Resolves when the reply has an end on disk, with what has to follow it before anything else of its chat. Rejects with
 * `StoppedError` when delivery stops first: then the journal has it as it is.
 */
export async function deliver(context: Context, job: Job, trail: Trail, flight: Flight): Promise<readonly Job[]> {
  const { waits } = context
  for (;;) {
    waits.stopping.throwIfAborted()
    const early = withoutPost(context, job, trail)
    let progress: Progress
    if (early) {
      progress = await early()
    } else {
      const waitMs = linkWaitMs(context, job)
      if (waitMs > 0) {
        await waits.forLink(job.row.chat.account, waitMs)
        continue
      }
      job.lateTry = job.row.reply !== null && !waits.isUp(job.row.chat.account)
      flight.begin()
      try {
        progress = await follow(context, job, trail, await tryOnce(context, job))
      } finally {
        flight.end()
      }
    }
    if (progress.done) return progress.followUps
    if (progress.pauseMs <= 0) continue
    if (progress.wakeOnLink) await waits.forLink(job.row.chat.account, progress.pauseMs)
    else await waits.forTime(progress.pauseMs)
  }
}

/** How long a reply may wait for its link; 0 or less when it need not, or no longer can. */
function linkWaitMs({ waits, clock }: Context, { row, giveUpAtMs }: Job): number {
  if (waits.isUp(row.chat.account)) return 0
  return (row.reply ? row.reply.untilMs - LAST_CALL_MS : giveUpAtMs) - clock.nowMs()
}

/** The end of a reply that must not, or need not, be posted (again). */
function withoutPost(context: Context, job: Job, trail: Trail): (() => Promise<Progress>) | undefined {
  const { row, answer } = job
  const nowMs = context.clock.nowMs()
  if (row.state === 'sending' && job.recovered) return () => leaveUnknown(context, job)
  if (row.extras?.stream?.open === true) return () => endOpening(context, job)
  if (answer !== null && !row.inDoubt && !job.recovered) {
    if (trail.goneFor === answer) return () => refuse(context, job, { message: 'the chat is gone' })
    if (trail.heldFor === answer) return () => hold(context, job, trail)
  }
  const { reply } = row
  if (reply && (nowMs >= reply.untilMs || context.book.peek(row.chat.account, reply)?.closed)) {
    return () => overdue(context, job, trail)
  }
  // The post that a former process may have made counts too.
  if (row.posts + (job.recovered && isDoubtful(context, job) ? 1 : 0) >= MOST_POSTS) {
    return () => (isDoubtful(context, job) ? leaveUnknown(context, job) : refuse(context, job, row.detail))
  }
  if (!reply && nowMs >= job.giveUpAtMs) return () => expire(context, job)
  return undefined
}

function overdue(context: Context, job: Job, trail: Trail): Promise<Progress> {
  return isDoubtful(context, job) ? leaveUnknown(context, job) : windowOver(context, job, trail)
}

/** One with a key that a former process left open may have been tried by it; without a key, it would stand as `sending`. */
function isDoubtful(context: Context, { row, recovered }: Job): boolean {
  if (row.inDoubt || !recovered || !row.reply) return row.inDoubt
  return context.adapterFor(row.chat.account)?.capabilities.keyedReplies(row.chat.kind) ?? true
}

/** What the answer to a try asks for. */
async function follow(context: Context, job: Job, trail: Trail, outcome: SendOutcome): Promise<Progress> {
  const keyed = isKeyed(context.adapterFor(job.row.chat.account), job.row)
  const detail = detailOf(outcome)
  const { inDoubt, form, extras } = job.row
  const media = extras?.media !== undefined
  const carried = {
    media,
    keyboard: extras?.keyboard !== undefined,
    quote: extras?.quote !== undefined,
    stream: extras?.stream !== undefined,
    cut: extras?.stream?.cut === true,
  }
  const step = judge({ ...job, keyed, inDoubt, form, ...carried }, outcome)
  switch (step.kind) {
    case 'accepted':
      return accept(context, job, outcome)
    case 'unknown':
      return leaveUnknown(context, job, detail)
    case 'refused':
      return refuse(context, job, detail, step, trail)
    case 'no_right':
      // What was perhaps shown is never sent a second way.
      return inDoubt ? leaveUnknown(context, job, detail) : hold(context, job, trail, detail, { proactive: 'refused' })
    case 'spent':
      return inDoubt
        ? leaveUnknown(context, job, detail)
        : hold(context, job, trail, detail, { proactive_spent_at_ms: context.clock.nowMs() })
    case 'window':
      closePage(context, job)
      return windowOver(context, job, trail, detail)
    case 'next_seq':
      return moveSeq(context, job, detail)
    case 'reform':
      return reform(context, job, step.form, detail)
    case 'halve':
      return halve(context, job, detail, trail)
    case 'without_media':
      return withoutMedia(context, job, detail)
    case 'without':
      return without(context, job, step.extra, detail)
    case 'again':
      if (media && gaveUpOnMedia(job, outcome)) return withoutMedia(context, job, detail)
      return again(context, job, trail, outcome, step)
  }
}

async function again(
  context: Context,
  job: Job,
  trail: Trail,
  outcome: SendOutcome,
  step: Step & { kind: 'again' },
): Promise<Progress> {
  if (outcome.kind === 'token_refused') job.tokenRetried = true
  if (mayHaveKept(outcome)) job.suspect = true
  // Nothing of a try that was not written has to be kept, unless the row says that one is under way.
  if (outcome.kind !== 'not_sent' || job.row.state === 'sending') {
    const inDoubt = job.row.inDoubt || outcome.kind === 'unknown'
    await record(context, job, { state: 'pending', inDoubt, detail: detailOf(outcome) })
  }
  const inVain = step.pace !== 'now' && step.pace !== 'doubt'
  if (job.lateTry && inVain && !context.waits.isUp(job.row.chat.account)) {
    return windowOver(context, job, trail)
  }
  const asked = step.afterMs
  const waitMs = asked ?? waitOf(context, job, step.pace)
  const { reply } = job.row
  const wakeOnLink = step.pace === 'not_sent'
  if (!reply) return { done: false, pauseMs: waitMs, wakeOnLink }
  const leftMs = reply.untilMs - LAST_TRY_MS - context.clock.nowMs()
  if (waitMs <= leftMs) return { done: false, pauseMs: waitMs, wakeOnLink }
  // Too long for its window: held at once, so that the chat's next message finds it; else one more try at the end.
  if (asked !== undefined || leftMs <= 0) return windowOver(context, job, trail)
  return { done: false, pauseMs: leftMs, wakeOnLink }
}

/** A server that is busy with a file again and again must not keep the words that follow it. */
function gaveUpOnMedia(job: Job, outcome: SendOutcome): boolean {
  // What was perhaps shown is never sent a second way.
  const untold = !job.row.inDoubt && !job.suspect && !mayHaveKept(outcome)
  return untold && outcome.kind === 'busy' && job.busy >= MOST_BUSY_WITH_MEDIA
}

function waitOf({ random }: Context, job: Job, pace: Pace): number {
  switch (pace) {
    case 'now':
      return 0
    case 'doubt':
      return backoffMs(DOUBT_SECONDS, 1, random)
    case 'not_sent':
      return backoffMs(NOT_SENT_SECONDS, ++job.notSent, random)
    case 'busy':
      return backoffMs(BUSY_SECONDS, ++job.busy, random)
    case 'limited':
      return backoffMs(LIMITED_SECONDS, ++job.limited, random)
  }
}

function closePage({ book }: Context, { row }: Job): void {
  const page = row.reply ? book.peek(row.chat.account, row.reply) : undefined
  if (page) page.closed = true
}
