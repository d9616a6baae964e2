/** Commands that let people in, speak to other chats, and steer accounts. */
import { readChatKey } from '../../platforms/platform.ts'
import { asData } from '../history/prompt.ts'
import type { Call, Command, Kit } from './command.ts'

const MINUTE_MS = 60_000

const nameOf = ({ id, name }: { readonly id: string; readonly name?: string }): string =>
  name === undefined ? id : `${id} ${asData(name)}`

async function approve({ context, people }: Kit, { message, args, words }: Call): Promise<string> {
  if (args === '') return words.codeUsage
  const { persist, stopping, clock } = context
  const approval = await persist(() => people.approve(message.chat.account, args), stopping)
  if (approval.kind === 'approved') return words.approved(nameOf(approval))
  if (approval.kind === 'wrong') return words.wrongCode(approval.left)
  return words.locked(Math.ceil((approval.untilMs - clock.nowMs()) / MINUTE_MS))
}

export const APPROVE: Command = {
  name: 'approve',
  aliases: ['批准'],
  role: 'owner',
  control: true,
  takes: { en: 'CODE', zh: '配对码' },
  help: { en: 'let a stranger in', zh: '批准一个人' },
  run: approve,
}

export const DENY: Command = {
  name: 'deny',
  aliases: ['拒绝'],
  role: 'owner',
  control: true,
  takes: { en: 'CODE', zh: '配对码' },
  help: { en: 'turn a stranger away for good', zh: '拒绝一个人' },
  async run({ context, people }, { message, args, words }) {
    if (args === '') return words.codeUsage
    const id = await context.persist(() => people.deny(message.chat.account, args), context.stopping)
    return id === undefined ? words.noSuchCode : words.denied(id)
  },
}

export const PAIR: Command = {
  name: 'pair',
  aliases: ['配对'],
  role: 'owner',
  control: true,
  takes: { en: '[CODE]', zh: '[配对码]' },
  help: { en: 'who is paired and who asks, or let somebody in', zh: '查看配对情况，或批准一个人' },
  async run(kit, call) {
    if (call.args !== '') return approve(kit, call)
    const { people, pending } = await kit.people.list(call.message.chat.account)
    return call.words.pairing(people, pending.map(nameOf))
  },
}

export const SEND: Command = {
  name: 'send',
  aliases: ['发送'],
  role: 'owner',
  control: true,
  needsAdmin: true,
  takes: { en: 'CHAT TEXT', zh: '会话 内容' },
  help: { en: 'say something in another chat', zh: '在另一个会话里发言' },
  async run({ context, admin }, { args, words }) {
    const [word = ''] = args.split(/\s/, 1)
    const text = args.slice(word.length).trim()
    const chat = readChatKey(word)
    if (!chat || text === '') return words.sendUsage
    if (!admin?.accounts.includes(chat.account)) return words.noAccount(admin?.accounts ?? [])
    await context.persist(() => context.delivery.say(chat, text), context.stopping)
    return words.sending(word)
  },
}

/** So that the answer gets out before the account goes down. */
const GRACE_MS = 1000

function steer(verb: 'pause' | 'resume' | 'restart', chinese: string, help: Command['help']): Command {
  return {
    name: verb,
    aliases: [chinese],
    role: 'owner',
    control: true,
    needsAdmin: true,
    takes: { en: '[ACCOUNT]', zh: '[账号]' },
    help,
    run({ context, admin }, { message, args, words }) {
      const account = args === '' ? message.chat.account : args
      if (!admin?.accounts.includes(account)) return words.noAccount(admin?.accounts ?? [])
      const cancel = context.clock.after(account === message.chat.account ? GRACE_MS : 0, () => {
        context.stopping.removeEventListener('abort', cancel)
        admin[verb](account)
      })
      context.stopping.addEventListener('abort', cancel, { once: true })
      return words.done(account, verb)
    },
  }
}

export const PAUSE = steer('pause', '暂停', {
  en: 'end its link until it is resumed or Herald starts anew',
  zh: '暂停连接，直到恢复或 Herald 重新启动',
})
export const RESUME = steer('resume', '恢复', { en: 'let it live again', zh: '恢复连接' })
export const RESTART = steer('restart', '重启', { en: 'make a new link', zh: '重新连接' })
