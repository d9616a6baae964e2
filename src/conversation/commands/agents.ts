/** Commands about who answers in a chat. What an owner chooses is kept for the chat. */
import type { Inbound } from '../../platforms/platform.ts'
import type { Admin, Serving } from './admin.ts'
import type { Command, Kit } from './command.ts'

/** Gives a choice back to the settings. */
const AUTO = 'auto'
const A_MODEL = /^[^\s\p{C}]{1,200}$/u

/** Who answers this person here, and with which model. */
export function servingHere(
  { preferences, admin }: { preferences: Kit['preferences']; admin: Admin },
  message: Inbound,
): Serving {
  const { agent, model } = preferences.of(message.chat)
  const serving = admin.serving({ ...message, ...(agent === undefined ? {} : { agent }) })
  return model === undefined || serving.model === undefined ? serving : { ...serving, model }
}

export const AGENT: Command = {
  name: 'agent',
  aliases: ['智能体'],
  role: 'owner',
  control: true,
  needsAdmin: true,
  takes: { en: '[NAME | auto]', zh: '[名称 | auto]' },
  help: { en: 'which agent answers here, or choose one', zh: '查看或选择本会话的智能体' },
  async run({ context, preferences, admin }, { message, args, words }) {
    if (!admin) return ''
    const here = (): string => words.agent(servingHere({ preferences, admin }, message))
    if (args === '') return [here(), words.agents(admin.agents)].join('\n')
    const known = admin.agents.includes(args)
    if (!known && args !== AUTO) return words.noAgent(admin.agents)
    // The model was one of the other agent's.
    const choice = { agent: known ? args : null, model: null }
    await context.persist(() => preferences.choose(message.chat, choice), context.stopping)
    return here()
  },
}

export const MODEL: Command = {
  name: 'model',
  aliases: ['模型'],
  role: 'owner',
  control: true,
  needsAdmin: true,
  takes: { en: '[NAME | auto]', zh: '[名称 | auto]' },
  help: { en: 'which model answers here, or choose one', zh: '查看或选择本会话的模型' },
  async run({ context, preferences, admin }, { message, args, words }) {
    if (!admin) return ''
    const before = servingHere({ preferences, admin }, message)
    if (before.model === undefined) return words.noModel(before)
    if (args !== '') {
      if (!A_MODEL.test(args)) return words.modelUsage
      const model = args === AUTO ? null : args
      await context.persist(() => preferences.choose(message.chat, { model }), context.stopping)
    }
    return words.model(servingHere({ preferences, admin }, message).model ?? '')
  },
}
