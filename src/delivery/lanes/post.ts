import type { OutboxRow, ReplyPatch } from '../../journal/journal.ts'
import { describeError, StoppedError } from '../../lib/errors.ts'
import type { SendingAdapter, SendOutcome } from '../../platforms/platform.ts'
import type { Context, Job } from '../context.ts'

/** An adapter answers long before this; one that does not must not hold its chat for ever. */
const LONGEST_POST_MS = 120_000
/** With a file; the adapter bounds itself by its size. */
const LONGEST_MEDIA_POST_MS = 35 * 60_000

export function isKeyed(adapter: SendingAdapter | undefined, row: OutboxRow): boolean {
  return row.reply !== null && (adapter?.capabilities.keyedReplies(row.chat.kind) ?? false)
}

/**
 * One post, begun in this tick where the row has a key. What must be on disk before it is written first: without a key,
 * that a try is under way; with one, that a former process may have made one. Counts itself in the row.
 */
export async function tryOnce(context: Context, job: Job): Promise<SendOutcome> {
  const { chat } = job.row
  const adapter = context.adapterFor(chat.account)
  if (!adapter) return { kind: 'not_sent', message: `the account ${chat.account} is not running` }
  if (!job.row.inDoubt && !job.recovered) job.row = undressed(context, adapter, job.row)
  const keyed = isKeyed(adapter, job.row)
  const { posts, form } = job.row
  if (!keyed) await note(context, job, { state: 'sending', posts: posts + 1, form })
  else if (job.recovered) await note(context, job, { inDoubt: true, posts: posts + 1 })
  job.recovered = false
  const postedBefore = job.posted
  job.posted = true
  const outcome = await post(context, adapter, job.row)
  if (outcome.kind === 'not_sent') job.posted = postedBefore
  // What was refused before it was written was no post; what has no key was counted before.
  const made = (outcome.kind === 'not_sent' ? 0 : 1) - (keyed ? 0 : 1)
  job.row = { ...job.row, posts: job.row.posts + made }
  return outcome
}

/** Where Markdown is refused there are no buttons either: they hang on it. */
function undressed(context: Context, adapter: SendingAdapter, row: OutboxRow): OutboxRow {
  if (row.form !== 'markdown' && row.extras?.keyboard === undefined) return row
  // What has begun to be shown goes on as it began.
  if (row.extras?.stream !== undefined) return row
  const refused = context.markdown.isRefused(row.chat.account)
  if (!refused && adapter.capabilities.markdown) return row
  const { keyboard: _left, ...others } = row.extras ?? {}
  const form = refused && row.form === 'markdown' ? 'plain' : row.form
  return { ...row, form, ...(row.extras === undefined ? {} : { extras: others }) }
}

async function note(context: Context, job: Job, patch: ReplyPatch): Promise<void> {
  const { id } = job.row
  job.row = await context.write(() => context.journal.updateReply(id, patch), context.waits.stopping)
}

function post(context: Context, adapter: SendingAdapter, row: OutboxRow): Promise<SendOutcome> {
  const { clock, log, waits } = context
  const cut = new AbortController()
  return new Promise((resolve, reject) => {
    const finish = (outcome: SendOutcome): void => {
      cancel()
      undo()
      resolve(outcome)
    }
    const undo = waits.onAbort(() => {
      cancel()
      reject(waits.aborted.reason)
      cut.abort(waits.aborted.reason)
    })
    const boundMs = row.extras?.media === undefined ? LONGEST_POST_MS : LONGEST_MEDIA_POST_MS
    const cancel = clock.after(boundMs, () => {
      log.error('a post had no answer and is given up', { reply: row.id, afterMs: boundMs })
      finish({ kind: 'unknown', message: 'no answer' })
      cut.abort(new StoppedError('the post took too long'))
    })
    // Whatever a broken adapter throws, it may have written before: that is no verdict.
    const broken = (thrown: unknown): void => {
      log.error('an adapter failed while it posted', { reply: row.id, reason: describeError(thrown) })
      finish({ kind: 'unknown', message: describeError(thrown) })
    }
    try {
      adapter.send(outgoing(row), cut.signal).then(finish, broken)
    } catch (thrown) {
      broken(thrown)
    }
  })
}

function outgoing(row: OutboxRow): Parameters<SendingAdapter['send']>[0] {
  const { chat, text, form, extras, reply } = row
  const carried = extras === undefined ? {} : { extras }
  return { chat, text, form, ...carried, ...(reply ? { reply: { via: reply.via, id: reply.id, seq: reply.seq } } : {}) }
}
