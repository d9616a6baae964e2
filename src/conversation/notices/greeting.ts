/** The first words to whoever adds the bot: said once, though the platform may tell of it again. */
import { chatKey, type Inbound, type Welcome } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'

/** The fact that keeps it from being said twice: the event that was answered. */
const GREETED = 'greeted'

/** What is said about it goes to its chat, in its budget. */
export function asArrived({ id, chat, reply }: Welcome): Inbound {
  const sender = { id: chat.id, isBot: false }
  return { id, chat, sender, text: '', attachments: [], addressed: true, reply, raw: null }
}

/** Rejects with what `persist` throws. */
export async function greet(context: Context, welcome: Welcome): Promise<void> {
  const { journal, delivery, persist, stopping, log } = context
  const { chat } = welcome
  const { greeting } = context.talk(chat.account)
  const { dmPolicy, groupPolicy } = context.access(chat.account)
  const inPrivate = chat.kind === 'c2c'
  const text = inPrivate ? greeting.friend : greeting.group
  if (text === '' || (inPrivate ? dmPolicy : groupPolicy) === 'disabled') return
  const facts = await persist(() => journal.chatFacts(chat), stopping)
  if (facts[GREETED] === welcome.id) return
  const replies = await persist(() => delivery.plan(asArrived(welcome), text, 'notice'), stopping)
  const write = () => Promise.all([journal.addReplies(replies), journal.setChatFacts(chat, { [GREETED]: welcome.id })])
  const [rows] = await persist(write, stopping)
  delivery.enqueue(rows)
  log.info('a chat is greeted', { chat: chatKey(chat) })
}
