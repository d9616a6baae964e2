/** What commands answer with. The help texts stand in the table. */
import type { Recalled, Unasked } from '../../delivery/delivery.ts'
import type { Role } from '../access/gate.ts'
import type { Used } from '../history/usage.ts'
import type { Person } from '../pairing/book.ts'
import { BUSY_MODES, type BusyMode } from '../rules.ts'
import type { Serving } from './admin.ts'

export interface CommandWords {
  readonly helpHeading: string
  notAllowed(command: string, role: Role): string
  tooOld(command: string): string
  /** `stopped`: a turn was ended for it. So many messages wait, and are asked in the new conversation. */
  renewed(stopped: boolean, waiting: number): string
  undone(question: string): string
  readonly nothingToUndo: string
  readonly nothingToRetry: string
  recalled(what: Recalled): string
  stopped(waiting: number): string
  readonly nothingToStop: string
  status(running: boolean, waiting: number, mode: BusyMode): string
  /** Who may talk to the account. */
  policy(sentence: string): string
  agent(serving: Serving): string
  agents(names: readonly string[]): string
  noAgent(known: readonly string[]): string
  model(name: string): string
  noModel(serving: Serving): string
  readonly modelUsage: string
  /** What may be written here of the bot's own accord. */
  unasked(right: Unasked['right'], left: number | undefined): string
  busy(mode: BusyMode): string
  busyUsage(mode: BusyMode): string
  noBusyMode(wanted: string): string
  verbose(on: boolean): string
  verboseUsage(on: boolean): string
  /** `everywhere`: of all chats together. */
  usage(used: Used, everywhere: boolean): string
  whoami(role: Role, id: string, chat: string): string
  pairing(people: readonly Pick<Person, 'id' | 'role'>[], pending: readonly string[]): string
  readonly codeUsage: string
  approved(who: string): string
  wrongCode(left: number): string
  locked(minutes: number): string
  denied(who: string): string
  readonly noSuchCode: string
  readonly sendUsage: string
  sending(chat: string): string
  noAccount(known: readonly string[]): string
  done(account: string, verb: 'pause' | 'resume' | 'restart'): string
  readonly traceUsage: string
  readonly nothingKnown: string
}

const ZH_STATES: Readonly<Record<Serving['state'], string>> = { ok: '正常', failing: '故障', unknown: '尚不确定' }

const EN_BUSY: Readonly<Record<BusyMode, string>> = {
  queue: 'messages wait their turn',
  interrupt: 'a new message ends the answer to the one before',
  steer: 'a new message reaches the answer under way where the agent can take it up, and waits its turn where not',
  merge: 'messages sent in one go are answered together',
}
const ZH_BUSY: Readonly<Record<BusyMode, string>> = {
  queue: '消息依次排队',
  interrupt: '新消息会打断正在进行的回答',
  steer: '新消息交给正在进行的回答；智能体无法中途接收时依次排队',
  merge: '连续发送的消息合并回答',
}
/** By the right to write without having been asked; `left` of today, where it is counted. */
const EN_UNASKED: Readonly<Record<Unasked['right'], (left: number | undefined) => string>> = {
  granted: left => `I may write here unasked${left === undefined ? '' : `, ${left} more times today`}.`,
  refused: () => 'I may not write here unasked.',
  unknown: left =>
    `The platform has not said whether I may write here unasked${left === undefined ? '' : `; at most ${left} more today`}.`,
}
const ZH_UNASKED: Readonly<Record<Unasked['right'], (left: number | undefined) => string>> = {
  granted: left => `我可以在这里主动发消息${left === undefined ? '' : `，今天还可以发 ${left} 条`}。`,
  refused: () => '我不能在这里主动发消息。',
  unknown: left => `平台没有说明我能否在这里主动发消息${left === undefined ? '' : `；今天最多还可以发 ${left} 条`}。`,
}
const EN_DONE = { pause: 'is being paused', resume: 'lives again', restart: 'is being restarted' } as const
const ZH_DONE = { pause: '正在暂停', resume: '已恢复', restart: '正在重启' } as const

const EN_RECALLED: Readonly<Record<Recalled, string>> = {
  recalled: '(Taken back.)',
  partly: '(Taken back in part; the rest of it stays.)',
  nothing: '(There is no answer here that I could take back.)',
  too_late: '(Too late: a message can be taken back for two minutes.)',
  refused: '(It could not be taken back.)',
}
const ZH_RECALLED: Readonly<Record<Recalled, string>> = {
  recalled: '（已收回。）',
  partly: '（已收回一部分，其余的无法收回。）',
  nothing: '（没有可以收回的回答。）',
  too_late: '（已超过两分钟，无法收回。）',
  refused: '（未能收回。）',
}

const blockedOf = (people: readonly Pick<Person, 'id' | 'role'>[]): readonly string[] =>
  people.flatMap(({ id, role }) => (role === 'blocked' ? id : []))

