/** The ladder: the same words in another dress, after the platform refused the dress they wore. */
import type { NewReply, OutboxRow } from '../../journal/journal.ts'
import type { Extras, SendDetail, TextForm } from '../../platforms/platform.ts'
import { type Context, createJob, type Job, pageOf, type Trail } from '../context.ts'
import { codePointLength } from '../text/code-points.ts'
import { disarmLinks } from '../text/markdown.ts'
import { mediaInWords } from '../text/media-words.ts'
import { splitText } from '../text/split.ts'
import { wordsFor } from '../text/texts.ts'
import { AT_ONCE, committed, type Progress, refuse } from './endings.ts'

/** Of the whole, so that two parts suffice wherever the sensible place lies. */
const HALF = 0.6

/** Under the next key: the one it had belongs to somebody else's message. */
export async function moveSeq(context: Context, job: Job, detail: SendDetail): Promise<Progress> {
  job.seqMoved = true
  await changeBody(context, job, { text: job.row.text, form: job.row.form }, detail)
  return AT_ONCE
}

export async function reform(
  context: Context,
  job: Job,
  form: 'plain' | 'disarmed',
  detail: SendDetail,
): Promise<Progress> {
  const { chat } = job.row
  const text = form === 'disarmed' ? disarmLinks(job.row.text) : job.row.text
  if (job.row.form === 'markdown' && form === 'plain') {
    await context.write(() => context.markdown.remember(chat.account), context.waits.aborted)
  }
  const limit = context.capabilities(chat.account).textLimit
  if (codePointLength(text) > limit) {
    const pieces = splitText(text, { limit }).map(piece => piece.text)
    return replace(context, job, pieces, form)
  }
  await changeBody(context, job, { text, form, ...(form === 'plain' ? withoutExtra(job, 'keyboard') : {}) }, detail)
  return AT_ONCE
}

/** What the platform does not take with the words stays behind; they say all that has to be said. */
export async function without(
  context: Context,
  job: Job,
  extra: 'keyboard' | 'quote' | 'stream',
  detail: SendDetail,
): Promise<Progress> {
  await changeBody(context, job, { text: job.row.text, form: job.row.form, ...withoutExtra(job, extra) }, detail)
  return AT_ONCE
}

function withoutExtra({ row }: Job, extra: 'keyboard' | 'quote' | 'stream'): { extras?: Extras } {
  if (row.extras?.[extra] === undefined) return {}
  const { [extra]: _left, ...others } = row.extras
  return { extras: others }
}

/** A file that the platform does not take stays behind: what it is, and where, goes on in words. */
export async function withoutMedia(context: Context, job: Job, detail: SendDetail): Promise<Progress> {
  const { media, ...others } = job.row.extras ?? {}
  const words = wordsFor(context.language, job.row.text)
  const told = media === undefined ? '' : mediaInWords(media, detail, words)
  const text = [job.row.text, told].filter(part => part.trim() !== '').join('\n')
  await changeBody(context, job, { text, form: job.row.form, extras: others }, detail)
  return AT_ONCE
}

export async function halve(context: Context, job: Job, detail: SendDetail, trail: Trail): Promise<Progress> {
  // What was held is the whole rest, of which half may be too long as well.
  const { textLimit } = context.capabilities(job.row.chat.account)
  const limit = Math.max(1, Math.min(textLimit, Math.ceil(codePointLength(job.row.text) * HALF)))
  const pieces = splitText(job.row.text, { limit, fill: HALF }).map(piece => piece.text)
  if (pieces.length < 2) return refuse(context, job, detail, { notice: 'form' }, trail)
  return replace(context, job, pieces, job.row.form)
}

/** On disk before it is posted: after a crash the old body must not go out under the old key once more. */
async function changeBody(
  context: Context,
  job: Job,
  body: { readonly text: string; readonly form: TextForm; readonly extras?: Extras },
  detail: SendDetail,
): Promise<void> {
  const { id, chat, reply, posts } = job.row
  const renewed = reply ? { ...reply, seq: (await pageOf(context, chat, reply)).renewSeq() } : null
  job.row = await context.write(
    () => context.journal.updateReply(id, { ...body, reply: renewed, state: 'pending', posts, inDoubt: false, detail }),
    context.waits.aborted,
  )
  job.suspect = false
  committed(context, [job.row])
}

/** Several rows take the text on: as many as there are places, the rest is held. Their posts count on. */
async function replace(context: Context, job: Job, pieces: readonly string[], form: TextForm): Promise<Progress> {
  const { journal } = context
  const { id, posts } = job.row
  const replies = await placesFor(context, job.row, pieces, form)
  const added = await context.write(() => journal.replaceReplies([id], replies), context.waits.aborted)
  committed(context, added)
  const rows = await context.write(
    () => Promise.all(added.map(row => journal.updateReply(row.id, { posts }))),
    context.waits.aborted,
  )
  if (rows.some(row => row.state === 'held')) context.quiet.disturb(job.row.chat)
  const nowMs = context.clock.nowMs()
  const followUps = rows.filter(row => row.state === 'pending').map(row => createJob(row, nowMs, { halved: true }))
  return { done: true, followUps }
}

async function placesFor(
  context: Context,
  row: OutboxRow,
  pieces: readonly string[],
  form: TextForm,
): Promise<readonly NewReply[]> {
  const { chat, inboundId, purpose, reply } = row
  const { keyboard, quote } = row.extras ?? {}
  const [first = '', ...others] = pieces
  const last = pieces.at(-1)
  /** The quote stays with the beginning, buttons with the end. */
  const carried = (text: string): { extras?: Extras } => {
    const extras: Extras = {
      ...(quote !== undefined && text === first ? { quote } : {}),
      ...(keyboard !== undefined && form === 'markdown' && text === last ? { keyboard } : {}),
    }
    return Object.keys(extras).length > 0 ? { extras } : {}
  }
  const as = (text: string, place: OutboxRow['reply']): NewReply => ({
    chat,
    inboundId,
    purpose,
    text,
    form,
    state: 'pending',
    reply: place,
    ...carried(text),
  })
  if (!reply) return pieces.map(text => as(text, null))
  const page = await pageOf(context, chat, reply)
  const more = Math.min(others.length, page.placesLeft)
  const replies = [as(first, { ...reply, seq: page.renewSeq() })]
  const firstSeq = page.nextSeq
  page.take(more)
  others.slice(0, more).forEach((text, index) => {
    replies.push(as(text, { ...reply, seq: firstSeq + index }))
  })
  const rest = others.slice(more).join('\n')
  return rest === '' ? replies : [...replies, { ...as(rest, null), state: 'held' }]
}
