/** All that the conversation itself says to the people in a chat. */
import type { AgentErrorCode } from '../../agents/agent.ts'
import type { Spoken } from './language.ts'

/** Why there is no answer, as far as it is the chat's business. */
export type FailureCode = AgentErrorCode | 'bug'

export interface Words {
  agentFailed(code: FailureCode, incident: string): string
  /** At the end of what was shown of an answer that somebody stopped. */
  readonly stoppedHere: string
  readonly queueFull: string
  /** More messages than are allowed; this and further ones are not answered. */
  tooMany(limit: number, per: 'minute' | 'day'): string
  /** Of today. */
  readonly tokensUsedUp: string
  /** Bots have written so often without a person in between. */
  botLoop(count: number): string
  readonly poison: string
  readonly staleAnswer: string
  readonly notYours: string
  /** So many messages came too late to be answered. */
  stale(count: number): string
}

const EN_REASONS: Readonly<Record<FailureCode, string>> = {
  agent_unreachable: 'the agent cannot be reached right now',
  agent_refused: 'the agent refused the request',
  agent_timeout: 'the agent took too long',
  agent_broken: 'the agent broke off',
  agent_empty: 'the agent answered with nothing',
  agent_too_long: 'the answer got too long',
  bug: 'something went wrong here',
}

const ZH_REASONS: Readonly<Record<FailureCode, string>> = {
  agent_unreachable: '暂时连不上智能体',
  agent_refused: '智能体拒绝了请求',
  agent_timeout: '智能体响应超时',
  agent_broken: '智能体的回答中断了',
  agent_empty: '智能体没有给出内容',
  agent_too_long: '回答过长',
  bug: '内部出错',
}

const WORDS: Readonly<Record<Spoken, Words>> = {
  en: {
    agentFailed: (code, incident) =>
      `(Sorry, this message could not be answered: ${EN_REASONS[code]}. Incident ${incident}.)`,
    stoppedHere: '(Stopped here.)',
    queueFull:
      '(Too many messages are waiting here. This one is not answered, nor are others until I have caught up; please send it again later.)',
    tooMany: (limit, per) =>
      `(That is more than the ${limit} messages a ${per} that I may answer here. Until then I stay silent; please write again later.)`,
    tokensUsedUp: '(What I may use in a day is used up. I answer again tomorrow; commands still work.)',
    botLoop: count => `(I have answered bots ${count} times in a row and stop here until a person writes.)`,
    staleAnswer: '(That question is over; the answer changed nothing.)',
    notYours: '(This question is for somebody else.)',
    poison: '(One of the messages here failed several times and is not tried again. Please put it differently.)',
    stale: count =>
      count === 1
        ? '(I was away, and a message sent meanwhile was not answered. Please send it again if it still matters.)'
        : `(I was away, and ${count} messages sent meanwhile were not answered. Please send them again if they still matter.)`,
  },
  zh: {
    agentFailed: (code, incident) => `（抱歉，这条消息没能得到回答：${ZH_REASONS[code]}。事件编号：${incident}）`,
    stoppedHere: '（已在这里停止。）',
    queueFull: '（排队的消息太多了，这条消息不会被处理；在我处理完之前发来的也一样，请稍后再发。）',
    tooMany: (limit, per) =>
      `（超过了${per === 'minute' ? '每分钟' : '每天'} ${limit} 条消息的上限，在此期间我不再回复，请稍后再发。）`,
    tokensUsedUp: '（今天的用量已经用完，明天再回答；命令仍然可用。）',
    botLoop: count => `（我已连续回答机器人 ${count} 次，在有人发言之前不再回答。）`,
    staleAnswer: '（这个问题已经结束，你的答复没有生效。）',
    notYours: '（这个问题不是问你的。）',
    poison: '（有一条消息多次处理失败，不再重试，请换个说法再发。）',
    stale: count => `（我离开了一段时间，期间有 ${count} 条消息没有回答。如仍需要，请再发一次。）`,
  },
}

export function wordsIn(language: Spoken): Words {
  return WORDS[language]
}