const under = (heading: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [heading, ...lines]

const EN: CommandWords = {
  helpHeading: 'Commands:',
  notAllowed: (command, role) => `(/${command} is for ${role === 'owner' ? 'my owner' : 'paired people'}.)`,
  tooOld: command =>
    `(/${command} was sent before I was started again, and was not carried out. Please send it again.)`,
  renewed: (stopped, waiting) => {
    const ended = stopped ? ' The answer under way was stopped.' : ''
    return `(A new conversation begins.${ended}${waiting === 0 ? '' : ` Waiting, and next in it: ${waiting}.`})`
  },
  undone: question => `(Taken back: “${question}”)`,
  nothingToUndo: '(There is nothing to take back.)',
  recalled: what => EN_RECALLED[what],
  nothingToRetry: '(There is no question to ask again.)',
  stopped: waiting => (waiting === 0 ? '(Stopped.)' : `(Stopped. Waiting and next: ${waiting}.)`),
  nothingToStop: '(Nothing is being answered right now.)',
  status: (running, waiting, mode) =>
    `This chat: ${running ? 'an answer is under way' : 'nothing is being answered'}, ${waiting} waiting; busy mode ${mode} (${EN_BUSY[mode]}).`,
  unasked: (right, left) => EN_UNASKED[right](left),
  policy: sentence => `May talk to me: ${sentence}.`,
  agent: ({ name, kind, state, model }) =>
    `Agent: ${name} (${model === undefined ? kind : `${kind}, ${model}`}), ${state}`,
  agents: names =>
    `There are: ${names.join(', ')}. /agent NAME chooses one for this chat, /agent auto leaves it to the settings.`,
  noAgent: known => `(No such agent. There are: ${known.join(', ')}; auto leaves it to the settings.)`,
  model: name => `Model: ${name}. /model NAME chooses one for this chat, /model auto leaves it to the settings.`,
  noModel: ({ name, kind }) => `(The agent here, ${name} (${kind}), chooses its model by itself.)`,
  modelUsage: '(It wants the name of a model, without spaces.)',
  busy: mode => `(From now on in this chat: ${mode}, ${EN_BUSY[mode]}.)`,
  busyUsage: mode => `Busy mode: ${mode} (${EN_BUSY[mode]}). /busy queue | interrupt | steer | merge changes it.`,
  noBusyMode: wanted => `(There is no busy mode “${wanted}”. There are: ${BUSY_MODES.join(', ')}.)`,
  verbose: on =>
    on ? '(From now on I show here what the agent is doing.)' : '(I no longer show here what the agent is doing.)',
  verboseUsage: on => `What the agent is doing is ${on ? '' : 'not '}shown here. /verbose on | off changes it.`,
  usage: ({ turns, inputTokens, outputTokens }, everywhere) =>
    `${everywhere ? 'All chats' : 'This chat'} since I was started: ${turns} ${turns === 1 ? 'turn' : 'turns'}, ${inputTokens} tokens in, ${outputTokens} out.`,
  whoami: (role, id, chat) => `You are ${EN_ROLES[role]}.\nid: ${id}\nchat: ${chat}`,
  pairing(people, pending) {
    const paired = people.flatMap(({ id, role }) => (role === 'blocked' ? [] : `${id} (${role})`))
    return [
      paired.length === 0 ? 'Nobody is paired.' : `Paired:\n${paired.join('\n')}`,
      pending.length === 0
        ? 'Nobody asks to be.'
        : `Asking (approve with the code that they were given):\n${pending.join('\n')}`,
      ...under('Blocked (/approve ID lets one in again):', blockedOf(people)),
    ].join('\n')
  },
  codeUsage: '(It wants the code that the person was given, such as /approve ABCD-2345.)',
  approved: who => `(Let in: ${who}.)`,
  wrongCode: left =>
    left === 0
      ? '(No open request has this code. Approving is locked for an hour now.)'
      : `(No open request has this code. ${left} more wrong ones lock approving for an hour.)`,
  locked: minutes => `(Too many wrong codes. Nobody can be approved for ${minutes} more minutes.)`,
  denied: who => `(Turned away: ${who}.)`,
  noSuchCode: '(No open request has this code.)',
  sendUsage: '(It wants a chat and a text, such as /send qqbot:c2c:ID hello.)',
  sending: chat => `(On its way to ${chat}.)`,
  noAccount: known => `(No such account. There are: ${known.join(', ')}.)`,
  done: (account, verb) => `(${account} ${EN_DONE[verb]}.)`,
  traceUsage: '(It wants the id of a message, its key, or the number of an incident.)',
  nothingKnown: '(No such message is known.)',
}
const EN_ROLES: Readonly<Record<Role, string>> = { owner: 'my owner', member: 'paired', guest: 'a guest' }
const ZH_ROLES: Readonly<Record<Role, string>> = { owner: '主人', member: '已配对的用户', guest: '访客' }

const ZH_PAIRED = { owner: '主人', member: '成员' } as const

const ZH: CommandWords = {
  helpHeading: '可用命令：',
  notAllowed: (command, role) => `（/${command} 只有${role === 'owner' ? '主人' : '已配对的用户'}可以使用。）`,
  tooOld: command => `（/${command} 是在我重新启动之前发送的，没有执行。如仍需要，请再发一次。）`,
  renewed: (stopped, waiting) => {
    const ended = stopped ? '正在进行的回答已停止。' : ''
    return `（新的对话开始了。${ended}${waiting === 0 ? '' : `还有 ${waiting} 条消息排队，将在新的对话中回答。`}）`
  },
  undone: question => `（已撤回：“${question}”）`,
  nothingToUndo: '（没有可以撤回的内容。）',
  recalled: what => ZH_RECALLED[what],
  nothingToRetry: '（没有可以重新提问的内容。）',
  stopped: waiting => (waiting === 0 ? '（已停止。）' : `（已停止。还有 ${waiting} 条消息排队，接着处理。）`),
  nothingToStop: '（现在没有正在进行的回答。）',
  status: (running, waiting, mode) =>
    `本会话：${running ? '正在回答' : '空闲'}，排队 ${waiting} 条；忙时模式 ${mode}（${ZH_BUSY[mode]}）。`,
  unasked: (right, left) => ZH_UNASKED[right](left),
  policy: sentence => `可以和我对话的：${sentence}。`,
  agent: ({ name, kind, state, model }) =>
    `智能体：${name}（${model === undefined ? kind : `${kind}，${model}`}），${ZH_STATES[state]}`,
  agents: names => `可用：${names.join('、')}。用 /智能体 名称 为本会话选择，/智能体 auto 恢复默认。`,
  noAgent: known => `（没有这个智能体。现有：${known.join('、')}；auto 恢复默认。）`,
  model: name => `模型：${name}。用 /模型 名称 为本会话选择，/模型 auto 恢复默认。`,
  noModel: ({ name, kind }) => `（这里的智能体 ${name}（${kind}）自行选择模型。）`,
  modelUsage: '（请写上模型的名称，不含空格。）',
  busy: mode => `（本会话从现在起：${mode}，${ZH_BUSY[mode]}。）`,
  busyUsage: mode => `忙时模式：${mode}（${ZH_BUSY[mode]}）。用 /忙时 queue | interrupt | steer | merge 修改。`,
  noBusyMode: wanted => `（没有忙时模式“${wanted}”。可用：${BUSY_MODES.join('、')}。）`,
  verbose: on => (on ? '（从现在起显示智能体正在做什么。）' : '（不再显示智能体正在做什么。）'),
  verboseUsage: on => `目前${on ? '' : '不'}显示智能体正在做什么。用 /详细 on | off 修改。`,
  usage: ({ turns, inputTokens, outputTokens }, everywhere) =>
    `启动以来${everywhere ? '所有会话' : '本会话'}：${turns} 次回答，输入 ${inputTokens} 个 token，输出 ${outputTokens} 个。`,
  whoami: (role, id, chat) => `你的身份：${ZH_ROLES[role]}\nid：${id}\n会话：${chat}`,
  pairing(people, pending) {
    const paired = people.flatMap(({ id, role }) => (role === 'blocked' ? [] : `${id}（${ZH_PAIRED[role]}）`))
    return [
      paired.length === 0 ? '还没有人配对。' : `已配对：\n${paired.join('\n')}`,
      pending.length === 0 ? '没有人申请配对。' : `申请配对（用对方收到的码批准）：\n${pending.join('\n')}`,
      ...under('已拉黑（用 /批准 ID 可以重新放行）：', blockedOf(people)),
    ].join('\n')
  },
  codeUsage: '（请写上对方收到的配对码，例如 /批准 ABCD-2345。）',
  approved: who => `（已批准：${who}）`,
  wrongCode: left =>
    left === 0
      ? '（没有这个配对码的申请。一小时内不能再批准。）'
      : `（没有这个配对码的申请。再错 ${left} 次，一小时内将不能批准。）`,
  locked: minutes => `（错误次数过多，${minutes} 分钟内不能批准。）`,
  denied: who => `（已拒绝：${who}）`,
  noSuchCode: '（没有这个配对码的申请。）',
  sendUsage: '（请写上会话和内容，例如 /发送 qqbot:c2c:ID 你好。）',
  sending: chat => `（正在发送到 ${chat}。）`,
  noAccount: known => `（没有这个账号。现有：${known.join('、')}）`,
  done: (account, verb) => `（${account} ${ZH_DONE[verb]}。）`,
  traceUsage: '（请写上消息的 id、发送时的 key，或事件编号。）',
  nothingKnown: '（没有这条消息的记录。）',
}

export const COMMAND_WORDS: Readonly<Record<'zh' | 'en', CommandWords>> = { en: EN, zh: ZH }
