/** The agent's part of a turn: what it is handed, what it may ask meanwhile, what it uses, and all that it says. */
import type { AgentTurn, HistoryEntry } from '../../agents/agent.ts'
import type { ChatAddress } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { withinTokens } from '../history/history.ts'
import type { LastQuestion } from '../history/last-questions.ts'
import { sessionKey } from '../history/sessions.ts'
import type { Besides } from './besides.ts'
import { type CollectDeps, collectAnswer, type Said } from './collect.ts'
import { takeUp } from './question.ts'
import { lastOf, type TurnHooks, type TurnTask } from './task.ts'

export interface Asking extends TurnTask {
  readonly question: Omit<LastQuestion, 'answered'>
  /** What was said in the session before. */
  readonly before: readonly HistoryEntry[]
  /** The agent may have seen it: an earlier attempt was counted. */
  readonly repeated: boolean
  readonly besides: Besides
  /** The agent has these words too. */
  onTakenUp(prompts: readonly string[]): void
}

export async function askAgent(
  context: Context,
  asking: Asking,
  { onAgent, meanwhile }: Pick<TurnHooks, 'onAgent' | 'meanwhile'>,
): Promise<Said> {
  const { besides, stop } = asking
  const takeUpAll = async (): Promise<readonly string[]> => {
    const prompts: string[] = []
    for (let next = meanwhile.take(); next; next = meanwhile.take()) {
      const prompt = await takeUp(context, next, meanwhile, stop)
      if (prompt === undefined) continue
      besides.follow(next)
      prompts.push(prompt)
    }
    asking.onTakenUp(prompts)
    return prompts
  }
  const turn = agentTurn(context, asking, takeUpAll)
  onAgent(1)
  const onUsage = countUsage(context, turn)
  // What other people's code may still change is not shown before.
  const onWords: CollectDeps['onWords'] = words => {
    if (!context.hooks.at('answer_out')) besides.live.words(words)
  }
  return await collectAnswer({ ...context, onNote: besides.note, onWords, onUsage }, turn, stop).finally(() => {
    besides.stop()
    onAgent(-1)
  })
}

function agentTurn(
  context: Context,
  { messages, session, question, before, repeated, besides }: Asking,
  meanwhile: NonNullable<AgentTurn['meanwhile']>,
): AgentTurn {
  const { limits } = context
  const { id, chat, sender } = lastOf(messages)
  const { text, prompt, attachments } = question
  return {
    id: `${chat.account}/${id}`,
    chat,
    session: sessionKey(session),
    sender,
    text,
    ...(prompt === text ? {} : { prompt }),
    ...choicesFor(context, chat),
    attachments,
    history: withinTokens(before, limits.historyTokens, limits.historyChars),
    repeated,
    ask: besides.ask,
    meanwhile,
  }
}

/** What an owner chose for the chat. */
function choicesFor({ choicesOf }: Context, chat: ChatAddress): Pick<AgentTurn, 'agent' | 'model'> {
  const { agent, model } = choicesOf(chat)
  return { ...(agent === undefined ? {} : { agent }), ...(model === undefined ? {} : { model }) }
}

/** Counts the turn now, and its tokens as they are told. */
function countUsage({ usage, spend }: Context, { chat, session }: AgentTurn): NonNullable<CollectDeps['onUsage']> {
  usage.add(session, { turns: 1, inputTokens: 0, outputTokens: 0 })
  return used => {
    usage.add(session, { turns: 0, ...used })
    spend(chat, used.inputTokens + used.outputTokens)
  }
}
