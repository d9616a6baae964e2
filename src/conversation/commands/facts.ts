/** Commands that tell something and change nothing. */
import type { TraceRecord } from '../../journal/journal.ts'
import { chatKey } from '../../platforms/platform.ts'
import { describePolicy } from '../access/policy.ts'
import { sessionKey } from '../history/sessions.ts'
import { servingHere } from './agents.ts'
import type { Command } from './command.ts'

export const PING: Command = {
  name: 'ping',
  aliases: ['在吗'],
  role: 'guest',
  help: { en: 'see whether I am there', zh: '看看我在不在' },
  run: () => 'pong',
}

export const STATUS: Command = {
  name: 'status',
  aliases: ['状态'],
  role: 'guest',
  quick: true,
  help: { en: 'what is going on here', zh: '查看当前状态' },
  async run({ context, floor, admin, preferences, busyModeOf }, { message, session, role, language, words }) {
    const { running, waiting } = floor.standing(session)
    const here = words.status(running, waiting, busyModeOf(message))
    if (role !== 'owner' || !admin) return here
    const { account } = message.chat
    const policy = words.policy(describePolicy(account, context.access(account), language))
    const { right, left } = await context.delivery.unasked(message.chat)
    return [
      here,
      policy,
      words.unasked(right, left),
      words.agent(servingHere({ preferences, admin }, message)),
      ...admin.platforms(language, account),
    ].join('\n')
  },
}

export const WHOAMI: Command = {
  name: 'whoami',
  aliases: ['我是谁'],
  role: 'guest',
  help: { en: 'who you are to me', zh: '查看你的身份' },
  run: (_kit, { message, role, words }) => words.whoami(role, message.sender.id, chatKey(message.chat)),
}

export const USAGE: Command = {
  name: 'usage',
  aliases: ['用量'],
  role: 'guest',
  quick: true,
  help: { en: 'tokens used since I was started', zh: '查看启动以来的用量' },
  run({ context }, { session, role, words }) {
    const here = words.usage(context.usage.of(sessionKey(session)), false)
    return role === 'owner' ? `${here}\n${words.usage(context.usage.all, true)}` : here
  },
}

export const PLATFORMS: Command = {
  name: 'platforms',
  aliases: ['平台'],
  role: 'owner',
  needsAdmin: true,
  help: { en: 'the state of every account', zh: '查看所有账号的状态' },
  run: ({ admin }, { message, language }) => (admin?.platforms(language, message.chat.account) ?? []).join('\n'),
}

export const TRACE: Command = {
  name: 'trace',
  aliases: ['追踪'],
  role: 'owner',
  needsAdmin: true,
  takes: { en: 'ID', zh: 'ID' },
  help: {
    en: 'what became of a message, by its id, its key or the number of an incident',
    zh: '查看一条消息的去向（按 ID、key 或事件编号）',
  },
  async run({ admin }, { args, words }) {
    if (args === '') return words.traceUsage
    const record = await admin?.trace(args)
    return record ? described(record) : words.nothingKnown
  },
}

function described({ inbox, outbox }: TraceRecord): string {
  const message = inbox
    ? [`${inbox.message.id}: ${inbox.end ?? inbox.state}${inbox.detail === null ? '' : ` (${inbox.detail})`}`]
    : []
  const replies = outbox.map(({ id, purpose, state, posts, detail }) => {
    const code = detail.code === undefined ? '' : `, ${detail.code}`
    return `→ ${id} ${purpose}: ${state}, ${posts} posts${code}`
  })
  return [...message, ...replies].join('\n')
}
