/** Puts the question of a turn to its chat, in words that suffice, and with buttons where there are any. */
import type { AgentQuestion, Grant, QuestionOption } from '../../agents/agent.ts'
import type { Button, Inbound } from '../../platforms/platform.ts'
import type { Context } from '../context.ts'
import { noteLine, plainText, sayBeside } from '../notices/egress.ts'
import type { Asked, Outcome } from './questions.ts'

interface AskingWords {
  readonly approval: string
  readonly choice: string
  readonly grants: Readonly<Record<Grant, string>>
  /** The same on buttons, which hold ten signs. */
  readonly buttons: Readonly<Record<Grant, string>>
  how(approval: boolean, minutes: number): string
  timedOut(approval: boolean): string
}

const WORDS: Readonly<Record<'zh' | 'en', AskingWords>> = {
  en: {
    approval: '(I need your leave)',
    choice: '(I have to ask you)',
    grants: {
      allow_once: 'Allow once',
      allow_always: 'Allow always',
      reject_once: 'Reject',
      reject_always: 'Reject always',
    },
    buttons: { allow_once: 'Allow once', allow_always: 'Always', reject_once: 'Reject', reject_always: 'Never' },
    how: (approval, minutes) =>
      approval
        ? `(Answer with the number, or with /approve or /deny, within ${minutes} minutes.)`
        : `(Answer with the number within ${minutes} minutes.)`,
    timedOut: approval =>
      approval
        ? '(Nobody answered in time, so I was not allowed to.)'
        : '(Nobody answered in time; I go on without it.)',
  },
  zh: {
    approval: '（需要你的许可）',
    choice: '（有个问题要问你）',
    grants: { allow_once: '允许一次', allow_always: '始终允许', reject_once: '拒绝', reject_always: '始终拒绝' },
    buttons: { allow_once: '允许一次', allow_always: '始终允许', reject_once: '拒绝', reject_always: '始终拒绝' },
    how: (approval, minutes) =>
      approval ? `（请在 ${minutes} 分钟内回复编号，或发送 /批准、/拒绝。）` : `（请在 ${minutes} 分钟内回复编号。）`,
    timedOut: approval => (approval ? '（没有人及时答复，按不允许处理。）' : '（没有人及时答复，我先继续。）'),
  },
}

const LONGEST_DETAIL = 600
const LONGEST_LABEL = 40
const BUTTONS_OF_A_ROW = 2
const MINUTE_MS = 60_000
/** A press in the direct session of a guild names a channel that leads nowhere. */
const WITH_BUTTONS: ReadonlySet<Inbound['chat']['kind']> = new Set(['c2c', 'group', 'channel'])

/** Resolves with the choice, and which message made it. Never rejects but with what `persist` throws. */
export async function askPeople(
  context: Context,
  message: Inbound,
  question: AgentQuestion,
  signal: AbortSignal,
): Promise<Outcome> {
  const words = WORDS[await context.languages.of(message)]
  const { questionMs } = context.limits
  const outcome = await context.questions.ask(
    {
      message,
      question,
      mostMs: questionMs,
      show: asked =>
        sayBeside(context, message, {
          kind: 'question',
          text: textOf(question, words, questionMs),
          keyboard: WITH_BUTTONS.has(message.chat.kind) ? keyboardOf(question, words, asked) : [],
        }),
    },
    signal,
  )
  if (outcome.kind === 'timed_out')
    await sayBeside(context, message, { kind: 'progress', text: words.timedOut(question.kind === 'approval') })
  return outcome
}

function textOf({ kind, title, detail, options }: AgentQuestion, words: AskingWords, mostMs: number): string {
  const approval = kind === 'approval'
  const about = detail === undefined || detail === title ? [] : [plainText(detail, LONGEST_DETAIL)]
  const lines = options.map((option, index) => `${index + 1} ${labelOf(option, words.grants)}`)
  const minutes = Math.max(1, Math.round(mostMs / MINUTE_MS))
  return [
    approval ? words.approval : words.choice,
    plainText(title, LONGEST_DETAIL),
    ...about,
    '',
    ...lines,
    words.how(approval, minutes),
  ].join('\n')
}

function labelOf({ label, grants }: QuestionOption, words: AskingWords['grants']): string {
  return grants === undefined ? [...noteLine(label)].slice(0, LONGEST_LABEL).join('') : words[grants]
}

function keyboardOf({ options }: AgentQuestion, words: AskingWords, asked: Asked): readonly (readonly Button[])[] {
  const buttons = options.map(
    (option, index): Button => ({
      id: `${index + 1}`,
      label: labelOf(option, words.buttons),
      number: index + 1,
      data: asked.dataOf(index),
      style: option.style,
    }),
  )
  return Array.from({ length: Math.ceil(buttons.length / BUTTONS_OF_A_ROW) }, (_, row) =>
    buttons.slice(row * BUTTONS_OF_A_ROW, (row + 1) * BUTTONS_OF_A_ROW),
  )
}
