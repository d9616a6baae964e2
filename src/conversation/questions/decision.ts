/** Words by which a person decides: the number of an option, `/approve`, `/deny`. Pure. */
import type { AgentQuestion, Grant } from '../../agents/agent.ts'

export interface Choice {
  readonly optionId: string
}

/** What a decision comes to in a question; undefined where the question has nothing of that kind. */
export type Decision = (question: AgentQuestion) => Choice | undefined

/** A full-width one is meant the same. */
const NUMBER = /^[（(]?([0-9０-９]{1,2})[)）.．、。]?$/u
const VERB = /^[/／](approve|批准|允许|deny|拒绝)(?:\s+(once|always|一次|总是|始终))?$/iu
const YES = new Set(['approve', '批准', '允许'])
const ONCE = new Set(['once', '一次'])

/** Undefined for words that decide nothing, whatever was asked. */
export function readDecision(words: string): Decision | undefined {
  const text = words.trim()
  const [, digits] = NUMBER.exec(text) ?? []
  if (digits !== undefined) return ({ options }) => choiceOf(options[Number(digits.normalize('NFKC')) - 1]?.id)
  const [, verb = '', how = ''] = VERB.exec(text) ?? []
  if (verb === '') return undefined
  const allows = YES.has(verb.toLowerCase())
  const always = how !== '' && !ONCE.has(how.toLowerCase())
  const wanted: readonly Grant[] = allows
    ? always
      ? ['allow_always']
      : ['allow_once', 'allow_always']
    : always
      ? ['reject_always']
      : ['reject_once', 'reject_always']
  return ({ options }) =>
    choiceOf(wanted.map(grant => options.find(({ grants }) => grants === grant)?.id).find(id => id !== undefined))
}

function choiceOf(optionId: string | undefined): Choice | undefined {
  return optionId === undefined ? undefined : { optionId }
}
