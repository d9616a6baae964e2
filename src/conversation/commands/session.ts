/** Commands about the conversation itself. */
import type { HistoryEntry } from '../../agents/agent.ts'
import { isGroup } from '../access/gate.ts'
import type { LastQuestion } from '../history/last-questions.ts'
import { renew, renewAgent } from '../history/renew.ts'
import { type Session, sessionKey } from '../history/sessions.ts'
import { BUSY_MODES } from '../rules.ts'
import { VERBOSE_FACT } from '../turns/progress.ts'
import { TurnStopped } from '../turns/task.ts'
import type { Command, Kit } from './command.ts'

const LONGEST_QUOTE = 60

export const NEW: Command = {
  name: 'new',
  aliases: ['新对话', 'reset', '重置'],
  role: 'guest',
  quick: true,
  control: true,
  stopsTurn: true,
  help: { en: 'begin a new conversation', zh: '开始新的对话' },
  async run({ context, floor }, { session, stopped, words }) {
    await renew(context, session)
    return words.renewed(stopped, floor.standing(session).waiting)
  },
}

export const STOP: Command = {
  name: 'stop',
  aliases: ['停止', '停'],
  role: 'guest',
  quick: true,
  control: true,
  help: { en: 'stop the answer under way', zh: '停止正在进行的回答' },
  run({ floor }, { session, message, words }) {
    if (!floor.stop(session, new TurnStopped(`stopped by ${message.id}`, false))) return words.nothingToStop
    return words.stopped(floor.standing(session).waiting)
  },
}

/** What was asked last, answered or not. */
export async function lastQuestion({ context }: Kit, session: Session): Promise<LastQuestion | undefined> {
  const known = context.lastQuestions.of(sessionKey(session))
  if (known) return known
  const { journal, persist, stopping, limits } = context
  const history = await persist(() => journal.history(session.chat, limits.historyChars, session.member), stopping)
  const text = history.findLast((entry: HistoryEntry) => entry.role === 'user')?.text
  return text === undefined ? undefined : { text, prompt: text, attachments: [], answered: true }
}

/** Its run is only for when there is nothing to ask: otherwise the question becomes a turn. */
export const RETRY: Command = {
  name: 'retry',
  aliases: ['重试'],
  role: 'guest',
  quick: true,
  control: true,
  stopsTurn: true,
  help: { en: 'ask the last question again', zh: '重新回答上一个问题' },
  run: (_kit, { words }) => words.nothingToRetry,
}

export const UNDO: Command = {
  name: 'undo',
  aliases: ['撤销', '撤回'],
  role: 'guest',
  quick: true,
  control: true,
  stopsTurn: true,
  help: { en: 'take the last question and its answer back', zh: '撤回上一个问题和回答' },
  async run(kit, { session, stopped, words }) {
    const { journal, persist, stopping, lastQuestions } = kit.context
    const last = lastQuestions.of(sessionKey(session))
    lastQuestions.forget(sessionKey(session))
    // A turn that was stopped for it is the exchange that is meant; it left nothing in the history.
    if (stopped) return words.undone(quoted(last?.text ?? ''))
    const taken = await persist(() => journal.undoExchange(session.chat, session.member), stopping)
    const question = taken.find(entry => entry.role === 'user')
    if (!question) return words.nothingToUndo
    await renewAgent(kit.context, session)
    return words.undone(quoted(question.text))
  },
}

export const RECALL: Command = {
  name: 'recall',
  aliases: ['收回'],
  role: 'guest',
  control: true,
  help: { en: 'take my last answer out of the chat', zh: '把我的上一条回答从会话中收回' },
  async run({ context }, { message, role, words }) {
    const { delivery, journal } = context
    /** In a group others' answers are theirs. */
    const may = async (inboundId: string | null): Promise<boolean> => {
      if (role === 'owner' || !isGroup(message)) return true
      const asked = inboundId === null ? undefined : (await journal.trace(inboundId))?.inbox?.message
      return asked?.sender.id === message.sender.id
    }
    return words.recalled(await delivery.recall(message.chat, may))
  },
}

function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE).toWellFormed()}…` : line
}

const ON = new Set(['on', '1', 'true', '开'])
const OFF = new Set(['off', '0', 'false', '关'])

export const VERBOSE: Command = {
  name: 'verbose',
  aliases: ['详细'],
  role: 'member',
  control: true,
  takes: { en: 'on | off', zh: 'on | off' },
  help: { en: 'show what the agent is doing', zh: '显示智能体正在做什么' },
  async run({ context }, { message, args, words }) {
    const { journal, persist, stopping } = context
    const word = args.toLowerCase()
    if (!ON.has(word) && !OFF.has(word)) {
      const facts = await persist(() => journal.chatFacts(message.chat), stopping)
      return words.verboseUsage(facts[VERBOSE_FACT] === true)
    }
    await persist(() => journal.setChatFacts(message.chat, { [VERBOSE_FACT]: ON.has(word) }), stopping)
    return words.verbose(ON.has(word))
  },
}

export const BUSY: Command = {
  name: 'busy',
  aliases: ['忙时'],
  role: 'member',
  control: true,
  takes: { en: 'queue | interrupt | steer | merge', zh: 'queue | interrupt | steer | merge' },
  help: { en: 'what becomes of messages meanwhile', zh: '回答时收到新消息怎么办' },
  async run({ context, preferences, busyModeOf }, { message, args, words }) {
    const mode = BUSY_MODES.find(known => known === args.toLowerCase())
    if (mode === undefined) return args === '' ? words.busyUsage(busyModeOf(message)) : words.noBusyMode(quoted(args))
    await context.persist(() => preferences.choose(message.chat, { busy: mode }), context.stopping)
    return words.busy(mode)
  },
}
