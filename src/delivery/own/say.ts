/** What the bot says of its own accord: cut, written down, brought out, and waited for. */
import type { NewReply, OutboxRow } from '../../journal/journal.ts'
import type { ChatAddress } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import type { Said } from '../delivery.ts'
import type { Lanes } from '../lanes/lanes.ts'
import { planReply } from '../plan/planner.ts'
import { wordsFor } from '../text/texts.ts'

/** It takes no place among the replies to anything. */
const NO_PLACES = { placesLeft: 0, nextSeq: 1, untilMs: 0, nowMs: 0, proactive: true }

export async function say(
  context: Context,
  lanes: Pick<Lanes, 'add'>,
  chat: ChatAddress,
  text: string,
  along: () => Promise<unknown>,
): Promise<Said> {
  const { journal, markdown, language } = context
  await markdown.load(chat.account)
  const { textLimit, markdown: mayMarkdown } = context.capabilities(chat.account)
  const limits = { textLimit, markdown: mayMarkdown && !markdown.isRefused(chat.account) }
  const { posts } = planReply(text, 'answer', NO_PLACES, limits, wordsFor(language, text))
  const replies = posts.map(
    ({ text: part, form }): NewReply => ({
      chat,
      inboundId: null,
      purpose: 'answer',
      text: part,
      form,
      state: 'pending',
      reply: null,
    }),
  )
  const [rows] = await Promise.all([journal.addReplies(replies), along()])
  const { promise: settled, resolve } = Promise.withResolvers<readonly OutboxRow[]>()
  const ended: OutboxRow[] = []
  const open = new Set<number>()
  lanes.add(rows, undefined, {
    rows: open,
    settled(row) {
      if (row.state !== 'superseded') ended.push(row)
      if (open.size === 0) resolve(ended)
    },
  })
  if (rows.length === 0) resolve([])
  return { rows, settled }
}
